"""Links two of `billetbook synth`'s files with Splink 5 (DuckDB, two threads) and prints time and accuracy.
Usage: python3 scripts/splink_compare.py KIDS/agency-1.csv KIDS/agency-2.csv KIDS/truth.csv"""

import json
import resource
import sys
import time

import duckdb
import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on


def read(path):
    frame = pd.read_csv(path, dtype=str, keep_default_na=True)
    frame["dob"] = pd.to_datetime(frame["date_of_birth"], format="mixed", dayfirst=True, errors="coerce").dt.strftime("%Y-%m-%d")
    for name in ("given_name", "family_name"):
        frame[name] = frame[name].str.lower()
    frame["sex"] = frame["sex"].str[0].str.upper()
    keep = ["id", "given_name", "family_name", "dob", "postcode", "sex"]
    return frame[keep].rename(columns={"id": "unique_id"})


def main():
    begin = time.time()
    left, right = read(sys.argv[1]), read(sys.argv[2])
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("family_name"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode"),
            cl.ExactMatch("sex"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "family_name"),
            block_on("family_name", "dob"),
            block_on("given_name", "dob"),
            block_on("postcode", "dob"),
            block_on("postcode", "given_name"),
        ],
    )
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    api = DuckDBAPI(connection)
    linker = Linker([api.register(left), api.register(right)], settings)
    linker.training.estimate_probability_two_random_records_match([block_on("given_name", "family_name", "dob")], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("given_name", "family_name"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("dob"))
    pairs = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
    seconds = time.time() - begin
    out = {"seconds": round(seconds, 2), "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}
    if len(sys.argv) > 3:
        truth = pd.read_csv(sys.argv[3], dtype=str).set_index("id")["cluster"].to_dict()
        held = pd.Series([truth[i] for i in left["unique_id"]]).value_counts()
        total = sum(held.get(truth[i], 0) for i in right["unique_id"])
        best = pairs.sort_values("match_probability", ascending=False)
        for name, frame in (("all", best), ("one_to_one", best.drop_duplicates("unique_id_l").drop_duplicates("unique_id_r"))):
            right_pairs = sum(truth[a] == truth[b] for a, b in zip(frame["unique_id_l"], frame["unique_id_r"]))
            out[name] = {"precision": round(right_pairs / len(frame), 5), "recall": round(right_pairs / total, 5)}
    print(json.dumps(out))


main()
