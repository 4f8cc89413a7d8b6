//! The journey step by step, and what goes wrong on it.

use super::*;

impl Journey {
    pub(super) fn new() -> Journey {
        let mut planted = Planted::new();
        let (mut secret, mut terms) = (std::mem::take(&mut planted.markers), Markers::default());
        let mut names = std::mem::take(&mut planted.names);
        let (subject, about) = (secret.text(), secret.text());
        let (organisation, role) = (
            names.keep("zqcouncilxv".to_owned()),
            terms.keep("zqrolexv".to_owned()),
        );
        let oak = Agency::new("oakfield", "Oakfield School");
        let west = Agency::new(&organisation, "Westshire Council");
        let (mut book, mut council) = (oak.begin(), west.begin());
        book.accept(&west.card).unwrap();
        council.accept(&oak.card).unwrap();
        let policy = policy(&organisation, &role);
        book.confirm_policy(&policy, now()).unwrap();
        Journey {
            parties: oak.parties(&book),
            until: terms.time(now().after(1_163_233)),
            notify_after: terms.time(now().after(432_017)),
            oak,
            west,
            book,
            council,
            subject,
            about,
            organisation,
            role,
            planted,
            all: All {
                secret,
                terms,
                names,
            },
            seen: Seen::default(),
        }
    }

    /// A reason as it is written down.
    pub(super) fn why(&mut self) -> String {
        format!("Because of {}.", self.all.secret.text())
    }

    pub(super) fn asked(&self) -> Request {
        let built_in = Section::BUILT_IN.into_iter();
        Request {
            source: "oakfield".parse().unwrap(),
            recipient: Recipient {
                organisation: self.organisation.parse().unwrap(),
                role: self.role.parse().unwrap(),
            },
            sections: built_in.chain([OWN_SECTION.parse().unwrap()]).collect(),
            purpose: Purpose::Section47Enquiry,
            mode: Mode::Content,
            basis: LawfulBasis::PublicTask(Gateway::ChildrenAct1989S47),
            special: Some(SpecialCondition::SafeguardingOfChildren),
            offence: Some(OffenceCondition::SafeguardingOfChildren),
            window: Window::new(now(), self.until).unwrap(),
            identifier: IdentifierState::OmittedAsDetrimental,
        }
    }

    /// The council asks with a key of its own.
    pub(super) fn request(&mut self, asked: Request, key: &'static RoleKeys) -> GrantRequest {
        // In every field a marker, or a code of a closed list: a new one does not compile here.
        let Request {
            source: _,
            recipient: Recipient { organisation, role },
            sections,
            purpose: _,
            mode: _,
            basis: _,
            special: _,
            offence: _,
            window,
            identifier: _,
        } = &asked;
        assert!(organisation.as_str() == self.organisation && !sections.is_empty());
        assert!(role.as_str() == self.role || key.request().role() == Role::BreakGlass);
        assert_eq!(window.until(), self.until);
        self.seen.shown.shown("what is asked", &asked);
        let made = self.council.request(asked, &self.about, key, now());
        let made = made.unwrap();
        self.seen.shown.shown("a request", &made);
        made
    }

    pub(super) fn grant(&mut self, request: &GrantRequest, envelope: EnvelopeId) -> GrantPacket {
        let why = self.why();
        let given = Given {
            envelope,
            most_opens: 9,
            depth: 0,
            notify_after: self.notify_after,
            why: &why,
        };
        // As above: what it leaves to whoever gives.
        let Given {
            envelope: _,
            most_opens: _,
            depth: _,
            notify_after: _,
            why: _,
        } = given;
        self.seen.shown.shown("what is given", &given);
        let consents = self.book.consents(&self.subject).unwrap();
        consents
            .iter()
            .for_each(|c| self.seen.shown.shown("a consent", c));
        let mut listening = Listening(&mut self.parties, &mut self.seen);
        let done = self
            .book
            .grant(&mut listening, request, &consents, &given, now());
        let packet = done.unwrap();
        let (entry, bytes) = (&packet.grants[0], packet.encode());
        self.seen.public.bytes("a proof", entry.proof.to_string());
        self.seen.between.bytes("a grant", &bytes);
        self.seen.shown.shown("a grant", &packet);
        let opened = entry.opening.entry().bytes();
        assert_eq!(
            self.all.terms.found(opened).len(),
            2,
            "control: both times stand in it"
        );
        packet
    }

    pub(super) fn open(
        &mut self,
        packet: &GrantPacket,
        ask: &OpenRequest,
        key: &'static RoleKeys,
    ) -> Vec<u8> {
        self.seen.between.bytes("a request to open", ask.encode());
        self.seen.shown.shown("a request to open", ask);
        let mut listening = Listening(&mut self.parties, &mut self.seen);
        let answer = self.book.answer(&mut listening, ask, now()).unwrap();
        self.council.answered(&ask.request).unwrap();
        self.seen
            .public
            .bytes("a proof", answer.request.proof.to_string());
        self.seen
            .between
            .bytes("what was released", answer.encode());
        self.seen.shown.shown("what was released", &answer);
        let held = self.council.check_grant(packet).unwrap();
        self.seen.shown.shown("a grant held", &held);
        let opened = held.open(&answer, key, now());
        let opened = match opened {
            Ok(opened) => opened,
            Err(e) => {
                self.seen.told.error("not opened", &e);
                return Vec::new();
            }
        };
        self.seen.shown.shown("what was opened", &opened);
        let contents = opened.sections.iter().map(|s| s.content().to_vec());
        contents.collect::<Vec<_>>().concat()
    }

    /// An officer holds it back, and ends that.
    pub(super) fn hold(&mut self, grant: EntryRef) {
        let officer = self.oak.key(Role::Open);
        for until in [self.notify_after, now()] {
            let why = self.why();
            let reason = (HoldReason::Whereabouts, why.as_str());
            let mut listening = Listening(&mut self.parties, &mut self.seen);
            let late = now().after(91 * 86_400);
            let refused = (self.book).hold(&mut listening, (grant, late), reason, officer, now());
            let done = (self.book).hold(&mut listening, (grant, until), reason, officer, now());
            done.unwrap();
            self.seen.told.refused("held back too long", refused);
            let shown = self.history(true);
            let found = self.all.secret.found(shown.as_bytes());
            assert!(
                found.iter().any(|m| why.contains(m)),
                "control: it is told inside"
            );
            self.history(false);
        }
    }

    /// Its shares are dealt anew, to the same gates in another order.
    pub(super) fn redeal(&mut self, envelope: EnvelopeId) {
        let gates = self.oak.ring.keys().iter().map(KeyProvider::request);
        let gates = gates.filter(|k| k.role() == Role::Gate);
        let mut records: Vec<_> = gates.map(|k| self.oak.root.certify(k)).collect();
        records.rotate_left(1);
        let gates = Gates::new(records).unwrap();
        self.book.set_gates(&gates, now()).unwrap();
        let officer = self.oak.key(Role::Open) as &dyn KeyProvider;
        let mut deaf = |_: &To, _: &[u8]| Err(CourierError::new("deaf"));
        let refused = (self.book).redeal(&mut deaf, envelope, (officer, &[]), now());
        self.seen.told.refused("dealing to nobody", refused);
        let mut listening = Listening(&mut self.parties, &mut self.seen);
        let done = (self.book).redeal(&mut listening, envelope, (officer, &[]), now());
        let done = done.unwrap();
        assert!(done.moved && done.unreached.is_empty());
        self.seen.shown.shown("what was dealt anew", &done);
    }

    pub(super) fn history(&mut self, internal: bool) -> String {
        let options = HistoryOptions {
            with_held: internal,
            with_reasons: internal,
        };
        let mut listening = Listening(&mut self.parties, &mut self.seen);
        let told = self
            .book
            .history(&mut listening, &self.subject, options, now());
        let told = told.unwrap();
        self.seen.shown.shown("a history", &told);
        let json = serde_json::to_string(&told).unwrap();
        if !internal {
            self.seen.told.bytes("a history", told.text());
            self.seen.told.bytes("a history", &json);
        }
        told.text() + &json
    }

    /// What lies on disks and is handed out.
    pub(super) fn gather(&mut self, billet: &billetbook::envelope::Billet) {
        let seen = &mut self.seen;
        seen.public.bytes("an envelope", billet.encode());
        seen.shown.shown("a billet", billet);
        seen.shown.shown("a book", &self.book);
        seen.shown.shown("the other book", &self.council);
        seen.shown.shown("parties", &self.parties);
        let signed = self.book.cosigned(&mut self.parties, now()).unwrap();
        seen.public.bytes("a checkpoint", signed.to_string());
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy");
        self.book.log().export(&copy, &signed).unwrap();
        let mut open = vec![copy];
        let mut files = 0;
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                    continue;
                }
                files += 1;
                seen.public
                    .bytes("a file of the copy", std::fs::read(path).unwrap());
            }
        }
        assert!(files >= 3, "checkpoint, tile and leaves");
        for index in 0..self.book.log().size() {
            let leaf = self.book.log().leaf(index).unwrap();
            seen.public.bytes("a leaf", leaf.as_bytes());
            if let Stored::Sealed { bytes, .. } = self.book.log().store().opening(index).unwrap() {
                seen.public.bytes("an opening at rest", bytes);
            }
        }
        for space in 0..=u8::MAX {
            for (what, store) in [("oak", &self.oak.shelf), ("west", &self.west.shelf)] {
                for row in store.rows(space, b"").unwrap() {
                    let name = format!("what the book of {what} keeps, {space}");
                    seen.between.bytes(&name, [row.key, row.value].concat());
                }
            }
            for gate in &self.oak.gates {
                for row in gate.rows(space, b"").unwrap() {
                    let name = format!("what a gate keeps, {space}");
                    seen.public.bytes(&name, [row.key, row.value].concat());
                }
            }
        }
    }
}

/// Errors of reading the record with a wrong value, in each field.
pub(super) fn misread(planted: &Planted, told: &mut Met, secret: &mut Markers) {
    let (bad, worse) = (secret.text(), secret.text());
    let mut refused = BTreeSet::new();
    for place in &planted.places {
        for value in [
            serde_json::json!({ &bad: [&worse] }),
            serde_json::json!(bad),
            serde_json::json!([[worse]]),
        ] {
            let mut json = planted.json.clone();
            *json.pointer_mut(place).unwrap() = value;
            if let Err(e) = ChildRecord::from_json(json.to_string().as_bytes()) {
                told.error(place, &e);
                refused.insert(place);
            }
        }
        // A field that the schema does not know, beside it.
        let mut json = planted.json.clone();
        let beside = json.pointer_mut(place.rsplit_once('/').unwrap().0).unwrap();
        if let Some(object) = beside.as_object_mut() {
            object.insert(bad.clone(), worse.clone().into());
            if let Err(e) = ChildRecord::from_json(json.to_string().as_bytes()) {
                told.error(place, &e);
            }
        }
    }
    assert!(
        refused.len() + 1 >= planted.places.len(),
        "all but one of any type"
    );
    let text = planted.json.to_string();
    for cut in (1..text.len()).step_by(97) {
        told.refused(
            "a record cut",
            ChildRecord::from_json(&text.as_bytes()[..cut]),
        );
    }
}

/// What goes wrong on the way, each said by an error.
pub(super) fn errors(
    j: &mut Journey,
    packet: &GrantPacket,
    exists: &GrantPacket,
    envelope: EnvelopeId,
) {
    let (key, owner) = (j.west.key(Role::Open), j.oak.key(Role::Open));
    let (long, why, mut asked) = (j.about.repeat(40), j.why(), j.asked());
    let told = &mut j.seen.told;
    let request = |asked: &Request, about: &str, key| {
        let council = &j.council;
        council.request(asked.clone(), about, key, now())
    };
    let own = request(&asked, &j.about, key).unwrap();
    told.refused("too long", request(&asked, &long, key));
    asked.source = "westshire-nhs".parse().unwrap();
    let elsewhere = request(&asked, &j.about, key).unwrap();
    asked.source = "oakfield".parse().unwrap();
    asked.recipient.role = format!("{}x", j.role).parse().unwrap();
    let role = request(&asked, &j.about, key).unwrap();
    let given = Given {
        envelope,
        most_opens: 1,
        depth: 0,
        notify_after: now().after(100 * 86_400),
        why: &why,
    };
    let late = now().after(400 * 86_400);
    for (what, request, at) in [
        ("to another agency", &elsewhere, now()),
        ("an unknown role", &role, now()),
        ("held back too long", &own, now()),
        ("after its time", &own, late),
    ] {
        let done = j.book.grant(&mut j.parties, request, &[], &given, at);
        told.refused(what, done);
    }
    let bytes = own.encode();
    for n in (0..bytes.len()).step_by(13) {
        told.refused("a request cut", GrantRequest::decode(&bytes[..n]));
    }
    let mut alone = Reaching {
        parties: &mut j.parties,
        reached: |_: &To| false,
    };
    let refusing = Refusing {
        envelope: EnvelopeId([7; 16]),
        reason: RefusalReason::RiskOfHarm,
        why: &why,
    };
    let done = j.book.refuse(&mut alone, &own, &refusing, now());
    told.refused("no such envelope", done);
    let refusing = Refusing {
        envelope,
        ..refusing
    };
    let done = j.book.refuse(&mut alone, &own, &refusing, now());
    told.refused("no witness", done);
    told.refused("no gates", j.book.deposit(&mut alone, envelope));
    let subject = j.book.subject(EnvelopeId([7; 16]));
    told.refused("no such subject", subject);
    told.refused("no such entry", j.book.entry_at(9_999));
    let done = j
        .book
        .withdraw(&mut alone, (&j.subject, [1; 32]), &why, now());
    told.refused("no such consent", done);
    let done = j.council.ask(packet, (None, None), owner, now());
    told.refused("a grant of another", done);
    let ask = j.council.ask(packet, (None, None), key, now()).unwrap();
    for full in [true, false] {
        let gates = j.oak.gates.iter();
        gates.for_each(|g| g.fail_after(full.then_some(0)));
        let mut some = Reaching {
            parties: &mut j.parties,
            reached: |to: &To| full || matches!(to, To::Witness(_)),
        };
        let answer = j.book.answer(&mut some, &ask, now()).unwrap();
        let held = j.council.check_grant(packet).unwrap();
        told.refused("too few released", held.open(&answer, key, now()));
    }
    let answer = j.book.answer(&mut j.parties, &ask, now()).unwrap();
    j.council.answered(&ask.request).unwrap();
    let held = j.council.check_grant(packet).unwrap();
    let done = held.open(&answer, owner, now());
    told.refused("with another key", done);
    let held = j.council.check_grant(exists).unwrap();
    told.refused("of existence", held.open(&answer, key, now()));
    for full in [true, false] {
        j.oak.disk.set_full(full);
        j.oak.disk.set_locked(!full);
        let done = j.book.refuse(&mut j.parties, &own, &refusing, now());
        told.refused("a bad disk", done);
    }
    j.oak.disk.set_locked(false);
    let wrong = BookKeys {
        opening: j.west.ring.opening(),
        ..j.book.keys()
    };
    let other = Book::open(wrong, j.oak.disk.open(), j.oak.shelf.clone()).unwrap();
    told.refused("another book's key", other.subject(envelope));
}
