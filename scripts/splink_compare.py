"""Links the same made-up children with Splink 5 (scripts/splink_model.py) and with both profiles of billetbook, one
after another in turns, and prints medians of time and memory, accuracy, and how often the wrong twin or sibling is
linked. No child has an identifier and no file holds a child twice, so that one-to-one costs Splink nothing.
Usage: python3 scripts/splink_compare.py target/release/billetbook [--children 125000] [--seed 9001] [--runs 3]
Needs PyPI splink 5 (which brings duckdb and pandas) in the Python that runs it."""

import argparse
import collections
import csv
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
ERRORS = "nhs_present = 0.0\nupn_present = 0.0\nupn_unknown_code = 0.0\ndouble_entry = 0.0\n"
TRAPS = 1000


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def birth(row):
    """Year, month, day from DD/MM/YYYY or YYYY-MM-DD."""
    text = row["date_of_birth"]
    return tuple(text.split("-")) if "-" in text else tuple(reversed(text.split("/")))


def set_traps(left, right, cluster):
    """Pairs of twins, and of siblings, of one sex who stand side by side in the right file and one of them in the
    left: that one is taken out of the right file, so that only the wrong child is there. The ids of each kind."""
    home, traps, taken = collections.defaultdict(list), {"twins": [], "siblings": []}, set()
    left_of = {cluster[r["id"]]: r["id"] for r in left}
    for row in right:
        if row["postcode"] and row["family_name"] and row["given_name"] and row["date_of_birth"]:
            home[row["postcode"], row["family_name"].lower(), row["sex"]].append(row)
    for members in home.values():
        for a, b in zip(members[::2], members[1::2]):
            ids = {cluster[a["id"]], cluster[b["id"]]}
            kind = traps["twins" if birth(a) == birth(b) else "siblings"]
            if len(ids) == 2 and cluster[a["id"]] in left_of and len(kind) < TRAPS:
                kind.append((left_of[cluster[a["id"]]], b["id"]))
                taken |= {a["id"], left_of.get(cluster[b["id"]])}
    return [[r for r in file if r["id"] not in taken] for file in (left, right)], traps


def prepare(options, folder):
    errors = folder / "errors.toml"
    errors.write_text(ERRORS)
    made = folder / "made"
    command = [options.command, "synth", "--children", str(options.children), "--seed", str(options.seed)]
    subprocess.run([*command, "--errors", errors, "--out", made], check=True, stdout=subprocess.DEVNULL)
    cluster = {r["id"]: r["cluster"] for r in rows(made / "truth.csv")}
    files, traps = set_traps(rows(made / "agency-1.csv"), rows(made / "agency-2.csv"), cluster)
    paths = [folder / "left.csv", folder / "right.csv"]
    for path, file in zip(paths, files):
        with open(path, "w", newline="") as out:
            writer = csv.DictWriter(out, file[0])
            writer.writeheader()
            writer.writerows(file)
    held = {cluster[r["id"]] for r in files[0]}
    true = sum(cluster[r["id"]] in held for r in files[1])
    print(f"{len(files[0])} and {len(files[1])} children, {true} in both;", *(f"{len(t)} wrong {k}" for k, t in traps.items()))
    return paths, cluster, traps, true


def run(command):
    """Wall and processor seconds, MiB, and what it printed."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    begin = time.monotonic()
    text = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} failed")
    return time.monotonic() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text


def one_to_one(pairs):
    left, right, out = set(), set(), []
    for a, b, _ in sorted(pairs, key=lambda p: -p[2]):
        if a not in left and b not in right:
            left.add(a)
            right.add(b)
            out.append((a, b))
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--children", type=int, default=125_000)
    parser.add_argument("--seed", type=int, default=9001)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        paths, cluster, traps, true = prepare(options, folder)
        splink = [sys.executable, HERE / "splink_model.py", *paths, folder / "pairs.csv"]
        link = [options.command, "link", *paths, "--out", folder / "linked", "--profile"]
        measured = {"Splink 5": [], "local": [], "tokens": []}
        found = {}
        for turn in range(options.runs):
            measured["Splink 5"].append(run(splink))
            for profile in ("local", "tokens"):
                measured[profile].append(run([*link, profile]))
                links = rows(folder / "linked" / "links.csv")
                for name, kinds in (("match", ["match"]), ("match and possible", ["match", "possible"])):
                    found[f"{profile}, {name}"] = [(r["left_id"], r["right_id"]) for r in links if r["decision"] in kinds]
                shutil.rmtree(folder / "linked")
        pairs = [(r["left_id"], r["right_id"], float(r["probability"])) for r in rows(folder / "pairs.csv")]
        for least in (0.5, 0.95):
            found[f"Splink 5, p >= {least}, one to one"] = one_to_one([p for p in pairs if p[2] >= least])
    print(f"\n{'':10} {'seconds':>9} {'processor s':>12} {'MiB':>7}   medians of {options.runs}")
    for name, runs in measured.items():
        print("{:10} {:9.2f} {:12.2f} {:7.0f}".format(name, *(statistics.median(r[i] for r in runs) for i in range(3))))
    inside = statistics.median(float(r[3]) for r in measured["Splink 5"])
    print(f"Splink from reading to pairs, without its import: {inside:.2f} s")
    print(f"\n{'':36} precision   recall   wrong twins   wrong siblings")
    for name in sorted(found):
        links = set(found[name])
        right = sum(cluster[a] == cluster[b] for a, b in links)
        wrong = [f"{sum(t in links for t in traps[k])} of {len(traps[k])}" for k in ("twins", "siblings")]
        print(f"{name:36} {right / len(links):9.5f} {right / true:8.5f} {wrong[0]:>13} {wrong[1]:>16}")


main()
