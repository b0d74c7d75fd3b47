#!/usr/bin/env bash
# Shows the tool at work with nothing but this folder: builds it, serves sample content on this
# machine, pulls that into an archive, verifies the archive, pushes it into a second
# server with other content, shows that both are equal then, streams audio to a gateway on this
# machine, and cleans up.
#
#   bash examples/demo.sh
#
# Works on a fresh Debian 12 or Ubuntu 24.04: missing packages are installed. WSFERRY_TOOL names a tool
# that is built already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tool=${WSFERRY_TOOL:-$PWD/build/demo/wsferry}

packages=(g++ cmake ninja-build libasio-dev libwebsocketpp-dev rapidjson-dev libssl-dev
  zlib1g-dev libcurl4-openssl-dev libarchive-dev libisal-dev libcli11-dev)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "== installing ${missing[*]}"
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

if [ -z "${WSFERRY_TOOL:-}" ]; then
  echo "== building the tool"
  if command -v ccache >/dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache
  fi
  cmake --preset demo >/dev/null
  cmake --build --preset demo
fi

folder=$(mktemp -d)
servers=()
cleanUp() {
  for server in "${servers[@]}"; do
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  done
  rm -rf "$folder"
}
trap cleanUp EXIT

# Starts `wsferry serve` with the given arguments, and sets url and token to what it prints.
serve() {
  local key value
  url=
  token=
  rm -f "$folder/printed"
  mkfifo "$folder/printed"
  "$tool" serve "$@" --port 0 >"$folder/printed" &
  servers+=($!)
  exec 3<"$folder/printed"
  while read -r -t 30 key value <&3; do
    case $key in
      serving) url=$value ;;
      token) token=$value ;;
    esac
    if [ -n "$url" ] && [ -n "$token" ]; then
      return
    fi
  done
  echo "the server did not say where it is" >&2
  exit 1
}

echo
echo "== serving sample content"
serve --sample
echo "at $url"

echo
echo "== wsferry pull $url -o backup.tar.gz"
STRAPI_TRANSFER_TOKEN=$token "$tool" pull "$url" -o "$folder/backup.tar.gz"

echo
echo "== wsferry verify backup.tar.gz"
"$tool" verify "$folder/backup.tar.gz"

echo
echo "== a second server, with less content: wsferry convert, wsferry serve --accept"
"$tool" convert --quiet "$folder/backup.tar.gz" "$folder/less.tar.gz" \
  --exclude media-library --exclude-content-types api::tag.tag
serve "$folder/less.tar.gz" --accept "$folder/pushed.tar.gz"
echo "at $url"
export STRAPI_TRANSFER_TOKEN=$token

echo
echo "== wsferry diff backup.tar.gz $url"
status=0
"$tool" diff "$folder/backup.tar.gz" "$url" >"$folder/difference" || status=$?
[ "$status" -eq 7 ]
sed -n '1,20p' "$folder/difference"
echo "... and more"

echo
echo "== wsferry push backup.tar.gz $url --force"
"$tool" push "$folder/backup.tar.gz" "$url" --force

echo
echo "== wsferry diff backup.tar.gz $url"
"$tool" diff "$folder/backup.tar.gz" "$url"

echo
echo "== a streaming gateway: wsferry serve --gateway"
serve --gateway
echo "at $url"

echo
echo "== wsferry stream $url - --template demo --raw-audio linear16,16000,1"
head -c 160000 /dev/zero |
  WS_GATEWAY_API_KEY=$token "$tool" stream "$url" - --template demo --raw-audio linear16,16000,1

echo
echo "The tool is $tool"
