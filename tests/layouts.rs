//! The ready layouts, on samples of our own, and on the real ones beside the project where they are.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use billetbook::record::{Layout, ReadOptions, RecordFile, Schema, read_path};
use std::path::{Path, PathBuf};

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/samples")
        .join(name)
}

fn read(path: &Path) -> RecordFile {
    read_path(path, &ReadOptions::default()).unwrap()
}

#[test]
fn the_people_list_is_read_short_rows_and_all() {
    let file = read(&sample("sui.csv"));
    assert_eq!(
        (file.layout(), file.records().len()),
        (Layout::SuiPeople, 3)
    );
    assert_eq!(
        file.records()[1].family_name.valid().unwrap().folded(),
        "alamin"
    );
    assert!(file.records()[2].postcode.valid().is_none());
}

#[test]
fn a_looked_after_childs_home_is_read_and_the_carers_never() {
    let schema = Schema::parse("episodes = \"ssda903_episodes.csv\"").unwrap();
    let options = ReadOptions {
        schema: Some(schema),
        ..ReadOptions::default()
    };
    let file = read_path(&sample("ssda903_header.csv"), &options).unwrap();
    assert_eq!(
        (file.layout(), file.records().len()),
        (Layout::Ssda903Header, 2)
    );
    let child = &file.records()[0];
    assert_eq!(child.postcode.valid().unwrap().compact(), "LB85AZ");
    assert_eq!(
        child
            .previous_postcodes
            .iter()
            .map(|p| p.compact())
            .collect::<Vec<_>>(),
        ["LB91AA"]
    );
    let episodes = read(&sample("ssda903_episodes.csv"));
    assert_eq!(
        (episodes.records().len(), episodes.row_record()),
        (2, &[0, 0, 1][..]),
        "rows of a child are gathered"
    );
    let places = episodes.records().iter().chain(file.records());
    assert!(
        places
            .flat_map(|r| r.postcode.valid().into_iter().chain(&r.previous_postcodes))
            .all(|p| p.area() != "WX")
    );
}

#[test]
fn the_school_census_has_names() {
    let file = read(&sample("school_census.csv"));
    assert_eq!(
        (file.layout(), file.records().len()),
        (Layout::SchoolCensus, 2)
    );
    assert_eq!(
        file.records()[1].given_name.valid().unwrap().folded(),
        "owen"
    );
    assert_eq!(file.records()[0].birth_date.valid().unwrap().month(), 4);
}

#[test]
fn the_cin_census_survives_stray_text_and_unborn_children() {
    let file = read(&sample("cin.xml"));
    assert_eq!(
        (file.layout(), file.records().len()),
        (Layout::CinCensus, 2)
    );
    assert_eq!(file.records()[0].birth_date.valid().unwrap().year(), 2015);
    assert!(file.records()[1].birth_date.valid().unwrap().is_expected());
}

#[test]
fn real_layouts_are_read_where_they_are() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !data.is_dir() {
        eprintln!("skipped: ../shared/data is not here");
        return;
    }
    let people = read(&data.join("sui_matcher/sui_batch_search_queries.csv"));
    assert_eq!(
        (people.layout(), people.records().len()),
        (Layout::SuiPeople, 901)
    );
    let header = read(&data.join("ssda903/header.csv"));
    assert_eq!(
        (header.layout(), header.records().len()),
        (Layout::Ssda903Header, 2_675)
    );
    assert_eq!(
        header
            .records()
            .iter()
            .filter(|r| r.upn.valid().is_some())
            .count(),
        107
    );
    assert_eq!(
        read(&data.join("cin/fake_CIN_data.xml")).records().len(),
        332
    );
    assert!(
        !read(&data.join("cin/CIN_Census_2026.xml"))
            .records()
            .is_empty()
    );
    let census = read(&data.join("school_census/2025_spring_pupilonroll.head200.csv"));
    assert_eq!(
        (census.layout(), census.records().len() > 190),
        (Layout::SchoolCensus, true)
    );
}
