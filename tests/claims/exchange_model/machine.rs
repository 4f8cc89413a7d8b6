//! What the machine does in each step, and what must hold.

use super::*;

impl Machine {
    pub(super) fn new() -> Machine {
        let r = Region::new();
        let officers = r.west.ring.keys().iter();
        let officers = officers.filter(|k| k.request().role() == Role::BreakGlass);
        let keys = r.oak.ring.keys().iter();
        let gates = keys.filter(|k| k.request().role() == Role::Gate);
        Machine {
            officers: officers.collect::<Vec<_>>().try_into().unwrap(),
            gates: gates.map(KeyProvider::key_id).collect(),
            r,
            grants: Vec::new(),
            asks: Vec::new(),
            emergencies: 0,
            away: BTreeSet::new(),
            heard: Heard::new(),
            erased: End::Not,
            acknowledged: BTreeSet::new(),
            armed: false,
            opened: 0,
            refused: 0,
        }
    }

    /// Does something with the book, over the network as it is.
    pub(super) fn with<T>(
        &mut self,
        way: Way,
        work: impl FnOnce(&mut MemoryBook, &mut Net<'_>) -> T,
    ) -> T {
        let mut net = Net {
            parties: &mut self.r.parties,
            away: &self.away,
            gates: &self.gates,
            way,
            sent: 0,
            heard: &mut self.heard,
        };
        work(&mut self.r.book, &mut net)
    }

    /// Nothing stands in the way of a step.
    pub(super) fn clean(&self, way: Way) -> bool {
        let bits = way.lost | way.unheard | way.doubled | way.altered;
        self.away.is_empty() && !self.armed && bits == 0
    }

    /// After a step in which a store may have failed, the book's program starts anew.
    pub(super) fn restart(&mut self) {
        if std::mem::take(&mut self.armed) {
            self.r.oak.disk.restart();
            self.r.oak.shelf.fail_after(None);
            self.r.oak.gates.iter().for_each(|g| g.fail_after(None));
            self.r.book = self.r.oak.open();
        }
    }

    /// The entries for which as many gates released as it takes.
    pub(super) fn open_now(&self) -> BTreeSet<EntryRef> {
        let enough = self
            .heard
            .iter()
            .filter(|(_, o)| o.gates.len() >= THRESHOLD);
        enough.map(|(e, _)| *e).collect()
    }

    pub(super) fn step(&mut self, step: Step) {
        let fails = matches!(step, Step::Cut(..) | Step::Full(..) | Step::Away(_));
        match step {
            Step::Grant { opens, emergency } => self.grant(opens, emergency),
            Step::Ask(n) => self.ask(n),
            Step::Answer(n, way) => self.answer(n, way),
            Step::Refuse(way) => self.refuse(way),
            Step::Revoke(n, way) => self.revoke(n, way),
            Step::EraseEntry(n) => self.erase_entry(n),
            Step::Erase(way) => self.erase(way),
            Step::Away(party) => {
                if !self.away.remove(&party) {
                    self.away.insert(party);
                }
            }
            Step::Cut(after, unsynced_survives) => {
                self.r.oak.disk.cut(Cut {
                    after,
                    unsynced_survives,
                });
                self.armed = true;
            }
            Step::Full(who, writes) => {
                match self.r.oak.gates.get(who) {
                    Some(gate) => gate.fail_after(Some(writes)),
                    None => self.r.oak.shelf.fail_after(Some(writes)),
                }
                self.armed = true;
            }
        }
        if !fails {
            self.restart();
        }
        self.hold();
    }

    pub(super) fn grant(&mut self, opens: u16, emergency: bool) {
        let (mut asked, mut key) = (self.r.asked(), self.r.west.key(Role::Open));
        if emergency {
            asked.recipient.role = "duty_desk".parse().unwrap();
            asked.purpose = Purpose::Safeguarding;
            asked.basis = LawfulBasis::VitalInterests;
            key = self.officers[0];
        }
        let request = self.r.council.request(asked, "R-17", key, now()).unwrap();
        let given = Given {
            most_opens: opens,
            ..self.r.given()
        };
        let clean = self.clean(Way::default());
        let done = self.with(Way::default(), |book, net| {
            book.grant(net, &request, &[], &given, now())
        });
        assert!(done.is_ok() || !clean, "{done:?}");
        if let Ok(packet) = done {
            self.acknowledged.insert(packet.grants[0].entry());
            self.grants.push(Granted {
                packet,
                opens,
                emergency,
                taken: 0,
                end: End::Not,
            });
        }
    }

    pub(super) fn ask(&mut self, n: usize) {
        let Some(at) = n.checked_rem(self.grants.len()) else {
            return;
        };
        let granted = &mut self.grants[at];
        let council = &mut self.r.council;
        let pending = self
            .asks
            .iter()
            .position(|a| a.grant == at && !a.answered && !granted.emergency);
        let done = match granted.emergency {
            false => {
                let key = self.r.west.key(Role::Open);
                council.ask(&granted.packet, (None, None), key, now())
            }
            true => council.ask_emergency(
                &granted.packet,
                &Emergency {
                    officers: self.officers.map(|k| k as &dyn KeyProvider),
                    reason: EmergencyReason::RiskToLife,
                    why: WHY,
                    budget: self.emergencies + 1,
                },
                now(),
            ),
        };
        match (done, pending) {
            (Ok(ask), Some(before)) => {
                let same = self.asks[before].ask.encode() == ask.encode();
                assert!(same, "one that was not answered is given again");
            }
            (Ok(ask), None) => {
                granted.taken += 1;
                assert_eq!(ask.request.ordinals(), [granted.taken]);
                assert!(granted.taken <= granted.opens);
                self.emergencies += u16::from(granted.emergency);
                self.asks.push(Asking {
                    grant: at,
                    ask,
                    erased: false,
                    answered: false,
                    entry: None,
                });
            }
            (Err(e), _) => assert!(granted.taken >= granted.opens, "{e}"),
        }
    }

    pub(super) fn answer(&mut self, n: usize, way: Way) {
        let Some(at) = n.checked_rem(self.asks.len()) else {
            return;
        };
        let clean = self.clean(way);
        let ask = self.asks[at].ask.clone();
        let done = self.with(way, |book, net| book.answer(net, &ask, now()));
        assert!(done.is_ok() || !clean, "{done:?}");
        let asking = &self.asks[at];
        let granted = &self.grants[asking.grant];
        let key = match granted.emergency {
            true => self.officers[0],
            false => self.r.west.key(Role::Open),
        };
        let budget = ask.request.emergency().map_or(0, |e| e.budget());
        let over = budget > EMERGENCIES;
        let Ok(answer) = done else {
            return;
        };
        self.acknowledged.insert(answer.request.entry());
        let held = self.r.council.check_grant(&granted.packet).unwrap();
        let opened = held.open(&answer, key, now());
        let entry = answer.request.entry();
        self.asks[at].entry = Some(entry);
        let asking = &self.asks[at];
        let ended = [&self.grants[asking.grant].end, &self.erased];
        match &opened {
            Ok(opened) => {
                assert_eq!(contents(opened), [HEALTH]);
                assert!(
                    self.open_now().contains(&entry),
                    "what was opened was released"
                );
                self.opened += 1;
            }
            Err(_) => self.refused += 1,
        }
        if clean && ended.iter().all(|e| **e == End::Not) && !over && !asking.erased {
            assert!(
                opened.is_ok(),
                "nothing stands in the way: {:?}",
                opened.err()
            );
        }
        let before = |e: &End| matches!(e, End::Final(open) if !open.contains(&entry));
        assert!(opened.is_err() || !ended.into_iter().any(before));
        assert!(opened.is_err() || !over);
        if opened.is_ok() {
            self.r.council.answered(&ask.request).unwrap();
            self.asks[at].answered = true;
        }
    }

    pub(super) fn refuse(&mut self, way: Way) {
        let request = self.r.request();
        let refusing = Refusing {
            envelope: self.r.envelope,
            reason: RefusalReason::NotNecessary,
            why: WHY,
        };
        let clean = self.clean(way);
        let done = self.with(way, |book, net| {
            book.refuse(net, &request, &refusing, now())
        });
        assert!(done.is_ok() || !clean, "{done:?}");
        self.acknowledged.extend(done.map(|p| p.refusal.entry()));
    }

    pub(super) fn revoke(&mut self, n: usize, way: Way) {
        let Some(at) = n.checked_rem(self.grants.len()) else {
            return;
        };
        let entry = self.grants[at].packet.grants[0].entry();
        let reason = (RevocationReason::RiskOfHarm, WHY);
        let clean = self.clean(way);
        let done = self.with(way, |book, net| book.revoke(net, entry, reason, now()));
        let end = self.ended(done, clean);
        let granted = &mut self.grants[at];
        granted.end = later(std::mem::take(&mut granted.end), end);
    }

    pub(super) fn erase(&mut self, way: Way) {
        let by = (ErasureGround::PersonAsked, self.r.oak.key(Role::Open) as _);
        let (id, clean) = (self.r.envelope, self.clean(way));
        let done = self.with(way, |book, net| book.erase_envelope(net, id, by, now()));
        let end = self.ended(done, clean);
        self.erased = later(std::mem::take(&mut self.erased), end);
    }

    pub(super) fn ended(&self, done: Result<EndedAt, ExchangeError>, clean: bool) -> End {
        match done {
            Ok(at) if at.ended.is_final() => End::Final(self.open_now()),
            other => {
                assert!(!clean, "{other:?}");
                End::Begun
            }
        }
    }

    pub(super) fn erase_entry(&mut self, n: usize) {
        let Some(at) = n.checked_rem(self.asks.len()) else {
            return;
        };
        let by = (ErasureGround::OtherPerson, self.r.oak.key(Role::Open) as _);
        let Some(entry) = self.asks[at].entry else {
            return;
        };
        let clean = self.clean(Way::default());
        let done = self.with(Way::default(), |book, net| {
            book.erase_entry(net, entry, by, now())
        });
        assert!(done.is_ok() || !clean, "{done:?}");
        // Where it failed it may have been erased all the same.
        self.asks[at].erased = true;
    }

    /// What holds after every step.
    pub(super) fn hold(&self) {
        let open = self.open_now();
        let under = |g: &Granted| -> BTreeSet<EntryRef> {
            let grant = g.packet.grants[0].entry();
            let own = open.iter().filter(|e| self.heard[*e].grant == grant);
            own.copied().collect()
        };
        for granted in &self.grants {
            let own = under(granted);
            let uses: BTreeSet<u16> = own.iter().map(|e| self.heard[e].number).collect();
            assert_eq!(uses.len(), own.len(), "a use is one request's");
            assert!(own.len() <= usize::from(granted.opens), "opened too often");
            if let End::Final(before) = &granted.end {
                assert!(own.is_subset(before), "opened after it was revoked");
            }
        }
        if let End::Final(before) = &self.erased {
            assert!(open.is_subset(before), "opened after it was erased");
        }
        let emergencies = open.iter().filter(|e| self.heard[*e].emergency).count();
        assert!(emergencies <= usize::from(EMERGENCIES));
    }

    /// Everyone is there again, and all that was begun is said again: then the log and its history tell all that gates
    /// were heard to release, and nothing else.
    pub(super) fn settle(&mut self) {
        self.armed = true;
        self.restart();
        self.away.clear();
        for at in 0..self.asks.len() {
            self.answer(at, Way::default());
            self.hold();
        }
        for at in 0..self.grants.len() {
            if self.grants[at].end == End::Begun {
                self.revoke(at, Way::default());
            }
        }
        if self.erased == End::Begun {
            self.erase(Way::default());
        }
        self.hold();
        assert_eq!(self.r.book.log().standing(), Standing::Sound);
        self.r.book.verify(None).unwrap();
        let told = self.with(Way::default(), |book, net| {
            book.history(net, SUBJECT, HistoryOptions::default(), now())
        });
        let told = told.unwrap();
        assert!(told.is_complete(), "{:?}", told.alarms);
        let (mut released, mut all) = (BTreeSet::new(), BTreeSet::new());
        for item in &told.items {
            let entry = self.r.book.entry_at(item.entry).unwrap();
            all.insert(entry);
            if let What::Opened { released: r, .. } | What::Erased { released: r } = item.what {
                assert_ne!(r, Released::Perhaps);
                released.extend((r == Released::Yes).then_some(entry));
            }
        }
        assert_eq!(
            released,
            self.open_now(),
            "every opening is told, and no other"
        );
        assert!(
            self.acknowledged.is_subset(&all),
            "an acknowledged entry is gone"
        );
    }
}
