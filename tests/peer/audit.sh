#!/usr/bin/env bash
# Other people's readers check a log, its copy and its proofs: Go's x/mod, two crates, and Python.
# usage: tests/peer/audit.sh [ENTRIES]     needs: go, golang-golang-x-mod-dev, python3 with cryptography
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=tests/peer/audit
for entries in "${1:-70000}" 256 7; do
  folder=$work/$entries
  cargo run -q --locked -p billetbook --example audit_log -- "$folder" "$entries" >/dev/null
  GO111MODULE=off GOPATH=/usr/share/gocode go run "$here/main.go" "$folder"
  "${BILLETBOOK_PEER_PYTHON:-python3}" "$here/reader.py" "$folder"
  cargo run -q --locked --manifest-path "$here/rust/Cargo.toml" -- "$folder"
done
