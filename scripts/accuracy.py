"""Makes up two agencies' children with less and less to know them by, links them, and prints precision, recall and
F1 of `match` and of `match` and `possible` together, and in each tenth of probability with 100 pairs or more the share
that is true beside the share that was said.
Usage: python3 scripts/accuracy.py target/release/billetbook [--profile tokens|local] [--children 25000] [--seed 9001]"""

import argparse
import collections
import csv
import pathlib
import subprocess
import tempfile

NO_NHS = "nhs_present = 0.0\n"
NO_IDENTIFIER = NO_NHS + "upn_present = 0.0\nupn_unknown_code = 0.0\n"
BARE = ["id", "given_name", "family_name", "date_of_birth", "sex", "identity_epoch"]
POPULATIONS = {
    "NHS number on three quarters": ("", None),
    "no NHS number": (NO_NHS, None),
    "no identifier": (NO_IDENTIFIER, None),
    "names with middle and previous ones, birth date, sex": (NO_IDENTIFIER + "postcode_missing = 1.0\n", None),
    "names, birth date, sex alone": (NO_IDENTIFIER, BARE),
}


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def keep(path, columns):
    held = rows(path)
    with open(path, "w", newline="") as out:
        writer = csv.DictWriter(out, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(held)


def scores(links, cluster, true):
    right = sum(cluster[r["left_id"]] == cluster[r["right_id"]] for r in links)
    p, r = right / len(links), right / true
    return f"{p:.5f} / {r:.5f} / {2 * p * r / (p + r):.5f}"


def calibration(links, cluster):
    tenths = collections.defaultdict(list)
    for r in links:
        p = float(r["probability"])
        tenths[min(int(p * 10), 9)].append((p, cluster[r["left_id"]] == cluster[r["right_id"]]))
    for tenth, pairs in sorted(tenths.items()):
        if len(pairs) >= 100:
            said, share = (sum(x[i] for x in pairs) / len(pairs) for i in (0, 1))
            yield f".{tenth}: {share:.3f} of {len(pairs)}, said {said:.3f}"


def measure(options, name, errors, columns):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "errors.toml").write_text(errors)
        command = [options.command, "synth", "--children", str(options.children), "--seed", str(options.seed)]
        command += ["--errors", folder / "errors.toml", "--out", folder / "made"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        files = [folder / "made" / f"agency-{i}.csv" for i in (1, 2)]
        if columns:
            for path in files:
                keep(path, columns)
        cluster, held = {}, collections.defaultdict(collections.Counter)
        for r in rows(folder / "made" / "truth.csv"):
            cluster[r["id"]] = r["cluster"]
            held[r["file"]][r["cluster"]] += 1
        true = sum(n * held["agency-2.csv"][c] for c, n in held["agency-1.csv"].items())
        link = [options.command, "link", *files, "--profile", options.profile, "--all-pairs", "--out", folder / "linked"]
        subprocess.run(link, check=True, stdout=subprocess.DEVNULL)
        links = rows(folder / "linked" / "links.csv")
    print(f"{name}: {true} true pairs")
    for what, kinds in (("match", ["match"]), ("match and possible", ["match", "possible"])):
        print(f"  {what:18}  {scores([r for r in links if r['decision'] in kinds], cluster, true)}")
    print("  " + "; ".join(calibration(links, cluster)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--profile", default="local", choices=["tokens", "local"])
    parser.add_argument("--children", type=int, default=25_000)
    parser.add_argument("--seed", type=int, default=9001)
    options = parser.parse_args()
    print("precision / recall / F1")
    for name, (errors, columns) in POPULATIONS.items():
        measure(options, name, errors, columns)


main()
