#!/usr/bin/env bash
# Time and memory of linking two made-up files of N records each, from CSV to finished outputs: medians of RUNS
# runs (5), and how processor time grows against n log n. Usage: scripts/bench_link.sh [N...]
# KIDS=FOLDER keeps the made-up files of N in FOLDER/N, or takes them from there. PROFILE=local compares in clear.
set -euo pipefail
[ $# -gt 0 ] || set -- 10000 100000 1000000
runs=${RUNS:-5}
cd "$(dirname "$0")/.."
cargo build --release --locked -q
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kids=${KIDS:-$work}
median() { sort -g | sed -n "$(((runs + 1) / 2))p"; }
printf '%10s %10s %14s %8s %22s\n' records 'seconds' 'processor s' MiB 'ns per record log2(n)'
for n in "$@"; do
  [ -d "$kids/$n" ] ||
    target/release/billetbook synth --children $((n * 5 / 4)) --seed 9001 --out "$kids/$n" >/dev/null
  for ((i = 0; i < runs; i++)); do
    rm -rf "$work/linked"
    /usr/bin/time -o "$work/time" -f '%e %U %S %M' \
      target/release/billetbook link "$kids/$n"/agency-{1,2}.csv --profile "${PROFILE:-tokens}" --out "$work/linked" >/dev/null
    cat "$work/time"
  done >"$work/all"
  wall=$(awk '{print $1}' "$work/all" | median)
  spent=$(awk '{print $2 + $3}' "$work/all" | median)
  most=$(awk '{print $4 / 1024}' "$work/all" | median)
  awk -v n="$n" -v w="$wall" -v p="$spent" -v m="$most" 'BEGIN {
    printf "%10d %10.2f %14.2f %8.0f %22.1f\n", n, w, p, m, p * 1e9 / (2 * n * log(n) / log(2)) }'
done
