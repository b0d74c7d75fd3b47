#!/usr/bin/env bash
# Builds wsferry and runs its tests, the ones against real Strapi servers included.
#
#   bash tests/run.sh
#
# Works on a fresh Debian 12 or Ubuntu 24.04: what is missing is installed from the distribution's
# packages and the npm registry. Everything is built below build/. Environment:
#
#   WSFERRY_TEST_MATRIX=full    also clang, the sanitizers, shared libraries, short fuzzing,
#                               clang-format, clang-tidy and the API reference
#   WSFERRY_TEST_INTEROP=off    leaves the real servers out, and says so in the summary
#   WSFERRY_LAB5, WSFERRY_LAB4  folders with an installed Strapi 5 or 4, to save its installation;
#                               WSFERRY_LAB5_STORAGE one with what it needs for PostgreSQL and S3
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

matrix=${WSFERRY_TEST_MATRIX:-default}
interop=${WSFERRY_TEST_INTEROP:-on}
jobs=$(nproc)
# The folder that a compiler runs in does not matter: a consumer of the package finds what a leg has
# compiled.
export CCACHE_NOHASHDIR=1
logs=build/logs
mkdir -p "$logs"

passed=0
failed=0
summary=()

# --- what is needed ---------------------------------------------------------------------------

packages=(g++ make cmake ninja-build ccache libasio-dev libwebsocketpp-dev rapidjson-dev libssl-dev
  zlib1g-dev libarchive-dev libcurl4-openssl-dev libisal-dev catch2 libcli11-dev pkgconf
  python3 python3-yaml systemd)  # These read examples/deploy.
if [ "$interop" != off ]; then
  packages+=(tar postgresql nginx-light openssl)
fi
if [ "$matrix" = full ]; then
  packages+=(clang clang-format clang-tidy libclang-rt-dev doxygen libbenchmark-dev)
fi

install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "installing ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "neither root nor sudo: install ${missing[*]}" >&2; return 1; }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -q &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -q --no-install-recommends "${missing[@]}"
}

node_is_new() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]
}

# Debian 12 has Node.js 18, and Strapi 5 needs 20: then the npm registry's build of it is used, which
# brings the headers that the SQLite binding is compiled against.
install_node() {
  node_is_new && return 0
  command -v npm >/dev/null || install_packages nodejs npm || return 1
  node_is_new && return 0
  local machine
  machine=$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
  echo "installing Node.js 20 below build/node"
  npm install --prefix build/node --no-audit --no-fund "node-linux-$machine@20" npm@10 || return 1
  PATH="$PWD/build/node/node_modules/node-linux-$machine/bin:$PWD/build/node/node_modules/.bin:$PATH"
  node_is_new
}

# --- steps ------------------------------------------------------------------------------------

note() {
  summary+=("$(printf '%-9s %-34s %s' "$1" "$2" "$3")")
}

# step NAME COMMAND...: runs it, keeps its output in build/logs, counts it.
step() {
  local name=$1 began=$SECONDS status
  shift
  printf '\n=== %s\n' "$name"
  "$@" 2>&1 </dev/null | tee "$logs/$name.log"
  status=${PIPESTATUS[0]}
  count "$name" "$status" "$((SECONDS - began)) s"
  return "$status"
}

# Adds a step's tests by the closing line of ctest or of the interop runner. A step without one is a
# test of its own; a step that fails with no failed test in that line, too.
count() {
  local name=$1 status=$2 time=$3 line good=0 bad=0 all
  if line=$(grep -E '[0-9]+ tests? failed out of [0-9]+' "$logs/$name.log"); then
    bad=$(sed -E 's/.* ([0-9]+) tests? failed out of.*/\1/' <<<"$line" | tail -1)
    all=$(sed -E 's/.*failed out of ([0-9]+).*/\1/' <<<"$line" | tail -1)
    good=$((all - bad))
  elif line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$logs/$name.log"); then
    good=$(sed -E 's/^([0-9]+) passed.*/\1/' <<<"$line" | tail -1)
    bad=$(sed -E 's/.* ([0-9]+) failed$/\1/' <<<"$line" | tail -1)
  elif [ "$status" -eq 0 ]; then
    good=1
  fi
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
    bad=1
  fi
  passed=$((passed + good))
  failed=$((failed + bad))
  if [ "$bad" -eq 0 ]; then
    note ok "$name" "$good passed, $time"
  else
    note FAILED "$name" "$good passed, $bad failed, $time"
  fi
}

# build PRESET OPTIONS...: as CMakePresets.json has it, with options for `cmake --build`.
build() {
  local preset=$1
  shift
  cmake --preset "$preset" && cmake --build --preset "$preset" -j "$jobs" "$@"
}

# leg PRESET: one build and its tests.
leg() {
  local preset=$1 runner=()
  # The thread sanitizer of older compilers does not know the memory layout of newer kernels.
  if [[ $preset == tsan ]] && setarch "$(uname -m)" -R true 2>/dev/null; then
    runner=(setarch "$(uname -m)" -R)
  fi
  step "$preset-build" build "$preset" &&
    step "$preset-tests" "${runner[@]}" ctest --preset "$preset" -j "$((jobs + 2))"  # Many wait.
}

# How much of the code each fuzz target reached, from libFuzzer's last lines in ctest's log.
fuzz_edges() {
  awk '/ Test: fuzz\./ { name = $NF; ++all } /DONE +cov:/ { printf "%-28s %5d edges\n", name, $4; ++count }
       END { exit count == 0 || count != all }' "$1"
}

# Real servers and their clients wait for each other most of the time, so that both majors run beside
# what compiles and tests here.
declare -A interop_runs=()
trap 'for run in "${interop_runs[@]}"; do kill "$run" 2>/dev/null; done' EXIT

begin_interop() {
  local major
  for major in 5 4; do
    local parts=("$major")
    [ "$major" = 5 ] || parts+=(gateway)
    timeout --kill-after=60 3600 node tests/interop/run.mjs build/release/wsferry "${parts[@]}" \
      >"$logs/interop-$major.log" 2>&1 </dev/null &
    interop_runs[$major]=$!
  done
}

end_interop() {
  local major status
  for major in "${!interop_runs[@]}"; do
    printf '\n=== interop-%s, in %s\n' "$major" "$logs/interop-$major.log"
    wait "${interop_runs[$major]}"
    status=$?
    unset "interop_runs[$major]"
    cat "$logs/interop-$major.log"
    count "interop-$major" "$status" "beside the others"
  done
}

finish() {
  printf '\n=== summary\n'
  printf '%s\n' "${summary[@]}"
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
  exit
}

step packages install_packages "${packages[@]}" || finish
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache

format() {
  git ls-files -z '*.hpp' '*.cpp' | xargs -0 clang-format --dry-run -Werror
}

# Without the sources that include one header each: the libraries' have them all.
tidy() {
  cmake --preset tidy &&
    run-clang-tidy -quiet -j "$jobs" -p build/tidy '^(?!.*/standalone_headers/)'
}

is_debian_12() {
  (. /etc/os-release && [ "${ID:-} ${VERSION_ID:-}" = "debian 12" ]) 2>/dev/null
}

# with_version_14 TOOL STEP: other versions have other ideas. Debian 12 has this one, so that nothing is
# skipped there.
with_version_14() {
  if "$1" --version | grep -q 'version 14\.'; then
    step "$2" "$2"
  elif is_debian_12; then
    note FAILED "$2" "not $1 14, which Debian 12 has"
    failed=$((failed + 1))
  else
    note SKIPPED "$2" "not $1 14"
  fi
}

if [ "$matrix" = full ]; then
  with_version_14 clang-format format
fi

if [ "$interop" = off ]; then
  note SKIPPED interop "WSFERRY_TEST_INTEROP=off"
elif ! step release-tool build release --target wsferry_cli; then
  note FAILED interop "the tool was not built"
  failed=$((failed + 1))
elif install_node >"$logs/node.log" 2>&1; then  # Not a step: it changes PATH.
  begin_interop
else
  cat "$logs/node.log"
  note FAILED interop "no Node.js 20 with npm; see above"
  failed=$((failed + 1))
fi

leg release &&
  WSFERRY_TOOL=$PWD/build/release/wsferry step demo bash examples/demo.sh

if [ "$matrix" = full ]; then
  with_version_14 clang-tidy tidy
  leg clang
  step fuzz-edges fuzz_edges build/clang/Testing/Temporary/LastTest.log
  leg tsan
  leg shared
  step reference bash tests/reference.sh
fi
end_interop
finish
