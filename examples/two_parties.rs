//! Two agencies and a matching side, each doing its own part with what it may hold: what an integration does.
//!
//! `cargo run -p billetbook --example two_parties`

#![expect(clippy::print_stdout, reason = "an example speaks")]

use billetbook::keys::descriptor::Descriptor;
use billetbook::keys::identity::{Fingerprint, Identity};
use billetbook::linkage::{LinkOptions, MemberResult, make_token_file, match_files, resolve};
use billetbook::record::{ReadOptions, RecordFile, read_reader};
use billetbook::token::{Crosswalk, KeySet, TokenFile};
use std::error::Error;

/// An agency: its identity and its records. Neither leaves it.
struct Agency {
    identity: Identity,
    records: RecordFile,
}

impl Agency {
    fn new(name: &str, rows: &str) -> Result<Agency, Box<dyn Error>> {
        Ok(Agency {
            identity: Identity::generate(name)?,
            records: read_reader(rows.as_bytes(), name, &ReadOptions::default())?,
        })
    }

    /// Makes tokens for a linkage whose maker it was told of. The crosswalk stays.
    fn tokenise(
        &self,
        linkage: &Descriptor,
        maker: &Fingerprint,
        keys: &KeySet,
    ) -> Result<(TokenFile, Crosswalk), Box<dyn Error>> {
        let open = linkage.open(&self.identity, maker)?;
        Ok(make_token_file(
            self.records.records(),
            keys,
            &open,
            &self.identity,
        )?)
    }

    /// Reads its own result.
    fn resolve(
        &self,
        linkage: &Descriptor,
        maker: &Fingerprint,
        walk: &Crosswalk,
        result: &MemberResult,
    ) -> Result<(), Box<dyn Error>> {
        let open = linkage.open(&self.identity, maker)?;
        let records = self.records.records();
        for link in resolve(records, walk, result, &open)?.links {
            println!(
                "{}: {} is known to {} ({:.3}; {})",
                self.identity.public().name(),
                records[link.record as usize].id,
                link.other,
                link.link.probability,
                link.link.evidence.words()
            );
        }
        Ok(())
    }
}

/// The matching side: a descriptor and token files, no key and no name.
fn matching_side(
    linkage: &Descriptor,
    keys: &KeySet,
    files: Vec<TokenFile>,
) -> Result<Vec<MemberResult>, Box<dyn Error>> {
    let named: Vec<_> = (1..).map(|n: u32| format!("file {n}")).zip(files).collect();
    Ok(match_files(linkage, keys, &named, &LinkOptions::default())?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let west = Agency::new(
        "West services",
        "id,given_name,family_name,date_of_birth,postcode\n1,Katherine,Okafor,2012-03-04,LB1 0AA\n2,Bob,Marsh,2013-05-06,LB2 0AA\n",
    )?;
    let east = Agency::new(
        "East schools",
        "id,given_name,family_name,date_of_birth,postcode\nX,KATHERINE,OKAFOR,04/03/2012,LB1 0AA\nY,Tom,Hill,07/07/2014,LB3 0AA\n",
    )?;
    let keys = KeySet::uk_children()?;
    let members = [&west, &east].map(|a| a.identity.public().clone());
    let linkage = Descriptor::make(
        "2026",
        1,
        (keys.name(), keys.digest()),
        &west.identity,
        &members,
    )?;
    let maker = west.identity.public().fingerprint();
    let (west_tokens, west_walk) = west.tokenise(&linkage, &maker, &keys)?;
    let (east_tokens, east_walk) = east.tokenise(&linkage, &maker, &keys)?;
    let results = matching_side(&linkage, &keys, vec![west_tokens, east_tokens])?;
    west.resolve(&linkage, &maker, &west_walk, &results[0])?;
    east.resolve(&linkage, &maker, &east_walk, &results[1])
}
