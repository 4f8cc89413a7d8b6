#!/usr/bin/env bash
# Time and memory of linking two made-up files of N records each, from CSV to finished outputs: median of three.
set -euo pipefail
n=${1:-100000}
cd "$(dirname "$0")/.."
cargo build --release --locked -q
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
target/release/billetbook synth --children $((n * 5 / 4)) --seed 9001 --out "$work/kids"
for i in 1 2 3; do
  rm -rf "$work/linked"
  /usr/bin/time -f '%e s, %U s user, %M KiB at most' \
    target/release/billetbook link "$work"/kids/agency-{1,2}.csv --out "$work/linked" >/dev/null
done 2>&1 | sort -n | sed -n 2p
