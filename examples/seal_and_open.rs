//! A case system seals a child's record and opens it again: `cargo run --example seal_and_open`.
//!
//! Keys are made on the spot here. In earnest each lies in its own keystore: the root's offline, the author's in
//! the case system, the owner's with the records team, each gate's with the agency that runs that gate.

use billetbook::clock::{UnixTime, Window};
use billetbook::consent::Policy;
use billetbook::envelope::{Billet, Gates, OpenError, Sealer};
use billetbook::keys::{KeyProvider, KeyRecord, Role, RoleKeys, Root};
use billetbook::record::Section;
use std::error::Error;
use std::io::Write;

fn main() -> Result<(), Box<dyn Error>> {
    let now: UnixTime = "2026-11-25".parse()?;
    let window = Window::new(now, "2028-11-25".parse()?)?;

    // Two agencies, each with its root; three gates, of which no agency holds two.
    let [west, east, charity] = ["Westshire", "Eastshire", "Harbour"].map(Root::generate);
    let (west, east, charity) = (west?, east?, charity?);
    let author = RoleKeys::generate(Role::Issue, "case system", window)?;
    let owner = RoleKeys::generate(Role::Open, "records team", window)?;
    let mut gates = Vec::new();
    let mut records: Vec<KeyRecord> = Vec::new();
    for root in [&west, &east, &charity] {
        let gate = RoleKeys::generate(Role::Gate, root.public().name(), window)?;
        records.push(root.certify(gate.request()));
        gates.push(gate);
    }
    let author_record = west.certify(author.request());
    let owner_record = west.certify(owner.request());

    // Seal three sections under the region's policy.
    let policy = Policy::parse(include_str!("policy.toml"))?;
    let behind = Gates::new(records)?;
    let sections: [(Section, &[u8]); 3] = [
        (
            Section::Personal,
            br#"{"given_name":"Wren","nhs_number":"9990000018"}"#,
        ),
        (Section::Education, br#"{"school":"Oakfield"}"#),
        ("speech_therapy".parse()?, br#"{"since":"2025-09"}"#),
    ];
    let billet = Sealer::new(&author, &owner_record, &behind, &policy).seal(&sections, now)?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{}\n{}",
        billet.envelope()?.inspect(),
        behind.assurance()
    )?;

    // Keep it, read it, believe it: the author signed every byte.
    let file = billet.encode();
    let billet = Billet::decode(&file)?;
    let envelope = billet.envelope()?.verify(&author_record)?;

    // The owner sees which sections there are, and opens none alone.
    let owned = envelope.owned_by(billet.owner_packet(), &owner)?;
    for entry in owned.entries() {
        writeln!(
            out,
            "slot {}: {}, {} bytes",
            entry.slot(),
            entry.section(),
            entry.length()
        )?;
    }
    let mut shares = Vec::new();
    for (deposit, gate) in billet
        .deposits()
        .iter()
        .zip(&gates)
        .take(behind.threshold())
    {
        let alone = owned.open_advisory(&Section::Education, &shares);
        assert!(matches!(alone, Err(OpenError::TooFewShares { .. })));
        shares.push(
            envelope
                .deposit(deposit.clone(), &author_record)?
                .open(gate)?,
        );
    }
    let opened = owned.open_advisory(&Section::Education, &shares)?;
    assert_eq!(opened.section().content(), sections[1].1);
    writeln!(
        out,
        "opened {}; {}",
        opened.section().section(),
        opened.assurance()
    )?;
    Ok(())
}
