//! Link, share and answer for records about vulnerable children across agencies, without handing names around.
//!
//! Social care, schools, health, police and charities each hold a part of a child's story, under names spelled
//! differently and without a common number. This library finds out which records are about one child from keyed
//! tokens, so that no file of names changes hands.
//!
//! ```text
//!  agency A   rows -> record (parse, grade) -> tokens --.
//!                                                        >-- match (no key, no names) -> a result for each
//!  agency B   rows -> record (parse, grade) -> tokens --'                                      |
//!                                                                  resolve at home: links, clusters, reasons
//! ```
//!
//! # What it is, and is not
//!
//! - [`record`] reads rows and grades every value: valid, malformed, placeholder, missing, with the reason.
//! - [`token`] turns records into keyed tokens: combinations of three independent fields or a national
//!   identifier, as many for every record.
//! - [`linkage`] finds pairs that share tokens, gives each a calibrated probability without labels or a guessed
//!   threshold, keeps twins apart, and says in words what agrees.
//! - [`engine`] finds all pairs of bit rows whose Dice coefficient reaches a threshold, exactly; it knows no key and no name.
//! - [`keys`] holds identities, keystores, and the signed descriptor that seals a linkage's secret to its members.
//! - [`grant`] says who may open what of an envelope, for what, on what basis, until when and how often.
//! - [`audit`] is the log of it: append-only, witnessed, without personal data in its tree.
//! - [`gate`] releases shares of keys against proof that the request stands in that log.
//! - [`exchange`] joins them: an agency's book, from request to history.
//! - [`record::child`] is a child's record in sections; [`consent`] says in a policy who may have which of them, for
//!   what and on what lawful basis; [`envelope`] seals each section so that it opens only through gates.
//!
//! To seal a child's record and open it again, begin at the page of [`envelope`]; where its keys come from and how they
//! are kept, the page of [`keys`] shows.
//!
//! It is no replacement for the NHS number in the clear where every record may lawfully carry it, nor for a
//! plaintext linker where all files may lie in one place. A `possible` link is a question to a person, not an
//! answer. Who holds the linkage secret can guess tokens: SECURITY.md says what is promised against whom, and
//! names the test that proves it.
//!
//! # Two agencies, one after the other
//!
//! ```
//! # #[cfg(not(feature = "parquet"))] fn main() {}
//! # #[cfg(feature = "parquet")] fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use billetbook::keys::descriptor::Descriptor;
//! use billetbook::keys::identity::Identity;
//! use billetbook::linkage::{Decision, LinkOptions, make_token_file, match_files, resolve};
//! use billetbook::record::{ReadOptions, read_reader};
//! use billetbook::token::KeySet;
//!
//! // Each agency has an identity, and has heard the other's fingerprint by telephone.
//! let (west, east) = (Identity::generate("West")?, Identity::generate("East")?);
//! let keys = KeySet::uk_children()?;
//! let members = [west.public().clone(), east.public().clone()];
//! // West makes the linkage; its secret is sealed to both, and the descriptor may travel by e-mail.
//! let linkage = Descriptor::make("2026", 1, (keys.name(), keys.digest()), &west, &members)?;
//!
//! // At home: rows become graded records, records become tokens.
//! let read = |text: &str| read_reader(text.as_bytes(), "pupils.csv", &ReadOptions::default());
//! let ours = read("id,Forename,Surname,DOB,Postcode\n1,Ann,Smith,2012-03-04,LB1 0AA\n2,Bob,Marsh,2013-05-06,LB2 0AA\n")?;
//! let theirs = read("id,Forename,Surname,DOB,Postcode\nX,ANN,SMITH,04/03/2012,LB1 0AA\nY,Tom,Hill,07/07/2014,LB3 0AA\n")?;
//! let maker = west.public().fingerprint();
//! let (open_west, open_east) = (linkage.open(&west, &maker)?, linkage.open(&east, &maker)?);
//! let (tokens_west, walk_west) = make_token_file(ours.records(), &keys, &open_west, &west)?;
//! let (tokens_east, _) = make_token_file(theirs.records(), &keys, &open_east, &east)?;
//!
//! // Anywhere: no key, no names.
//! let files = [("west".to_owned(), tokens_west), ("east".to_owned(), tokens_east)];
//! let results = match_files(&linkage, &keys, &files, &LinkOptions::default())?;
//!
//! // At home again.
//! let found = resolve(ours.records(), &walk_west, &results[0], &open_west)?;
//! assert_eq!(found.links.len(), 1);
//! assert_eq!(found.links[0].link.decision, Decision::Match);
//! assert_eq!(ours.records()[found.links[0].record as usize].id, "1");
//! assert!(found.links[0].link.evidence.words().contains("birth date same"));
//! # Ok(())
//! # }
//! ```
//!
//! Where all files lie with one agency, [`linkage::link_tokens`] does the same in one call.
//!
//! # Features
//!
//! `parallel` (rayon), `parquet` (token files, and with them linking across parties) and `sqlite` (the log's store) are
//! on by default. `hazmat` takes seeds and randomness from the caller: for vectors and peers, never in production.
//! Features add, and never change what a function promises.

pub mod audit;
pub mod clk;
pub mod clock;
mod coded;
pub mod consent;
pub mod engine;
pub mod envelope;
pub mod exchange;
pub mod gate;
pub mod grant;
pub mod hex;
pub mod keys;
pub mod limits;
pub mod linkage;
pub mod record;
pub mod store;
pub mod token;
pub mod wire;

pub use wire::WireError;
