"""Makes tests/vectors/clkhash.json with clkhash itself, from made-up children.

pip install clkhash==0.18.3, then: python3 scripts/clkhash_vectors.py > tests/vectors/clkhash.json
"""
import base64
import copy
import json
import sys

from clkhash.clk import generate_clks
from clkhash.schema import from_json_dict

SECRET = "made-up secret of tests"
COLUMNS = ["id", "given", "family", "born", "height", "siblings", "sex", "postcode"]
ROWS = [
    ["1", "Zoë", "O’Brien", "04/03/2012", "101.25", "2", "F", "LB1 0AA"],
    ["2", "Łukasz", "Żółć", "29/02/2016", "7", " +02 ", "M", "lb12 9zz"],
    ["3", "", "Ángström-Smith", "1/1/2009", "-3.5", "0", "X", ""],
    ["4", "李", "小龍", "", "", "-1", "F", "SW1A 1AA"],
    ["5", "👶", "Marsh", "31/12/1999", "1e2", "12", "M", "N1 1AA"],
    ["6", "a", "b", "05/10/2014", "99.995", "1_0", "F", "B1 1BB"],
    ["7", "Anne Marie", "de la Cruz", " 5/6/2011", "0", "3", "F", "EC1A 1BB"],
    ["8", "x" * 60, "y" * 33, "15/07/2013", "12345678901", "4", "M", "W1A 0AX"],
]
KDF = {
    "type": "HKDF",
    "hash": "SHA512",
    "salt": base64.b64encode(b"salt of tests").decode(),
    "info": base64.b64encode(b"info").decode(),
    "keySize": 48,
}
BLANK = {"sentinel": ""}


def v3(l, hash_type, strategy, **config):
    def hashing(comparison, missing=BLANK, k=7):
        made = {"comparison": comparison, "strategy": {strategy: k}, "missingValue": missing}
        if hash_type is not None:
            made["hash"] = hash_type
        return made

    def gram(n, positional=False):
        return {"type": "ngram", "n": n, "positional": positional}

    features = [
        {"identifier": "id", "ignored": True},
        {"identifier": "given", "format": {"type": "string", "encoding": "utf-8"}, "hashing": hashing(gram(2), k=11)},
        {"identifier": "family", "format": {"type": "string", "encoding": "utf-16", "minLength": 1},
         "hashing": hashing(gram(3, True), k=40)},
        {"identifier": "born", "format": {"type": "date", "format": "%d/%m/%Y"},
         "hashing": hashing(gram(1, True), {"sentinel": "", "replaceWith": "19000101"})},
        {"identifier": "height", "format": {"type": "string"},
         "hashing": hashing({"type": "numeric", "thresholdDistance": 2.5, "resolution": 4, "fractional_precision": 2})},
        {"identifier": "siblings", "format": {"type": "integer", "minimum": -1},
         "hashing": hashing({"type": "exact"}, k=33)},
        {"identifier": "sex", "format": {"type": "enum", "values": ["M", "F", "X"]},
         "hashing": hashing({"type": "exact"}, {"sentinel": "X", "replaceWith": ""})},
        {"identifier": "postcode", "format": {"type": "string", "pattern": "[A-Za-z0-9 ]+"},
         "hashing": hashing(gram(4), k=5)},
    ]
    return {"version": 3, "clkConfig": {"l": l, "kdf": KDF, **config}, "features": features}


def v2(strategy, hash_type):
    features = []
    for i, name in enumerate(COLUMNS):
        if name in ("id", "height"):
            features.append({"identifier": name, "ignored": True})
            continue
        features.append({
            "identifier": name,
            "format": {"type": "string", "encoding": "utf-8"},
            "hashing": {"ngram": 1 + i % 3, "positional": i % 2 == 0, "strategy": {strategy: 9 + 20 * i},
                        "hash": hash_type, "missingValue": BLANK},
        })
    return {"version": 2, "clkConfig": {"l": 512, "kdf": {"type": "HKDF"}}, "features": features}


def v1(hash_type):
    schema = v2("k", hash_type)
    schema["version"] = 1
    schema["clkConfig"].update({"k": 15, "hash": hash_type})
    # 0.5 * 15 = 7.5 rounds to even; a weight of nought passes a feature over.
    weights = iter([0.5, 1, 1.5, 0, 0.1, 2.5])
    for feature in schema["features"]:
        if "hashing" in feature:
            del feature["hashing"]["strategy"], feature["hashing"]["hash"]
            feature["hashing"]["weight"] = next(weights)
    return schema


BLAKE, DOUBLE = {"type": "blakeHash"}, {"type": "doubleHash"}
SAFE = {"type": "doubleHash", "prevent_singularity": True}
VARIANTS = {
    "v3 blake per token": v3(1024, BLAKE, "bitsPerToken"),
    "v3 no hash named, per feature, folded": v3(256, None, "bitsPerFeature", xor_folds=2),
    "v3 double per feature, odd length": v3(331, DOUBLE, "bitsPerFeature"),
    "v3 double per token, odd length folded": v3(77, DOUBLE, "bitsPerToken", xor_folds=1),
    "v3 double without singularity, few bits": v3(5, SAFE, "bitsPerToken"),
    "v3 blake, more than one digest": v3(4096, BLAKE, "bitsPerToken"),
    "v2 blake k": v2("k", BLAKE),
    "v2 double numBits": v2("numBits", DOUBLE),
    "v1 blake": v1(BLAKE),
    "v1 double": v1(SAFE),
}


def clks(schema):
    made = generate_clks([list(r) for r in ROWS], from_json_dict(copy.deepcopy(schema)), SECRET, max_workers=1)
    return [base64.b64encode(c.tobytes()).decode() for c in made]


out = {"origin": "clkhash 0.18.3 from PyPI, scripts/clkhash_vectors.py", "secret": SECRET, "columns": COLUMNS,
       "rows": ROWS, "variants": []}
for name, schema in VARIANTS.items():
    out["variants"].append({"name": name, "schema": schema, "clks": clks(schema)})
# A key that clkhash lets pass and does not read.
ignored = v3(1024, BLAKE, "bitsPerToken", xorFolds=1)
assert clks(ignored) == out["variants"][0]["clks"]
json.dump(out, sys.stdout, indent=1, ensure_ascii=False)
print()
