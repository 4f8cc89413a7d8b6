"""Makes tests/vectors/anonlink.json: rows of bits in three files, and the pairs and groups that anonlink finds.

pip install anonlink==0.15.3 'setuptools<81', then: python3 scripts/anonlink_groups.py > tests/vectors/anonlink.json
"""
import base64
import io
import json
import random

import anonlink
from bitarray import bitarray

BITS, THRESHOLD = 192, 0.8
rng = random.Random(1741)


def noisy(row, flips):
    row = row.copy()
    for _ in range(flips):
        row.invert(rng.randrange(BITS))
    return row


def fresh():
    return bitarray([rng.random() < 0.3 for _ in range(BITS)])


children = [fresh() for _ in range(40)]
# Some are near others, so that groups compete for records.
children += [noisy(rng.choice(children), 14) for _ in range(20)]
files = []
for _ in range(3):
    held = [c for c in children if rng.random() < 0.8]
    rng.shuffle(held)
    files.append([noisy(c, rng.choice([0, 2, 6, 10])) for c in held])
files[0].append(bitarray(BITS * "0"))

candidates = anonlink.candidate_generation.find_candidate_pairs(
    files, anonlink.similarities.dice_coefficient, THRESHOLD)
scores, (left, right), (a, b) = candidates
groups = sorted(sorted([int(d), int(r)] for d, r in g) for g in anonlink.solving.greedy_solve(candidates))
pairs = sorted([[int(d), int(i)], [int(e), int(j)], s] for s, d, e, i, j in zip(scores, left, right, a, b))
print(json.dumps({
    "origin": "anonlink 0.15.3 from PyPI, scripts/anonlink_groups.py",
    "bits": BITS,
    "threshold": str(THRESHOLD),
    "files": [{"clks": [base64.b64encode(r.tobytes()).decode() for r in f]} for f in files],
    "pairs": pairs,
    "groups": groups,
}, indent=None, separators=(",", ": ")).replace('"files"', '\n"files"').replace('"pairs"', '\n"pairs"').replace('"groups"', '\n"groups"'))
