//! The agencies and gates of tests/scene, new ones for each test: a school that holds a made-up child's record, a council that
//! asks for it, a hospital to which the council hands on.

use crate::scene::Scene;
pub(crate) use crate::scene::{Agency, now};
use billetbook::clock::Window;
use billetbook::consent::{
    Gateway, LawfulBasis, Mode, OffenceCondition, Permit, Policy, PolicyHead, Purpose, Recipient,
    Request, SpecialCondition, decide,
};
use billetbook::envelope::{Billet, OwnedEnvelope, VerifiedEnvelope};
use billetbook::grant::{
    AccessRequest, Asked, Chain, ChainError, EntryRef, Grant, Link, Offer, Slots, Terms,
};
use billetbook::keys::{Directory, KeyProvider, KeyRecord, RoleKeys};
use billetbook::record::{IdentifierState, Section};
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) const GRANT_LABEL: &[u8] = b"billetbook/1 grant\0";
pub(crate) const REQUEST_LABEL: &[u8] = b"billetbook/1 access-request\0";
pub(crate) const EMERGENCY_LABEL: &[u8] = b"billetbook/1 emergency\0";

pub(crate) struct Region {
    pub(crate) school: Agency,
    pub(crate) council: Agency,
    pub(crate) hospital: Agency,
    pub(crate) gates: [RoleKeys; 3],
    pub(crate) keys: Directory,
    pub(crate) policy: Policy,
    pub(crate) billet: Billet,
}

impl Region {
    pub(crate) fn new() -> Region {
        Region::under(include_str!("../../examples/policy.toml"))
    }

    /// The record is sealed under this policy. No two regions have a key in common.
    pub(crate) fn under(policy: &str) -> Region {
        static NUMBER: AtomicU64 = AtomicU64::new(1 << 32);
        let sections: [(Section, &[u8]); 4] = [
            (Section::Personal, b"personal"),
            (Section::Education, b"education"),
            (Section::Health, b"health"),
            (Section::CrimeJustice, b"crime"),
        ];
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let scene = Scene::sealed(number, policy, &sections);
        let agencies = [&scene.school, &scene.council, &scene.hospital];
        let mut keys = Directory::new(agencies.map(|a| a.root.public().clone()));
        for a in agencies {
            for key in [&a.issue, &a.open, &a.officers[0], &a.officers[1]] {
                keys.add(&a.record(key).to_text()).unwrap();
            }
        }
        Region {
            school: scene.school,
            council: scene.council,
            hospital: scene.hospital,
            gates: scene.gates,
            policy: scene.policy,
            billet: scene.billet,
            keys,
        }
    }

    pub(crate) fn author(&self) -> KeyRecord {
        self.school.record(&self.school.issue)
    }

    pub(crate) fn envelope(&self) -> VerifiedEnvelope<'_> {
        let envelope = self.billet.envelope().unwrap();
        envelope.verify(&self.author()).unwrap()
    }

    pub(crate) fn owned(&self) -> OwnedEnvelope<'_> {
        let envelope = self.envelope();
        envelope
            .owned_by(self.billet.owner_packet(), &self.school.open)
            .unwrap()
    }

    pub(crate) fn slot(&self, section: &Section) -> u8 {
        self.owned()
            .slots_of(std::slice::from_ref(section))
            .unwrap()[0]
    }

    pub(crate) fn slots(&self, sections: &[Section]) -> Slots {
        let slots: Vec<u8> = sections.iter().map(|s| self.slot(s)).collect();
        Slots::new(self.envelope().slot_count(), &slots).unwrap()
    }

    /// What the council's social worker asks of the school.
    pub(crate) fn request(&self, mode: Mode) -> Request {
        Request {
            source: "oakfield".parse().unwrap(),
            recipient: Recipient {
                organisation: "westshire".parse().unwrap(),
                role: "social_worker".parse().unwrap(),
            },
            sections: [Section::Personal, Section::Health].into(),
            purpose: Purpose::ChildProtection,
            mode,
            basis: LawfulBasis::PublicTask(Gateway::ChildrenAct1989S47),
            special: Some(SpecialCondition::SafeguardingOfChildren),
            offence: Some(OffenceCondition::SafeguardingOfChildren),
            window: Window::new(now(), now().after(14 * 86_400)).unwrap(),
            identifier: IdentifierState::OmittedAsDetrimental,
        }
    }

    /// What the council's duty desk may open where a life is in danger.
    pub(crate) fn emergency_request(&self) -> Request {
        let mut request = self.request(Mode::Content);
        request.recipient.role = "duty_desk".parse().unwrap();
        request.purpose = Purpose::Safeguarding;
        request.basis = LawfulBasis::VitalInterests;
        request.window = Window::new(now(), now().after(2 * 86_400)).unwrap();
        request
    }

    pub(crate) fn permit(&self, request: &Request) -> Permit {
        let head = PolicyHead {
            digest: self.policy.digest(),
            confirmed: now(),
        };
        decide(request, &self.policy, &head, &[], now()).unwrap()
    }

    /// What the school gives the council: two sections, three openings, to be handed on twice.
    pub(crate) fn grant(&self) -> Grant {
        self.grant_with(&offer())
    }

    pub(crate) fn grant_with(&self, offer: &Offer) -> Grant {
        let permit = self.permit(&self.request(Mode::Content));
        let to = self.council.record(&self.council.open);
        let issuer = &self.school.issue;
        Grant::issue(permit, &self.owned(), &to, offer, issuer, now()).unwrap()
    }

    /// For emergencies: to the council's first officer.
    pub(crate) fn emergency_grant(&self) -> Grant {
        let permit = self.permit(&self.emergency_request());
        let to = self.council.record(&self.council.officers[0]);
        let offer = Offer {
            emergency: true,
            depth: 0,
            ..offer()
        };
        let issuer = &self.school.issue;
        Grant::issue(permit, &self.owned(), &to, &offer, issuer, now()).unwrap()
    }

    /// The council hands the first link on to the hospital, in these terms.
    pub(crate) fn hand_on(&self, held: &Chain, terms: Terms) -> Grant {
        let halves = held.halves(&self.council.open).unwrap();
        let to = self.hospital.record(&self.hospital.open);
        Grant::hand_on(held, &halves, terms, &to, &self.council.issue, now()).unwrap()
    }

    pub(crate) fn chain(&self, links: &[Link]) -> Result<Chain, ChainError> {
        Chain::verify(links.to_vec(), &self.author(), &self.keys)
    }

    /// A chain of one that the council holds, and the one that the hospital holds of it.
    pub(crate) fn chains(&self) -> (Chain, Chain) {
        let first = link(self.grant(), 1);
        let held = self.chain(std::slice::from_ref(&first)).unwrap();
        let handed = self.hand_on(&held, narrower(held.last().grant.terms()));
        let both = self.chain(&[first, link(handed, 2)]).unwrap();
        (held, both)
    }

    pub(crate) fn ask(&self, chain: &Chain, by: &dyn KeyProvider) -> AccessRequest {
        AccessRequest::make(chain, asked(chain), by, now()).unwrap()
    }
}

pub(crate) fn offer() -> Offer {
    Offer {
        reasons: [8; 32],
        most_opens: 3,
        depth: 2,
        notify_after: now(),
        emergency: false,
    }
}

pub(crate) fn link(grant: Grant, entry: u8) -> Link {
    Link {
        grant,
        entry: EntryRef([entry; 32]),
        logged: now(),
    }
}

/// One step narrower in every part that can be.
pub(crate) fn narrower(terms: &Terms) -> Terms {
    let first: Vec<u8> = terms.slots.iter().take(1).collect();
    let window = terms.window;
    Terms {
        slots: Slots::new(terms.slots.count(), &first).unwrap(),
        purpose: Purpose::Section47Enquiry,
        window: Window::new(window.from(), now().after(86_400)).unwrap(),
        most_opens: 2,
        depth: 1,
        ..terms.clone()
    }
}

/// The first use of all that the chain's last grant allows.
pub(crate) fn asked(chain: &Chain) -> Asked {
    let terms = chain.last().grant.terms();
    Asked {
        slots: terms.slots,
        purpose: terms.purpose,
        uses: vec![1; chain.links().len()],
    }
}
