//! What `--help` says after the options.

/// After the list of commands.
pub(crate) const TOP: &str = "\
In one place:      validate FILE, then link FILE FILE --out FOLDER
Across agencies:   keygen, linkage new, linkage open, tokenise, match, resolve
To share a record: book init, book accept, book add, request, grant, refuse, open, revoke, break-glass
To answer for it:  history, hold, audit verify, audit export, erase; gate and witness for parties apart
By hand, no log:   policy check, record check, seal, inspect, open --as-owner, rewrap
From clkhash:      clk hash, clk match
To see it work:    demo

Exit codes: 0 done, 2 wrong usage, 3 bad data or no room, 130 interrupted. Outputs appear whole or not at all.";

/// After every command that reads columns.
pub(crate) const FIELDS: &str = "\
Fields: id, given_name, middle_names, family_name, previous_family_name, known_as, date_of_birth,
expected_date_of_birth, sex, postcode, previous_postcodes, postal_code, locality, address_line, nhs_number,
upn, former_upn, uln, chi, identity_epoch, shielded. A column so named, or headed as such columns usually are
(Surname, DOB, Gender, NHS No.), needs no mapping. Several values in one column are separated by ;

Layouts known by their headers: the DfE people list, SSDA903 header and episodes, school census pupils on roll,
and the Children in Need census (XML).

A schema file says the same as the options, for every day:
    id = \"ref\"
    groups = [\"ethnic_group\"]
    [columns]
    \"Vorname\" = \"given_name\"";

/// A command's own words, and the fields.
pub(crate) fn with_fields(own: &str) -> String {
    format!("{own}\n\n{FIELDS}")
}

pub(crate) const VALIDATE: &str = "\
Every value is valid, malformed, a placeholder (01/01/1900, UN1, \"Baby\") or missing, each with its reason. The
report holds counts and column names, never a value.

Example: billetbook validate pupils.csv --map \"Legal surname\"=family_name";

pub(crate) const LINK: &str = "\
Writes to the folder:
    links.csv      left_file, left_id, right_file, right_id, probability, decision, evidence
    clusters.csv   cluster, file, id, flags: every record, those of one child under one number
    NN-NAME.csv    each input again with billet_status (matched, possible, many, unmatched, not_tokenised),
                   billet_reason and billet_cluster
    summary.json   counts, rates, settings, timings; counts under ten suppressed
    report.html    the same to look at, and to pass on

A decision is match (from .95, and the rules on given names, twins and identifiers hold) or possible (from .5, or
held back by a rule): a person should read both records. One file alone is searched for double entries.

--residue offers more pairs as possible: records that no token matches, but whose names, birth dates and postcodes are
alike. Namesakes are among them.

Examples:
    billetbook link ours.csv theirs.csv --out linked
    billetbook link ours.csv theirs.csv --map Vorname=given_name --group ethnic_group --out linked

A column given by --map, --id or --group need not stand in every file, but in one at least: give one --map for each
heading. A file without the column mapped as a name or the birth date must hold that under a heading of its own.";

pub(crate) const NEW: &str = "\
Example: billetbook linkage new --name 2026 --members west.identity east.identity --keystore west.keystore \\
             --out 2026.linkage
Send the file to every member, and read them your fingerprint by telephone.";

pub(crate) const OPEN: &str = "\
Example: billetbook linkage open 2026.linkage --from FINGERPRINT --keystore east.keystore --out east.opened
Anyone could mail members a linkage whose secret he knows: so take the fingerprint from the maker's own mouth.";

pub(crate) const TOKENISE: &str = "\
Example: billetbook tokenise pupils.csv --linkage east.opened --keystore east.keystore \\
             --out east.tokens --crosswalk east.crosswalk
The token file goes to the matching side and to no other member: a member holds the secret and could test it
for children he knows of. Keep the file of records unchanged until the result is resolved.

With --residue the file also holds a diffused CLK of every row. Where both members' files do, rows that no token matches are
offered by similarity; the matching side then also sees which rows of one file are alike. Without it, or with one, not.";

pub(crate) const MATCH: &str = "\
Example: billetbook match west.tokens east.tokens --linkage 2026.linkage --out results
Send each member its own result: NN.result, NN being the place of its token file.";

pub(crate) const RESOLVE: &str = "\
Example: billetbook resolve pupils.csv --result results/02.result --crosswalk east.crosswalk \\
             --linkage east.opened --keystore east.keystore --out linked
Writes what `link` writes, of your own records: in links.csv the other side is a member's name and a reference
that stands in that member's links.csv too, so that two people can speak of one pair without an id.";

pub(crate) const SEAL: &str = "\
Example: billetbook seal child.json --policy policy.toml --author author.keystore --to-owner records.key \\
             --gate gate-1.key --gate gate-2.key --gate gate-3.key --root west.root -o child.billet
Each section is sealed by itself: half of its key goes to the owner, who grants it on, and half is dealt to the
gates. `keygen --role issue|open|gate --root west.keystore` makes the keys.";

pub(crate) const OPEN_BILLET: &str = "\
Example: billetbook open child.billet --as-owner --keystore records.keystore --gate gate-1.keystore \\
             --gate gate-3.keystore --author author.key --root west.root --out opened
         billetbook open 1.grant --book west.book --out opened
With --book a grant is used: the request is logged, and gates release only then. Where another agency holds the record,
its book must answer: --through COMMAND (the request on its standard input, the answer on its standard output), or
--ask FILE now and --answer FILE when the answer is there.
Writes opened/record.json. With --as-owner the passphrase file has one passphrase a line: yours, then each gate's in the order
given; a single line serves all.";

pub(crate) const BOOK_INIT: &str = "\
Example: billetbook book init oakfield.book --name \"Oakfield School\" --organisation oakfield --policy policy.toml
Writes the folder: book.toml, card (hand it out), book.keystore (all keys of the book), root.keystore (move it to a
place that is offline), log, three gates, a witness. All in one folder is colocated: whoever holds it and its passphrase
holds every part. To stand apart, gates and witnesses go to other agencies.";

pub(crate) const BOOK_ANSWER: &str = "\
Example: billetbook book answer 1.ask --book oakfield.book -o 1.answer
The request is checked, logged and witnessed before any gate is asked. Over any transport:
    billetbook open 1.grant --book west.book --out opened \\
        --through \"ssh oakfield billetbook book answer --book oakfield.book --passphrase-fd 3\"";

pub(crate) const REQUEST: &str = "\
Example: billetbook request --book west.book --of oakfield --about R-0017 --section health \\
             --purpose section_47_enquiry --basis public_task:ca1989_s47 --role social_worker \\
             --article-9 safeguarding_of_children -o 1.request
Send the file to the agency. What comes back is a grant to open with, or a refusal. After a linkage, --child ID --links
linked/links.csv finds the reference that stands in both agencies' links.csv, and the agency finds its own record by it.";

pub(crate) const GRANT: &str = "\
Example: billetbook grant 1.request --book oakfield.book --subject 0017 --why reasons.txt -o 1.grant
The policy in force decides. Where it does not allow what was asked, nothing is written: `refuse` then, so that the
decision is on record too.";

pub(crate) const HAND_ON: &str = "\
Example: billetbook hand-on nhs.request --grant 1.grant --book west.book -o nhs.grant \\
             --through \"ssh oakfield billetbook book answer --book oakfield.book\"
What is handed on is never wider than what is held, and rests on the same ground. The agency that holds the record logs it
before it opens anything, and refuses it where its policy would not give the same to whoever is to receive. It ends with
the grant that it hands on.";

pub(crate) const BOOK_RESEAL: &str = "\
Example: billetbook book reseal child.json --subject 0017 --book oakfield.book
A new policy, new gates or a changed record count for what is sealed from then on. `grant` and `refuse` go by the newest
envelope. What was granted of older ones lasts until it ends; close them then: erase --subject 0017 --envelope ID
Only for other gates, `book redeal` does it without sealing anew.";

pub(crate) const CONSENT: &str = "\
Example: billetbook consent record yes.toml --subject 0017 --book westshire.book
    answer = \"given\"                   # or refused
    giver = \"subject\"                  # subject, parent, special_guardian, local_authority
    capacity = \"competent\"             # adult, sixteen_or_seventeen, competent, parental_responsibility, not_assessed
    organisations = [\"harbour\"]
    roles = [\"family_worker\"]
    sections = [\"personal\"]
    purposes = [\"early_help\"]
    mode = \"content\"                   # or existence
    from = 2026-05-01
    until = 2026-11-01
    ask_again = 2026-09-01             # the child turns 16 or 18, or another agency joins
    note = \"what was said\"             # kept sealed
Agreeing to share is not agreeing to a service, and seldom the ground for safeguarding.";

pub(crate) const REVOKE: &str = "\
Example: billetbook revoke --book oakfield.book --entry 0 --reason purpose_served --why reasons.txt
Final once enough gates have acknowledged it. It cannot take back what was read. `consent_withdrawn` ends only what rests
on consent.";

pub(crate) const ERASE: &str = "\
Examples: billetbook erase --book oakfield.book --subject 0017 --ground retention_ended
          billetbook erase --book oakfield.book --entry 4 --ground other_person
Both are entries of the log themselves, signed by two roles; every other proof stays as it is.";

pub(crate) const BREAK_GLASS: &str = "\
Example: billetbook break-glass duty.grant --book west.book --officer a.keystore --officer b.keystore \\
             --reason risk_to_life --why what-happened.txt --out opened --through \"ssh oakfield ...\"
The grant was asked for with the first officer's key (`request --key`) before there was any emergency. Gates bound how
often an officer may do this in a day.";

pub(crate) const AUDIT_VERIFY: &str = "\
Examples: billetbook audit verify copy --card oakfield.card --from checkpoint.before
          billetbook audit verify --book oakfield.book
The copy's own file `checkpoint` is what to keep for the next --from.";

pub(crate) const BOOK_GATES: &str = "\
Example: billetbook book gates --book oakfield.book --own 1 --gate \"nhs.key=ssh nhs billetbook gate handle gate\" \\
             --gate \"police.key=ssh police billetbook gate handle gate\"
Accept first the card or root of each agency that keeps a gate, and give each gate your card and those of the agencies
that may receive (`gate trust`). Then no agency alone has enough gates to open: enforced, not colocated.";

pub(crate) const COUNTERSIGN: &str = "\
Example: billetbook countersign 1.proposal --key manager.keystore -o 1.countersigned
Says what is proposed, and signs it. Where a policy says two_issuers = true, gates open nothing under a grant that two have
not signed: grant 1.request --propose-to manager.key ... -o 1.proposal, then this elsewhere, then
grant 1.request --countersigned 1.countersigned ... -o 1.grant; or, both in one office, grant --second manager.keystore.
The second's key is one of the agency (`keygen --role issue --root root.keystore`), which the book accepts.";

pub(crate) const HOLD: &str = "\
Example: billetbook hold --book oakfield.book --entry 3 --until 2026-07-01 --reason risk_of_harm --why why.txt \\
             --officer duty.keystore
Until then a history that is handed out tells neither the grant nor what was opened under it, and reads the same as if there
were none. Afterwards it tells both, and that they were held back, until when, why and by whom. It ends by itself: hold again
where that is still needed, each time for at most 90 days; of several the last counts. --end tells from now on.";

pub(crate) const BOOK_REDEAL: &str = "\
Example: billetbook book gates --book oakfield.book --own 1 --gate \"nhs.key=ssh nhs billetbook gate handle gate\" \\
             --gate \"police.key=ssh police billetbook gate handle gate\"
         billetbook book redeal --book oakfield.book --officer officer.keystore
For a gate that is lost, or one of another agency. As many gates as open a record deal their shares to the new ones, and
nobody makes the key for it; those before delete theirs when all new ones have their own. Two officers sign (the book's own
key of the role issue, and --officer), and both steps stand in the history. Every gate must trust the roots of the others
(`gate trust`). Where more gates deal than it takes, what they deal is compared first; where not, it cannot be: open a
record of each kind afterwards. Said again after an interruption, it goes on where it was. Between the first gate that deals
and the last that begins a record may not open: where that cannot be ended, name the gates before and redeal back.";

pub(crate) const BOOK_WITNESSES: &str = "\
Example: billetbook book witnesses --book oakfield.book --witness \"university.vkey=ssh university billetbook witness cosign w\"
Hand the new card out: gates and recipients go by it.";

pub(crate) const GATE: &str = "\
Example: billetbook gate init gate --name \"NHS gate\" --root nhs.keystore
Writes gate/gate.keystore and gate/gate.key (hand that out). Without --root a request, to be certified later as
gate/gate.key; it then needs to be told of its own root too (gate trust nhs.root). Then: gate trust oakfield.card
--from FINGERPRINT --to gate";

pub(crate) const WITNESS: &str = "\
Example: billetbook witness init w --name witness.example/university --root university.keystore
Writes w/witness.keystore and w/witness.vkey (hand that out). Then: witness trust oakfield.card --from FINGERPRINT --to w";

pub(crate) const HISTORY: &str = "\
Example: billetbook history --book oakfield.book --subject 0017 --html history.html
Openings come from the gates' own signed lists, so none is missing where enough gates answer; otherwise it says that it
is not proven complete. --internal is not for handing out.";

pub(crate) const REWRAP: &str = "\
Example: billetbook rewrap child.billet --keystore old.keystore --to-owner new.key --author author.key \\
             --root west.root -o child-2.billet
Sections, deposits and the author's signature stay as they are. Who kept the old billet and the old key opens as
before.";

pub(crate) const SYNTH: &str = "\
Writes agency-1.csv to agency-K.csv, truth.csv (cluster, file, id) and errors.toml, the error model used: change
it and give it back with --errors. Nobody in the files exists; NHS numbers are from the never-issued range.";

pub(crate) const CLK_HASH: &str = "\
Makes the CLKs that clkhash 0.18 makes, bit for bit. The secret comes from --secret-file, --secret-fd or a prompt, never
from the command line. A schema's key that clkhash passes over (xorFolds) is refused, with what to write instead.

Example: billetbook clk hash pii.csv --schema schema.json --secret-file secret --out clks.json

These CLKs can be re-identified by who knows the same people, without the secret. Between agencies use tokens.";

pub(crate) const CLK_MATCH: &str = "\
Every pair whose Dice coefficient reaches the threshold is found. Groups are made as anonlink's greedy solver makes
them: the most similar pairs first, no two records of one file in a group, every two of a group a pair.

Example: billetbook clk match a.json b.json --threshold 0.85 --groups groups.json --scores scores.json

CLKs of two schemas or secrets of one length cannot be told apart: they find nothing.";

#[cfg(test)]
mod tests {
    use super::FIELDS;
    use billetbook::record::Field;

    #[test]
    fn every_field_is_named() {
        let words: Vec<&str> = FIELDS
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .collect();
        for field in Field::ALL {
            assert!(words.contains(&field.name()), "{field}");
        }
    }
}
