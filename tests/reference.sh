# Makes the API reference as its readers do, where any warning is an error, and looks whether it is
# complete: a page for each public header but those of detail, and for each namespace one with its functions and types.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rm -rf build-docs
doxygen docs/Doxyfile
html=build-docs/html

shopt -s globstar
for header in include/wsferry/**/*.hpp; do
  if [[ $header == */detail/* ]]; then
    continue  # Not for users.
  fi
  page=$(basename "$header" .hpp)
  ls "$html"/*"${page//_/__}_8hpp.html" >/dev/null
done
# has PAGE NAME: the page lists the name.
has() {
  grep -q ">$2</a>" "$html/$1.html" || { echo "$html/$1.html does not list $2"; exit 1; }
}
has namespacewsferry Errc
has namespacewsferry describe
has namespacewsferry_1_1strapi compareSchemas
has namespacewsferry_1_1strapi TransferEngineOptions
has namespacewsferry_1_1archive safeFileName
has namespacewsferry_1_1gateway Outcome
has namespacewsferry_1_1testing sampleContent
echo "the reference is complete"
