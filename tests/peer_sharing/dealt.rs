//! Grants that two issue, a hold and its end, and shares that are dealt anew twice, with openings between.

use crate::broken::broken;
use crate::scene::{Book, Scene, now};
use crate::{Case, alone, fixed, hex, list, recipient, unhex};
use billetbook::audit::{Kind, NoteSigner};
use billetbook::envelope::GateSet;
use billetbook::gate::{
    Acknowledgement, Ask, Dealing, Denial, Ended, Evidence, Gate, LoggedGrant, LoggedRequest,
    NewGates, OpenKeyError, Release, ReleaseList, Releases, Taken,
};
use billetbook::grant::{
    AccessRequest, Asked, EmergencyReason, EntryRef, Hold, HoldReason, Proposal, Redeal,
    RedealStep, Revocation, RevocationReason,
};
use billetbook::keys::{KeyProvider, RoleKeys};
use billetbook::store::{MemoryDisk, MemoryGate, MemoryStore};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

const REASONS: &str = "made-up reasons";

/// What is made, step by step.
pub(crate) struct Making<'s> {
    pub(crate) scene: &'s Scene,
    pub(crate) book: Book<MemoryStore, MemoryStore>,
    pub(crate) keys: Vec<&'s RoleKeys>,
    gates: Vec<Gate<'s, MemoryGate>>,
    /// Which gates have the shares.
    pub(crate) set: GateSet,
    openings: Vec<Value>,
    /// By gate: what it released.
    lines: Vec<Vec<Value>>,
}

impl<'s> Making<'s> {
    fn new(scene: &'s Scene) -> Making<'s> {
        let keys: Vec<&RoleKeys> = scene.gates.iter().chain(&scene.more).collect();
        let gates = keys.iter().map(|key| {
            let mut gate = Gate::new(*key, scene.rules(), MemoryGate::new());
            for deposit in scene.billet.deposits() {
                _ = gate.deposit(deposit, &scene.keys);
            }
            gate
        });
        Making {
            gates: gates.collect(),
            book: scene.memory_book_on(&MemoryDisk::new()),
            set: set(&keys, 0, 2, &[0, 1, 2]),
            openings: Vec::new(),
            lines: vec![Vec::new(); keys.len()],
            keys,
            scene,
        }
    }

    /// A request is logged, and these gates release for it.
    fn open(&mut self, grant: &LoggedGrant, request: &AccessRequest, by: &[usize]) {
        let (scene, book) = (self.scene, &mut self.book);
        let (kind, key) = match request.emergency() {
            None => (Kind::Request, &scene.council.open),
            Some(_) => (Kind::BreakGlass, &scene.council.officers[0]),
        };
        let evidence = book.enter(scene, kind, request.encode());
        let line = json!([evidence.proof.index(), hex(&evidence.entry().0)]);
        let signed = evidence.proof.checkpoint().clone();
        let logged = scene.logged_request(grant, evidence);
        let mut releases = Vec::new();
        for n in by {
            let gate = &mut self.gates[*n];
            let seen = gate.seen(scene.log_key().verifier().name()).unwrap();
            let seen = seen.map_or(0, |s| s.size);
            let ask = logged.ask(seen, book.since(seen, &signed));
            let release = gate.handle(&ask, &scene.keys, now()).unwrap();
            releases.push(hex(&release.encode()));
            self.lines[*n].push(line.clone());
        }
        let named = ["made-up person", "made-up health"].map(|s| hex(s.as_bytes()));
        self.openings.push(json!({
            "epoch": self.set.epoch(),
            "ask": hex(&logged.ask(0, Vec::new()).encode()),
            "role": if kind == Kind::BreakGlass { 6 } else { 2 },
            "name": key.request().name(),
            "signing": hex(&scene.secrets(key)[0]),
            "recipient": hex(&scene.secrets(key)[1]),
            "releases": releases,
            "sections": { "personal": named[0], "health": named[1] },
            "auditor": hex(&scene.secrets(&scene.school.open)[1]),
            "reasons": REASONS,
        }));
    }

    /// The shares go to these gates, all of which opened before deal.
    fn redeal(&mut self, threshold: usize, new: &[usize], revoked: &[EntryRef]) -> Value {
        let (scene, before) = (self.scene, self.set.clone());
        let to = set(&self.keys, before.epoch() + 1, threshold, new);
        let dealers: Vec<u8> = (1..).take(before.gates().len()).collect();
        let step = RedealStep::deal(before.clone(), dealers, to.clone()).unwrap();
        let first = self.say(step);
        let header = scene.envelope().header();
        let old: Vec<usize> = (0..self.keys.len())
            .filter(|i| before.number(self.keys[*i].key_id()).is_some())
            .collect();
        let deal = |gate: &mut Gate<'_, _>| gate.deal(&first, &header, &scene.keys, now());
        let dealings: Vec<Dealing> = (old.iter())
            .map(|o| deal(&mut self.gates[*o]).unwrap())
            .collect();
        let take = |gate: &mut Gate<'_, _>| gate.take(&first, &dealings, &scene.keys);
        let taken: Vec<Taken> = (new.iter())
            .map(|n| take(&mut self.gates[*n]).unwrap())
            .collect();
        let done = self.say(RedealStep::Done {
            redeal: first.entry(),
        });
        let steps = [&first, &done];
        let words = old
            .iter()
            .map(|o| self.gates[*o].hand_over(steps, &taken, &scene.keys));
        let words: Vec<Acknowledgement> = words.collect::<Result<_, Denial>>().unwrap();
        for n in new {
            let begun = self.gates[*n].begin(steps, &words, &scene.keys);
            begun.unwrap();
        }
        self.set = to;
        json!({
            "dealings": dealings.iter().map(|d| hex(&d.encode())).collect::<Vec<_>>(),
            "taken": taken.iter().map(|t| hex(&t.encode())).collect::<Vec<_>>(),
            "words": words.iter().map(|w| hex(&w.encode())).collect::<Vec<_>>(),
            "seeds": new.iter().map(|n| hex(&scene.secrets(self.keys[*n])[1])).collect::<Vec<_>>(),
            "revoked": revoked.iter().map(|e| hex(&e.0)).collect::<Vec<_>>(),
            "steps": [alone(first), alone(done)],
        })
    }

    fn say(&mut self, step: RedealStep) -> Evidence {
        let (scene, envelope) = (self.scene, self.scene.envelope().id());
        let (issue, open) = (&scene.school.issue, &scene.school.open);
        let redeal = Redeal::make(envelope, step, issue, open, now()).unwrap();
        self.book.enter(scene, Kind::Redeal, redeal.encode())
    }

    /// What the gates that have the shares now say they released, and what they did.
    fn lists(&self, of: &[usize]) -> (Value, Value) {
        let envelope = self.scene.envelope().id();
        let list = |i: &usize| hex(&self.gates[*i].releases(envelope).unwrap().encode());
        let mut lines: Vec<Value> = of.iter().flat_map(|i| self.lines[*i].clone()).collect();
        lines.sort_by_key(|l| l[0].as_u64());
        lines.dedup();
        (of.iter().map(list).collect(), lines.into())
    }
}

fn set(keys: &[&RoleKeys], epoch: u32, threshold: usize, of: &[usize]) -> GateSet {
    let gates = of.iter().map(|i| keys[*i].key_id()).collect();
    GateSet::new(epoch, threshold, gates).unwrap()
}

/// A blinded commitment to a text, as docs/format.md has it under Book.
fn committed(blind: &[u8; 32], text: &str) -> [u8; 32] {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(blind).unwrap();
    mac.update(b"billetbook/1 written\0");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

pub(crate) fn made(number: u64) -> Value {
    let scene = &Scene::of_two_issuers(number);
    let mut m = Making::new(scene);
    let (school, council) = (&scene.school, &scene.council);
    let proposal = scene.proposal(&council.record(&council.open), 2);
    let grant = proposal.clone().countersign(&scene.second, now());
    let first = m.book.enter(scene, Kind::Grant, grant.unwrap().encode());
    let entry = first.entry();
    let grant = scene.logged_grant(&[first]);
    let urgent = m
        .book
        .enter(scene, Kind::Grant, scene.emergency_grant(2).encode());
    let urgent = scene.logged_grant(&[urgent]);
    let emergency = |number: u16| {
        let terms = urgent.chain().last().grant.terms();
        let asked = Asked {
            slots: terms.slots,
            purpose: terms.purpose,
            uses: vec![number],
        };
        let by: [&dyn KeyProvider; 2] = council.officers.each_ref().map(|k| k as _);
        let auditor = school.record(&school.open);
        let why = (EmergencyReason::MissingChild, REASONS, &auditor);
        AccessRequest::make_emergency(urgent.chain(), asked, by, why, number, now()).unwrap()
    };
    // Revoked at one gate alone, which tells the new ones.
    let ended = m.book.enter(scene, Kind::Grant, scene.grant(1, 0).encode());
    let ended = scene.logged_grant(&[ended]);
    let link = ended.chain().last();
    let reason = (RevocationReason::Misuse, [5; 32]);
    let revocation = Revocation::make(link, reason.0, reason.1, &school.issue, now());
    m.gates[0]
        .revoke(&revocation.unwrap(), &scene.keys, now())
        .unwrap();

    let mut holds = Vec::new();
    let mut told = Vec::new();
    for (text, from, until, officer) in [
        ("made-up danger", 0, 90 * 86_400, &school.open),
        ("made-up end", 86_400, 86_400, &school.officers[0]),
    ] {
        let blind = [u8::try_from(text.len()).unwrap(); 32];
        let (made, until) = (now().after(from), now().after(until));
        let why = (HoldReason::RiskOfHarm, committed(&blind, text));
        let hold = Hold::make((entry, scene.envelope().id()), until, why, officer, made);
        let said = m
            .book
            .enter(scene, Kind::NotifyHold, hold.unwrap().encode());
        told.push(until.as_secs());
        holds
            .push(json!({ "entry": alone(said), "blind": hex(&blind), "text": text, "reason": 1 }));
    }

    m.open(&grant, &scene.request(grant.chain(), &[1]), &[0, 1]);
    m.open(&urgent, &emergency(1), &[1, 2]);
    let mut lists = vec![m.lists(&[0, 1, 2])];
    let mut redeals = vec![m.redeal(2, &[0, 3, 4], &[link.entry])];
    m.open(&grant, &scene.request(grant.chain(), &[2]), &[0, 4]);
    lists.push(m.lists(&[0, 3, 4]));
    redeals.push(m.redeal(3, &[1, 2, 3, 4, 5], &[link.entry]));
    m.open(&urgent, &emergency(2), &[1, 3, 5]);
    lists.push(m.lists(&[1, 2, 3, 4, 5]));

    let agencies = [school, council, &scene.hospital];
    let (lists, history): (Vec<_>, Vec<_>) = lists.into_iter().unzip();
    let mut case = json!({
        "origin": "made by tests/peer_sharing; made-up content; format docs/format.md, version 1",
        "now": now().as_secs(),
        "roots": agencies.map(|a| a.root.public().to_text()),
        "records": scene.records.iter().map(|r| r.to_text()).collect::<Vec<_>>(),
        "log": scene.log_policy().logs()[0].to_string(),
        "witnesses": scene.witness_names(),
        "needed": 2,
        "author": hex(&scene.author().id().0),
        "billet": hex(&scene.billet.encode()),
        "gate_seeds": scene.gates.each_ref().map(|g| hex(&scene.secrets(g)[1])),
        "proposal": hex(&proposal.encode()),
        "holds": { "grant": hex(&entry.0), "said": holds, "told": told },
        "openings": m.openings.clone(),
        "redeals": redeals,
        "lists": lists,
        "history": history,
    });
    case["broken"] = broken(&mut m, &case);
    case
}

/// Reads a case with this library, from its bytes alone.
pub(crate) fn read(case: &Value) -> Result<(), OpenKeyError> {
    let read = Case::new(case);
    let (keys, policy) = (&read.keys, &read.policy);
    let (envelope, deposits) = (read.envelope(), read.deposits());
    let entry = |v: &Value| Ask::decode(&unhex(v)).unwrap().request;
    let proposal = unhex(&case["proposal"]);
    assert_eq!(Proposal::decode(&proposal).unwrap().encode(), proposal);
    for said in list(&case["holds"]["said"]) {
        let hold = entry(&said["entry"]).opening;
        let bytes = hold.entry().bytes();
        let hold = Hold::decode(bytes).unwrap();
        assert_eq!(hold.encode(), bytes);
        hold.verify(keys, read.at).unwrap();
        assert_eq!(hold.grant().0, fixed(&case["holds"]["grant"]));
        let text = said["text"].as_str().unwrap();
        assert_eq!(hold.reasons(), committed(&fixed(&said["blind"]), text));
    }
    let mut gates: Vec<NewGates> = Vec::new();
    let mut before = GateSet::new(0, envelope.threshold(), envelope.gates().to_vec()).unwrap();
    for redeal in list(&case["redeals"]) {
        let steps = [0, 1].map(|i| entry(&redeal["steps"][i]));
        for step in &steps {
            let bytes = step.opening.entry().bytes();
            assert_eq!(Redeal::decode(bytes).unwrap().encode(), bytes);
        }
        for dealing in list(&redeal["dealings"]) {
            let dealing = unhex(dealing);
            assert_eq!(Dealing::decode(&dealing).unwrap().encode(), dealing);
        }
        let taken = list(&redeal["taken"]).iter().map(unhex);
        let taken: Vec<Taken> = taken.map(|t| Taken::decode(&t).unwrap()).collect();
        let (both, said) = ((&envelope, &read.author), [&steps[0], &steps[1]]);
        let new = NewGates::verify(both, said, &taken, policy, keys).unwrap();
        let words = list(&redeal["words"]).iter().map(unhex);
        let words: Vec<_> = words
            .map(|w| Acknowledgement::decode(&w).unwrap())
            .collect();
        let done = Redeal::decode(steps[1].opening.entry().bytes()).unwrap();
        let of = (before.gates(), before.threshold());
        let ended = Ended::by_redeal((&done, steps[1].entry()), of, &words, keys)?;
        assert_eq!(ended.acked, before.gates().len());
        before = new.set().clone();
        gates.push(new);
    }
    for opening in list(&case["openings"]) {
        let ask = Ask::decode(&unhex(&opening["ask"])).unwrap();
        let recipient = recipient(opening);
        let grant = LoggedGrant::verify(&ask.grants, policy, &read.author, keys).unwrap();
        assert!(grant.chain().has_two_issuers());
        let fresh = read.fresh();
        let request = LoggedRequest::verify(grant, ask.request, policy, keys, fresh).unwrap();
        let releases = list(&opening["releases"]).iter().map(unhex);
        let releases: Vec<_> = releases.map(|r| Release::decode(&r).unwrap()).collect();
        let epoch = usize::try_from(opening["epoch"].as_u64().unwrap()).unwrap();
        let sections = opening["sections"].as_object().unwrap();
        let asked = AccessRequest::decode(request.evidence().opening.entry().bytes());
        let slots = asked.unwrap().slots();
        assert_eq!(slots.iter().count(), sections.len());
        for slot in slots.iter() {
            let key = match epoch.checked_sub(1) {
                None => {
                    let sealed = (&envelope, &deposits[..]);
                    request.open_key(slot, sealed, &releases, keys, &recipient)
                }
                Some(n) => {
                    let sealed = (&envelope, &gates[n]);
                    request.open_key_of(slot, sealed, &releases, keys, &recipient)
                }
            };
            let section = key?.open(&envelope)?;
            assert_eq!(hex(section.content()), sections[section.section().as_str()]);
        }
    }
    let first = GateSet::new(0, envelope.threshold(), envelope.gates().to_vec());
    let sets = first.iter().chain(gates.iter().map(NewGates::set));
    let told = list(&case["lists"]).iter().zip(list(&case["history"]));
    for (set, (lists, lines)) in sets.zip(told) {
        let lists = list(lists).iter().map(unhex);
        let lists: Vec<_> = lists.map(|l| ReleaseList::decode(&l).unwrap()).collect();
        let of = (envelope.id(), set.gates(), set.threshold());
        let joined = Releases::join(of, &lists, keys)?;
        let found = joined.lines.iter();
        let found = found.map(|l| json!([l.index, hex(&l.entry.0)]));
        assert_eq!(found.collect::<Vec<_>>(), list(lines));
    }
    Ok(())
}
