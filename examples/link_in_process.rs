//! Two files that one agency may hold together, linked in its own process.
//!
//! `cargo run -p billetbook --example link_in_process -- OURS.csv THEIRS.csv`; without files, made-up children.

#![expect(clippy::print_stdout, reason = "an example speaks")]

use billetbook::linkage::{Decision, LinkOptions, link_tokens};
use billetbook::record::{ReadOptions, RecordFile, read_paths, read_reader};
use billetbook::token::KeySet;
use std::error::Error;

const OURS: &str = "id,Forename,Surname,DOB,Postcode\n\
    1,Katherine,Okafor,2012-03-04,LB1 0AA\n\
    2,Bob,Marsh,2013-05-06,LB2 0AA\n";
const THEIRS: &str = "pupil,given_name,family_name,date_of_birth,postcode\n\
    X,KATHERINE,OKAFOR,04/03/2012,LB1 0AA\n\
    Y,Tom,Hill,07/07/2014,LB3 0AA\n";

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let files: Vec<RecordFile> = if paths.is_empty() {
        let theirs = ReadOptions {
            id: Some("pupil".to_owned()),
            ..ReadOptions::default()
        };
        vec![
            read_reader(OURS.as_bytes(), "ours", &ReadOptions::default())?,
            read_reader(THEIRS.as_bytes(), "theirs", &theirs)?,
        ]
    } else {
        read_paths(&paths, &ReadOptions::default())?
    };
    let records: Vec<_> = files.iter().map(RecordFile::records).collect();
    let found = link_tokens(&records, &KeySet::uk_children()?, &LinkOptions::default())?;
    for link in &found.links {
        let [left, right] = [link.left, link.right].map(|r| {
            let file = &files[usize::from(r.file)];
            format!("{} {}", file.name(), file.records()[r.row as usize].id)
        });
        let decision = match link.decision {
            Decision::Match => "match",
            _ => "possible",
        };
        println!(
            "{left}  {right}  {:.3}  {decision}  {}",
            link.probability,
            link.evidence.words()
        );
    }
    Ok(())
}
