"""The engine beside anonlink on the same CLKs in the same run, one thread each: processor time and whether the pairs are
the same. Children are made up, their CLKs made by `billetbook clk hash` with a schema of names, birth date, sex and
postcode.
Usage: cargo build --release -p billetbook --example engine_clks, then
python3 scripts/bench_anonlink.py target/release/billetbook target/release/examples/engine_clks [--children 25000]
[--runs 5] [--thresholds .8 .9]. Needs PyPI anonlink 0.15.3 in the Python that runs it."""

import argparse
import base64
import csv
import json
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

from anonlink.candidate_generation import find_candidate_pairs
from anonlink.similarities import dice_coefficient_accelerated
from bitarray import bitarray

COLUMNS = {
    "given_name": {"type": "ngram", "n": 2},
    "family_name": {"type": "ngram", "n": 2},
    "date_of_birth": {"type": "ngram", "n": 1, "positional": True},
    "sex": {"type": "exact"},
    "postcode": {"type": "ngram", "n": 1, "positional": True},
}
BITS = {"given_name": 14, "family_name": 14, "date_of_birth": 14, "sex": 14, "postcode": 14}


def schema():
    """A clkhash schema of version 3 for 1024 bits."""
    kdf = {"type": "HKDF", "hash": "SHA256", "info": "", "salt": "", "keySize": 64}
    features = []
    for name, comparison in COLUMNS.items():
        hashing = {
            "comparison": comparison,
            "strategy": {"bitsPerToken": BITS[name]},
            "hash": {"type": "blakeHash"},
        }
        features.append({"identifier": name, "format": {"type": "string", "encoding": "utf-8"}, "hashing": hashing})
    return {"version": 3, "clkConfig": {"l": 1024, "kdf": kdf}, "features": features}


def plain(row):
    """A row as every agency would write it: clkhash compares what is written."""
    row = {name: row[name].lower() for name in COLUMNS}
    parts = re.split(r"[-/]", row["date_of_birth"])
    row["date_of_birth"] = "".join(parts if len(parts[0]) == 4 else reversed(parts))
    row["sex"] = row["sex"][:1]
    row["postcode"] = row["postcode"].replace(" ", "")
    return row


def clks(program, source, folder, name):
    """CLKs of a file of made-up children, as a JSON file."""
    table = folder / f"{name}.csv"
    with open(source, newline="") as given, open(table, "w", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(map(plain, csv.DictReader(given)))
    out = folder / f"{name}.json"
    subprocess.run(
        [program, "clk", "hash", table, "--schema", folder / "schema.json", "--out", out, "--secret-file", folder / "secret"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return out


def bits(path):
    out = []
    for text in json.loads(path.read_text())["clks"]:
        row = bitarray(endian="big")
        row.frombytes(base64.b64decode(text))
        out.append(row)
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("billetbook")
    parser.add_argument("engine")
    parser.add_argument("--children", type=int, default=25_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--thresholds", nargs="+", default=[".8", ".9"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "secret").write_text("made up for a benchmark of made-up children")
        (folder / "schema.json").write_text(json.dumps(schema()))
        made = folder / "made"
        synth = [options.billetbook, "synth", "--children", str(options.children), "--out", made]
        subprocess.run(synth, check=True, stdout=subprocess.DEVNULL)
        files = [clks(options.billetbook, made / f"agency-{i}.csv", folder, f"clks-{i}") for i in (1, 2)]
        rows = [bits(file) for file in files]
        fill = statistics.mean(row.count() for row in rows[0]) / 1024
        print(f"{len(rows[0])} x {len(rows[1])} CLKs, fill {fill:.2f}, medians of {options.runs}")
        for threshold in options.thresholds:
            times = {"anonlink": [], "engine": []}
            for _ in range(options.runs):
                start = time.process_time()
                _, _, (left, right) = find_candidate_pairs(rows, dice_coefficient_accelerated, float(threshold))
                times["anonlink"].append(time.process_time() - start)
                theirs = set(zip(left, right))
                pairs = folder / "pairs"
                run = [options.engine, *files, threshold, pairs]
                kernel, found, seconds = subprocess.check_output(run, text=True).split()
                times["engine"].append(float(seconds))
                ours = {tuple(map(int, line.split())) for line in pairs.read_text().splitlines()}
                assert len(ours) == int(found)
                assert ours == theirs, f"{len(ours - theirs)} pairs are ours only, {len(theirs - ours)} theirs only"
            slow, fast = (statistics.median(times[who]) for who in ("anonlink", "engine"))
            ratio = statistics.median(a / b for a, b in zip(times["anonlink"], times["engine"]))
            print(f"t = {threshold}: {len(ours)} pairs, the same; {kernel} {fast:.3f} s, anonlink {slow:.2f} s, {ratio:.0f} x")


if __name__ == "__main__":
    main()
