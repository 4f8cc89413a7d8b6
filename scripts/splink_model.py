"""Links two CSV files of children with Splink 5 (PyPI splink, DuckDB, two threads) as a careful analyst would: no
labels, term frequencies, names in each other's column, levels of dates and postcodes, EM on several blocks.
Usage: python3 scripts/splink_model.py LEFT.csv RIGHT.csv PAIRS.csv
Writes every pair of probability .01 or more (left_id,right_id,probability) and prints the seconds from reading to
that file, without the import of Splink itself."""

import sys
import time

import duckdb
import pandas as pd
import splink.comparison_library as cl
import splink.comparison_level_library as cll
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

COLUMNS = ["id", "given_name", "middle_names", "family_name", "date_of_birth", "postcode", "sex"]


def read(path):
    frame = pd.read_csv(path, dtype=str, usecols=COLUMNS).rename(columns={"id": "unique_id"})
    birth = pd.to_datetime(frame.pop("date_of_birth"), format="mixed", dayfirst=True, errors="coerce")
    frame["dob"] = birth.dt.strftime("%Y-%m-%d")
    frame["dob_swapped"] = birth.dt.strftime("%Y-%d-%m")
    for name in ("given_name", "middle_names", "family_name"):
        frame[name] = frame[name].str.lower().str.replace(r"[^a-z]", "", regex=True).replace("", None)
    frame["given_name"] = frame["given_name"].replace({"baby": None, "unknown": None})
    frame["full_name"] = frame["given_name"] + " " + frame["family_name"]
    frame["given_3"], frame["family_3"] = frame["given_name"].str[:3], frame["family_name"].str[:3]
    frame["postcode"] = frame["postcode"].str.upper().str.replace(" ", "")
    frame["postcode"] = frame["postcode"].str[:-3] + " " + frame["postcode"].str[-3:]
    frame["sex"] = frame["sex"].str[0].str.upper()
    return frame


def settings():
    birth = cl.CustomComparison(
        output_column_name="dob",
        comparison_levels=[
            cll.NullLevel("dob"),
            cll.ExactMatchLevel("dob", term_frequency_adjustments=True),
            cll.CustomLevel("dob_l = dob_swapped_r or dob_swapped_l = dob_r", "day and month exchanged"),
            cll.DamerauLevenshteinLevel("dob", 1),
            cll.CustomLevel(
                "cast(dob_l[1:4] = dob_r[1:4] as int) + cast(dob_l[6:7] = dob_r[6:7] as int)"
                " + cast(dob_l[9:10] = dob_r[9:10] as int) = 2",
                "two parts of three",
            ),
            cll.CustomLevel("dob_l[1:4] = dob_r[1:4]", "year"),
            cll.ElseLevel(),
        ],
    )
    return SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.ForenameSurnameComparison(
                "given_name", "family_name", forename_surname_concat_col_name="full_name"
            ).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("middle_names", [0.9]).configure(term_frequency_adjustments=True),
            birth,
            cl.PostcodeComparison("postcode").configure(term_frequency_adjustments=True),
            cl.ExactMatch("sex"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "family_name"),
            block_on("family_name", "dob"),
            block_on("given_name", "dob"),
            block_on("postcode", "dob"),
            block_on("given_name", "postcode"),
            block_on("family_name", "postcode"),
            block_on("given_3", "dob"),
            block_on("family_3", "dob"),
            "l.given_name = r.family_name and l.family_name = r.given_name",
            "l.dob = r.dob_swapped and l.given_name = r.given_name",
        ],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )


def main():
    left_path, right_path, out = sys.argv[1:]
    begin = time.time()
    left, right = read(left_path), read(right_path)
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    api = DuckDBAPI(connection)
    linker = Linker([api.register(left), api.register(right)], settings())
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("given_name", "family_name", "dob"), block_on("given_name", "dob", "postcode")], recall=0.95
    )
    training.estimate_u_using_random_sampling(max_pairs=1e6)
    for rule in (block_on("given_name", "family_name"), block_on("dob"), block_on("postcode", "family_name")):
        training.estimate_parameters_using_expectation_maximisation(rule)
    pairs = linker.inference.predict(threshold_match_probability=0.01).as_pandas_dataframe()
    pairs = pairs[["unique_id_l", "unique_id_r", "match_probability"]]
    pairs.columns = ["left_id", "right_id", "probability"]
    pairs.to_csv(out, index=False)
    print(time.time() - begin)


main()
