//! A case system seals a child's record and opens it again: `cargo run --example seal_and_open`.
//!
//! Keys are made on the spot here. In earnest each lies in its own keystore: the root's offline, the author's in
//! the case system, the owner's with the records team, each gate's with the agency that runs that gate.

use billetbook::clock::{UnixTime, Window};
use billetbook::consent::Policy;
use billetbook::envelope::{Billet, Gates, OpenError, Sealer};
use billetbook::keys::{KeyProvider, Role, RoleKeys, Root};
use billetbook::record::Section;
use billetbook::record::child::ChildRecord;
use std::error::Error;
use std::io::Write;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    let now: UnixTime = "2026-11-25".parse()?;
    let window = Window::new(now, "2028-11-25".parse()?)?;

    // Three agencies, each with its root and its gate: no agency has enough gates to open anything.
    let [west, east, charity] = ["Westshire", "Eastshire", "Harbour"].map(Root::generate);
    let (west, east, charity) = (west?, east?, charity?);
    let author = RoleKeys::generate(Role::Issue, "case system", window)?;
    let owner = RoleKeys::generate(Role::Open, "records team", window)?;
    let author_record = west.certify(author.request());
    let owner_record = west.certify(owner.request());
    let (mut gates, mut gate_records) = (Vec::new(), Vec::new());
    for root in [&west, &east, &charity] {
        let gate = RoleKeys::generate(Role::Gate, root.public().name(), window)?;
        gate_records.push(root.certify(gate.request()));
        gates.push(gate);
    }

    // Seal the record's sections under the region's policy.
    let record = ChildRecord::from_json(include_bytes!("record.json"))?;
    let contents = record.to_sections()?;
    let sections: Vec<(Section, &[u8])> = (contents.iter())
        .map(|(section, content)| (section.clone(), content.as_slice()))
        .collect();
    let policy = Policy::parse(include_str!("policy.toml"))?;
    let behind = Gates::new(gate_records)?;
    let billet = Sealer::new(&author, &owner_record, &behind, &policy).seal(&sections, now)?;
    let file = billet.encode();
    writeln!(out, "{}", billet.envelope()?.inspect())?;
    writeln!(out, "{}", behind.assurance())?;

    // Read the file, and believe it: the author signed every byte.
    let billet = Billet::decode(&file)?;
    let envelope = billet.envelope()?.verify(&author_record)?;

    // The owner sees which sections there are, and opens none alone.
    let owned = envelope.owned_by(billet.owner_packet(), &owner)?;
    for entry in owned.entries() {
        let (slot, section) = (entry.slot(), entry.section());
        writeln!(out, "slot {slot}: {section}, {} bytes", entry.length())?;
    }
    let alone = owned.open_advisory(&Section::Health, &[]);
    assert!(matches!(alone, Err(OpenError::TooFewShares { .. })));

    // With two gates' own keys: no log was asked, and the result says so.
    let mut shares = Vec::new();
    for (deposit, gate) in billet.deposits().iter().zip(&gates).take(2) {
        let deposit = envelope.deposit(deposit.clone(), &author_record)?;
        shares.push(deposit.open(gate)?);
    }
    let mut opened = Vec::new();
    for entry in owned.entries() {
        opened.push(owned.open_advisory(entry.section(), &shares)?);
    }
    let contents = opened.iter().map(|o| o.section().content());
    assert_eq!(ChildRecord::from_sections(contents)?, record);
    writeln!(out, "opened; {}", opened[0].assurance())?;
    Ok(())
}
