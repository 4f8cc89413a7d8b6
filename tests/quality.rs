//! What a file's report says of the traps that real files hold.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use billetbook::record::{FieldQuality, QualityReport, ReadOptions, read_path, read_reader};
use std::path::Path;

const TRAPS: &str = "\
id,given_name,family_name,date_of_birth,expected_date_of_birth,sex,postcode,previous_postcodes,nhs_number,upn,former_upn,uln
1,Ann,Smith,01/01/1900,,1,ZZ99 3VZ,,9999999999,UN1,,9276308686
2,Baby,Marsh,2012-03-04,,M,LB1 0AA,LB2 0AA;C25 1YTX,943 476 5919,UN10,,0276308686
3,Twin 1,Hill,31/02/2012,,a) Male,lb10aa,,9434765918,B801200005001,H801200001001;XX,9276308687
4,Unknown,O'Neill,15/06/2012,,9,LB1,ZZ99 3VZ,0000000000,W80120000001A,,
5,Zoë,van der Berg,20120615,,U,LB1 0AAA,,999-000-0018,H801200001001,,
6,,,,2026-12-01,0,,,,UN7,,
7,Mary-Jane,Smith Jones,15.06.12,,female,W1A 1AA,,9990000018,I801200005001,,
8,test,test,15/06/2112,,2,SW1A 1AA,,1234567890,UN5,,
9,N/A,N/K,00/00/0000,,M,N/A,,,Q207000016049,,
10,Ann,Smith,1/2/2012,,M,B1 1BB,,,P207000016049,,
";

fn of(report: &QualityReport, field: &str) -> FieldQuality {
    let found = report.fields.iter().find(|q| q.field == field);
    found.unwrap().clone()
}

/// Valid, malformed, placeholder, missing.
fn grades(report: &QualityReport, field: &str) -> [usize; 4] {
    let q = of(report, field);
    [q.valid, q.malformed, q.placeholder, q.missing]
}

#[test]
fn every_trap_has_its_grade_and_its_reason() {
    let options = ReadOptions::default();
    let file = read_reader(TRAPS.as_bytes(), "traps.csv", &options).unwrap();
    let report = QualityReport::of(&file);
    assert_eq!(grades(&report, "given_name"), [4, 0, 5, 1]);
    assert_eq!(
        of(&report, "given_name").reasons["stands for an unnamed baby"],
        2
    );
    // "15.06.12" has no century, 31 February is no day, an expected date counts where there is no birth date.
    assert_eq!(grades(&report, "date_of_birth"), [5, 4, 1, 0]);
    // 1, M, a) Male, M, female, 2, M in every coding; 9, U and 0 say "not known".
    assert_eq!(grades(&report, "sex"), [7, 0, 3, 0]);
    assert_eq!(grades(&report, "postcode"), [5, 2, 2, 1]);
    assert_eq!(
        of(&report, "postcode").reasons["no fixed abode or overseas"],
        1
    );
    // Of a list what is unusable is told, and the rest is used.
    assert_eq!(grades(&report, "previous_postcodes"), [1, 0, 1, 8]);
    assert_eq!(
        of(&report, "previous_postcodes")
            .reasons
            .values()
            .sum::<usize>(),
        2
    );
    assert_eq!(grades(&report, "nhs_number"), [3, 2, 2, 3]);
    assert_eq!(of(&report, "nhs_number").reasons["all digits equal"], 2);
    // The vendors' example with the letter Q is wrong; P is right. A letter may end a temporary number.
    assert_eq!(grades(&report, "upn"), [4, 2, 4, 0]);
    assert_eq!(
        of(&report, "upn").reasons["a code that says why there is no number"],
        4
    );
    assert_eq!(grades(&report, "former_upn"), [1, 0, 0, 9]);
    assert_eq!(
        of(&report, "former_upn").reasons["wrong number of characters"],
        1
    );
    assert_eq!(grades(&report, "uln"), [1, 2, 0, 7]);
    assert_eq!(report.duplicate_identifiers.len(), 1);
    assert_eq!(report.duplicate_identifiers[0].records, 2, "999 000 0018");
    assert_eq!(report.shared_postcodes[0].postcodes, 1);
    let text = report.to_string().to_lowercase();
    for value in ["smith", "lb1", "9990000018", "b801200005001", "2012-03-04"] {
        assert!(!text.contains(value), "{value} in {text}");
    }
    assert!(text.contains("given_name") && text.contains("too little to link"));
}

#[test]
fn real_files_are_graded_as_counted_by_hand() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !data.is_dir() {
        eprintln!("skipped: ../shared/data is not here");
        return;
    }
    let report = |name: &str| {
        QualityReport::of(&read_path(&data.join(name), &ReadOptions::default()).unwrap())
    };
    let people = report("sui_matcher/sui_batch_search_queries.csv");
    assert_eq!(grades(&people, "sex"), [900, 1, 0, 0], "one malformed row");
    assert_eq!(grades(&people, "postcode"), [900, 0, 0, 1]);
    // 107 of 2,675 check letters are right, as by chance; 296 begin with I, O or S.
    let header = report("ssda903/header.csv");
    assert_eq!(grades(&header, "upn"), [107, 2568, 0, 0]);
    assert_eq!(
        of(&header, "upn").reasons["characters that do not belong here"],
        296
    );
    assert_eq!(header.unread, ["ETHNIC", "MOTHER", "MC_DOB"]);
    let episodes = report("ssda903/episodes.csv");
    assert_eq!(grades(&episodes, "postcode"), [1671, 452, 0, 0]);
    assert!(
        episodes.unread.iter().any(|c| c == "PL_POST"),
        "a carer's address is never read"
    );
    let cin = report("cin/fake_CIN_data.xml");
    assert_eq!(grades(&cin, "sex"), [156, 0, 176, 0]);
    assert_eq!(grades(&cin, "upn"), [12, 320, 0, 0]);
    let census = report("school_census/2025_spring_pupilonroll.head200.csv");
    assert_eq!(grades(&census, "upn"), [0, 199, 0, 0]);
    assert_eq!(grades(&census, "family_name"), [199, 0, 0, 0]);
}
