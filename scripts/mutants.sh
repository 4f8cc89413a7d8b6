#!/usr/bin/env bash
# Mutants of one room against that room's own tests: its unit tests and its claims.
# Usage: bash scripts/mutants.sh ROOM [more options of cargo-mutants, such as --shard 1/4]
#
# Only the rooms that ROOM and its claims use are copied and built, without optimisation: some seconds a mutant. What
# was caught before is not tried again: run it again to go on, also after Ctrl-C. What became of each mutant stands in
# target/mutants/ROOM.kept/all.json; counts, and what is missed, are printed. Needs `cargo install cargo-mutants`. Tests of many seconds that look for what shorter ones
# find too are left out below; a mutant that is missed is then worth a try against the whole claims.
set -euo pipefail
cd "$(dirname "$0")/.."
room=${1:?name a room: wire, keys, consent, envelope, grant, audit, gate}
shift
skip=() features=()
# Fewer cases of each property than by default (256): what a mutant changes shows in the first few.
export PROPTEST_CASES=${PROPTEST_CASES:-48}
case $room in
  wire) claims=(key_records) ;;
  keys) claims=(key_records) ;;
  consent) claims=(consent) ;;
  envelope)
    claims=(envelope envelope_altered envelope_author envelope_by_hand envelope_parts envelope_support)
    skip=(--skip env_1_every --skip env_6_with) ;;
  grant)
    claims=(grant grant_ended grant_support gate_erased gate_support)
    features=(--features sqlite) ;;
  audit) claims=(audit) features=(--features sqlite) ;;
  gate)
    claims=(gate gate_bad_input gate_erased gate_network gate_quorum gate_support grant_support)
    features=(--features sqlite) ;;
  *) echo "no claims are listed for the room $room" >&2; exit 2 ;;
esac

# Every room that stands in `crate::ROOM`, or in `billetbook::ROOM` of a claim, and what these use in turn.
rooms="limits $room $(for c in "${claims[@]}"; do
  find tests/claims -path "tests/claims/$c.rs" -o -path "tests/claims/$c/*.rs" | xargs grep -hoE 'billetbook::[a-z_]+'
done | sed 's/billetbook:://')"
while :; do
  more=$(for r in $rooms; do
    echo "$r"
    find "src/$r.rs" "src/$r" -name '*.rs' 2>/dev/null | xargs grep -hoE 'crate::[a-z_]+' 2>/dev/null | sed 's/crate:://' || true
  done | sort -u | while read -r r; do if test -e "src/$r.rs"; then echo "$r"; fi; done | tr '\n' ' ')
  test "$more" = "$rooms" && break
  rooms=$more
done
case " $rooms" in *" store "*) features=(--features sqlite) ;; esac

lean=target/mutants/$room
rm -rf "$lean"
mkdir -p "$lean/tests/claims" "$lean/src" "$lean/examples"
cp -r docs Cargo.lock "$lean/"
cp examples/*.toml examples/*.json "$lean/examples/"
cp -r tests/vectors tests/samples tests/crash "$lean/tests/"
for r in $rooms; do
  cp "src/$r.rs" "$lean/src/"
  test -d "src/$r" && cp -r "src/$r" "$lean/src/"
done
while IFS= read -r line; do
  if [[ $line =~ ^(pub\ )?mod\ ([a-z_]+)\;$ ]] && [[ " $rooms" != *" ${BASH_REMATCH[2]} "* ]]; then continue; fi
  echo "$line"
done <src/lib.rs >"$lean/src/lib.rs"
{
  echo '#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]'
  for c in "${claims[@]}"; do
    cp -r tests/claims/"$c"* "$lean/tests/claims/"
    echo "mod $c;"
  done
  if grep -rq 'crate::crash' "$lean/tests/claims"; then printf '#[path = "../crash/harness.rs"]\nmod crash;\n'; fi
} >"$lean/tests/claims/main.rs"
# The package as it is, without what these rooms do not need and what takes long to build.
python3 - "$lean" "${features[*]}" <<'PYTHON'
import pathlib, re, sys
text = pathlib.Path("Cargo.toml").read_text()
text = re.sub(r'\[\[(bench|test|example)\]\]\n(?:[^\[\n].*\n|\n)*', "", text)
text = re.sub(r'^members = .*$|^default-members = .*$|^exclude = .*$', "", text, flags=re.M)
text = re.sub(r'^billetbook-synth.*$|^divan.*$|^billetbook = \{ path = ".", version.*$', "", text, flags=re.M)
text = re.sub(r'^parquet = \{.*$|, "parquet"|^parquet = \[.*$', "", text, flags=re.M)
if not sys.argv[2]:
    text = re.sub(r'^rusqlite = .*$|, "sqlite"|^sqlite = \[.*$', "", text, flags=re.M)
text = text.replace('default = ["parallel"', 'default = [')
text = re.sub(r'opt-level = 1\ndebug = "line-tables-only"', 'opt-level = 0\ndebug = false', text)
text = re.sub(r'default = \[, ', 'default = [', text)
pathlib.Path(sys.argv[1], "Cargo.toml").write_text(text + '\n[[test]]\nname = "claims"\n')
PYTHON
touch "$lean/README.md"
export CARGO_TARGET_DIR=$PWD/target/mutants/build CARGO_INCREMENTAL=1
only=(-f "src/$room.rs" -f "src/$room/**/*.rs")
cargo mutants --in-place -d "$lean" -o "target/mutants/$room.kept" --iterate --sharding round-robin --cap-lints true --timeout 300 --build-timeout 300 \
  "${only[@]}" "$@" -- "${features[@]}" --lib --test claims -- "$room::" "${claims[@]/%/::}" "${skip[@]}" || true
python3 - "target/mutants/$room.kept" "$room at $(git rev-parse --short HEAD)" <<'PYTHON'
import collections, json, pathlib, sys
kept = pathlib.Path(sys.argv[1])
all_ = kept / "all.json"
became = json.loads(all_.read_text()) if all_.exists() else {}
for outcome in ("unviable", "missed", "timeout", "caught"):
    path = kept / "mutants.out" / (outcome + ".txt")
    for line in path.read_text().splitlines() if path.exists() else []:
        became[line] = outcome
kept.mkdir(exist_ok=True)
all_.write_text(json.dumps(became, indent=1))
counts = collections.Counter(became.values())
viable = sum(counts.values()) - counts["unviable"]
caught = counts["caught"] + counts["timeout"]
print(f"{sys.argv[2]}: {dict(counts)}; caught {caught} of {viable} viable, {100 * caught / max(viable, 1):.1f} %")
print("\n".join(sorted(m for m, o in became.items() if o == "missed")))
PYTHON
