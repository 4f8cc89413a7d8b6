//! Claims about handing a grant on.

use crate::exchange_support::{Agency, HEALTH, MemoryBook, Region, WHY, contents, history, said};
use crate::grant_support::now;
use billetbook::clock::Window;
use billetbook::consent::{Policy, Purpose, Recipient, Request};
use billetbook::exchange::{
    ExchangeError, GrantPacket, GrantRequest, HandOn, HandedOn, HistoryOptions, Onward, What,
};
use billetbook::grant::{Grant, GrantError, RefusalReason, RevocationReason};
use billetbook::keys::{KeyProvider, Role};
use billetbook::record::Section;

/// The region, and a hospital that the council asks to see with it.
struct Three {
    r: Region,
    nhs: &'static Agency,
    hospital: MemoryBook,
}

fn policy() -> Policy {
    // As the example, with one more kind to which what is found in an enquiry may go on.
    let text = include_str!("../../examples/policy.toml").replace(
        "to_kinds = [\"local_authority\"]\nroles = [\"social_worker\", \"duty_desk\"]",
        "to_kinds = [\"local_authority\", \"nhs\"]\nroles = [\"social_worker\", \"duty_desk\", \"safeguarding_nurse\"]",
    );
    Policy::parse(&text).unwrap()
}

impl Three {
    fn new() -> Three {
        let mut r = Region::new();
        let nhs = Agency::new("westshire-nhs", "Westshire NHS");
        let mut hospital = nhs.begin();
        for card in [&r.oak.card, &r.west.card] {
            hospital.accept(card).unwrap();
        }
        for book in [&mut r.book, &mut r.council] {
            book.accept(&nhs.card).unwrap();
        }
        r.confirm(&policy());
        Three { r, nhs, hospital }
    }

    /// What the council holds: two sections, for an enquiry, to be opened thrice and handed on so often.
    fn held(&mut self, depth: u8) -> GrantPacket {
        let mut asked = self.r.asked();
        asked.sections = [Section::Personal, Section::Health].into();
        asked.purpose = Purpose::ChildProtection;
        let key = self.r.west.key(Role::Open);
        let request = self.r.council.request(asked, "R-17", key, now()).unwrap();
        let mut given = self.r.given();
        (given.most_opens, given.depth) = (3, depth);
        let book = &mut self.r.book;
        let done = book.grant(&mut self.r.parties, &request, &[], &given, now());
        done.unwrap()
    }

    fn asked(&self) -> Request {
        Request {
            source: "westshire".parse().unwrap(),
            recipient: Recipient {
                organisation: "westshire-nhs".parse().unwrap(),
                role: "safeguarding_nurse".parse().unwrap(),
            },
            sections: [Section::Health].into(),
            window: Window::new(now(), now().after(5 * 86_400)).unwrap(),
            ..self.r.asked()
        }
    }

    fn request(&self, asked: Request) -> GrantRequest {
        let key = self.nhs.key(Role::Open);
        self.hospital.request(asked, "R-17", key, now()).unwrap()
    }

    fn hand_on(
        &mut self,
        held: &GrantPacket,
        asked: Request,
        onward: Onward,
    ) -> Result<HandOn, ExchangeError> {
        let request = self.request(asked);
        let key = self.r.west.key(Role::Open);
        self.r.council.hand_on(held, &request, onward, key, now())
    }

    fn log(&mut self, message: &HandOn) -> Result<HandedOn, ExchangeError> {
        let r = &mut self.r;
        r.book.log_handed_on(&mut r.parties, message, now())
    }

    fn opens(&mut self, grant: &GrantPacket) -> Result<Vec<Vec<u8>>, ExchangeError> {
        let key = self.nhs.key(Role::Open);
        loop {
            let ask = self.hospital.ask(grant, (None, None), key, now())?;
            let r = &mut self.r;
            let answer = r.book.answer(&mut r.parties, &ask, now())?;
            if self.hospital.later_use(&ask.request, &answer)? {
                continue;
            }
            self.hospital.answered(&ask.request)?;
            let held = self.hospital.check_grant(grant)?;
            let opened = held.open(&answer, key, now())?;
            return Ok(contents(&opened).into_iter().map(<[u8]>::to_vec).collect());
        }
    }
}

const ONCE: Onward = Onward {
    slots: None,
    most_opens: 1,
    depth: 0,
};

/// The slot of a grant in which that content stands.
fn slot_of(t: &mut Three, held: &GrantPacket, content: &[u8]) -> u8 {
    let answer = t.r.answer(held);
    let opened = t.r.open(held, &answer).unwrap();
    let at = contents(&opened).iter().position(|c| *c == content);
    opened.slots[at.unwrap()]
}

#[test]
fn exc_17_what_is_handed_on_is_within_what_is_held_logged_by_the_holder_of_the_record_and_ends_with_it()
 {
    let mut t = Three::new();
    let held = t.held(1);
    let slot = slot_of(&mut t, &held, HEALTH);
    let count =
        t.r.council
            .check_grant(&held)
            .unwrap()
            .terms()
            .slots
            .count();
    let one = Onward {
        slots: billetbook::grant::Slots::new(count, &[slot]),
        ..ONCE
    };
    let message = t.hand_on(&held, t.asked(), one).unwrap();
    let bytes = message.encode();
    let again = HandOn::decode(&bytes).unwrap();
    assert_eq!(again.encode(), bytes);
    let granted = t.log(&again).unwrap().granted().unwrap();
    let size = t.r.book.log().size();
    let twice = t.log(&again).unwrap().granted().unwrap();
    assert_eq!(t.r.book.log().size(), size, "said again, it is logged once");
    assert_eq!(twice.grants[1].entry(), granted.grants[1].entry());
    assert_eq!(t.opens(&granted).unwrap(), [HEALTH], "one section of two");
    assert!(t.opens(&granted).is_err(), "once was handed on");
    let told = history(&mut t.r, HistoryOptions::default());
    let handed = |w: &What| {
        matches!(
            w,
            What::Granted {
                handed_on: true,
                ..
            }
        )
    };
    assert_eq!(told.items.iter().filter(|i| handed(&i.what)).count(), 1);
    assert!(told.is_complete());
    assert!(said(&told).contains("Westshire NHS (records team) opened: Health."));

    // Wider in any way: refused by whoever hands on, before anything leaves.
    let wider = |t: &mut Three, asked: Request, onward| {
        let done = t.hand_on(&held, asked, onward);
        assert!(
            matches!(
                done,
                Err(ExchangeError::Grant(GrantError::Wider | GrantError::Terms))
            ),
            "{done:?}"
        );
    };
    let asked = t.asked();
    wider(
        &mut t,
        asked.clone(),
        Onward {
            most_opens: 4,
            ..ONCE
        },
    );
    wider(&mut t, asked.clone(), Onward { depth: 1, ..ONCE });
    wider(
        &mut t,
        Request {
            purpose: Purpose::Safeguarding,
            ..asked.clone()
        },
        ONCE,
    );
    let other = Request {
        special: None,
        ..asked.clone()
    };
    let done = t.hand_on(&held, other, ONCE);
    assert!(matches!(done, Err(ExchangeError::OtherGround)));
    let kept = t.held(0);
    let done = t.hand_on(&kept, asked.clone(), ONCE);
    assert!(
        matches!(done, Err(ExchangeError::Grant(GrantError::Wider))),
        "not to be handed on"
    );

    // A message put together of two, or of another's grant, is nobody's.
    let message = t.hand_on(&held, asked.clone(), ONCE).unwrap();
    let mut mixed = message.clone();
    mixed.request = t.r.request();
    assert!(t.log(&mixed).is_err());
    let mut mixed = message.clone();
    let bytes = held.grants[0].opening.entry().bytes();
    mixed.grant = Grant::decode(bytes).unwrap();
    assert!(t.log(&mixed).is_err());
    let bytes = message.grant.encode();
    for at in [9, 60, 110, bytes.len() - 1] {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        let Ok(grant) = Grant::decode(&altered) else {
            continue;
        };
        let altered = HandOn {
            grant,
            ..message.clone()
        };
        assert!(t.log(&altered).is_err(), "byte {at}");
    }

    // When what it hands on ends, it ends; and nothing more is handed on.
    let granted = t.log(&message).unwrap().granted().unwrap();
    let reason = (RevocationReason::PurposeServed, WHY);
    let entry = held.grants[0].entry();
    let r = &mut t.r;
    let ended = r.book.revoke(&mut r.parties, entry, reason, now()).unwrap();
    assert!(ended.ended.is_final());
    let refused = t.opens(&granted).unwrap_err().to_string();
    assert!(refused.contains("revoked"), "{refused}");
    let late = t.hand_on(&held, asked, ONCE).unwrap();
    let refused = t.log(&late).unwrap_err().to_string();
    assert!(refused.contains("revoked"), "{refused}");
}

#[test]
fn exc_18_what_the_policy_would_not_give_is_not_handed_on_and_the_refusal_is_logged() {
    let mut t = Three::new();
    let held = t.held(2);
    let message = t.hand_on(&held, t.asked(), ONCE).unwrap();
    // In the policy's next version hospitals are no more among those to whom such things go.
    let example = include_str!("../../examples/policy.toml").replace("version = 3", "version = 4");
    let narrower = Policy::parse(&example).unwrap();
    t.r.book.confirm_policy(&narrower, now()).unwrap();
    let done = t.log(&message).unwrap();
    let HandedOn::Refused(_) = &done else {
        panic!("it was handed on");
    };
    let refused = HandedOn::decode(&done.encode()).unwrap().granted();
    let not_allowed = RefusalReason::NotAllowed;
    assert!(
        matches!(refused, Err(ExchangeError::NotHandedOn { reason }) if reason == not_allowed),
        "{refused:?}"
    );
    let told = history(&mut t.r, HistoryOptions::default());
    let last = &told.items.last().unwrap().what;
    assert!(matches!(last, What::Refused { to, .. } if to.agency == "Westshire NHS"));
    // Whoever is not known is not handed anything either.
    let stranger = Agency::new("harbour", "Harbour");
    let key = stranger.key(Role::Open);
    let record = stranger.root.certify(KeyProvider::request(key));
    let asked = Request {
        recipient: Recipient {
            organisation: "harbour".parse().unwrap(),
            role: "family_worker".parse().unwrap(),
        },
        ..t.asked()
    };
    let request = GrantRequest::make(asked, "R-17", (key, &record), now()).unwrap();
    let own = t.r.west.key(Role::Open);
    assert!(
        t.r.council
            .hand_on(&held, &request, ONCE, own, now())
            .is_err()
    );
    t.r.council.accept(&stranger.card).unwrap();
    let message =
        t.r.council
            .hand_on(&held, &request, ONCE, own, now())
            .unwrap();
    assert!(
        t.log(&message).is_err(),
        "the school has not accepted its card"
    );
    // Control: under the policy before, it is.
    t.r.book.confirm_policy(&policy(), now()).unwrap();
    let message = t.hand_on(&held, t.asked(), ONCE).unwrap();
    let r = &mut t.r;
    let done = r.book.log_handed_on(&mut r.parties, &message, now());
    done.unwrap().granted().unwrap();
}
