//! Grants handed on: what the new holder gets is what it asked for, and no longer than the policy would give itself.

use crate::exchange_support::{Agency, MemoryBook, Region, SUBJECT, WHY};
use crate::grant_support::now;
use billetbook::clock::Window;
use billetbook::consent::{LawfulBasis, Mode, Policy, Purpose, Recipient, Request};
use billetbook::exchange::{ExchangeError, GrantPacket, HandOn, HandedOn, Onward};
use billetbook::keys::Role;
use billetbook::record::Section;

const DAY: u64 = 86_400;

/// A nurse may see what an enquiry found, for three days; and, as the council may, what was agreed to.
pub(crate) const RULES: &str = r#"
[[default]]
id = "nurse"
from_kinds = ["school"]
to_kinds = ["nhs"]
roles = ["safeguarding_nurse"]
sections = ["personal", "health"]
purposes = ["child_protection"]
mode = "content"
bases = ["public_task:ca1989_s47"]
article_9 = ["safeguarding_of_children"]
longest_days = 3
retention = "child_protection"

[[default]]
id = "agreed"
from_kinds = ["school"]
to_kinds = ["local_authority", "nhs"]
roles = ["social_worker", "safeguarding_nurse"]
sections = ["personal"]
purposes = ["early_help"]
mode = "content"
bases = ["consent"]
retention = "child_in_need"
"#;

pub(crate) const CONSENT: &str = r#"
answer = "given"
giver = "subject"
capacity = "competent"
organisations = ["westshire", "westshire-nhs"]
roles = ["social_worker", "safeguarding_nurse"]
sections = ["personal"]
purposes = ["early_help"]
mode = "content"
from = 2026-05-01
until = 2026-11-01
ask_again = 2026-09-01
"#;

struct Three {
    r: Region,
    nhs: &'static Agency,
    hospital: MemoryBook,
}

impl Three {
    fn new() -> Three {
        let mut r = Region::new();
        let nhs = Agency::new("westshire-nhs", "Westshire NHS");
        let hospital = nhs.begin();
        for book in [&mut r.book, &mut r.council] {
            book.accept(&nhs.card).unwrap();
        }
        let policy = format!("{}{RULES}", include_str!("../../examples/policy.toml"));
        r.confirm(&Policy::parse(&policy).unwrap());
        Three { r, nhs, hospital }
    }

    /// What the council holds, for two weeks.
    fn held(&mut self, asked: Request) -> GrantPacket {
        let r = &mut self.r;
        let key = r.west.key(Role::Open);
        let request = r.council.request(asked, "R-17", key, now()).unwrap();
        let mut given = r.given();
        given.depth = 1;
        let consents = r.book.consents(SUBJECT).unwrap();
        let done = r
            .book
            .grant(&mut r.parties, &request, &consents, &given, now());
        done.unwrap()
    }

    /// The same for the hospital, from the council, for so many days.
    fn onward(&self, asked: &Request, days: u64) -> Request {
        Request {
            source: "westshire".parse().unwrap(),
            recipient: Recipient {
                organisation: "westshire-nhs".parse().unwrap(),
                role: "safeguarding_nurse".parse().unwrap(),
            },
            window: Window::new(now(), now().after(days * DAY)).unwrap(),
            ..asked.clone()
        }
    }

    fn hand_on(&mut self, held: &GrantPacket, asked: Request) -> Result<HandOn, ExchangeError> {
        let key = self.nhs.key(Role::Open);
        let request = self.hospital.request(asked, "R-17", key, now()).unwrap();
        let onward = Onward {
            slots: None,
            most_opens: 1,
            depth: 0,
        };
        let key = self.r.west.key(Role::Open);
        self.r.council.hand_on(held, &request, onward, key, now())
    }

    fn log(&mut self, message: &HandOn) -> Result<HandedOn, ExchangeError> {
        let r = &mut self.r;
        r.book.log_handed_on(&mut r.parties, message, now())
    }
}

#[test]
fn what_is_handed_on_is_as_long_and_as_much_as_was_asked_for() {
    let mut t = Three::new();
    let asked = t.r.asked();
    let held = t.held(asked.clone());
    for (days, until) in [(1, 1), (3, 3), (14, 14), (60, 14)] {
        let message = t.hand_on(&held, t.onward(&asked, days)).unwrap();
        let terms = message.grant.terms();
        assert_eq!(terms.window.until(), now().after(until * DAY), "{days}");
        assert_eq!((terms.mode, terms.purpose), (asked.mode, asked.purpose));
    }
    let exists = Request {
        mode: Mode::Existence,
        ..t.onward(&asked, 1)
    };
    let message = t.hand_on(&held, exists).unwrap();
    assert_eq!(message.grant.terms().mode, Mode::Existence);
    assert!(HandOn::is(&message.encode()));
    assert!(!HandOn::is(&held.encode()) && !HandOn::is(b""));
}

#[test]
fn nothing_is_handed_on_for_longer_than_the_policy_gives_the_new_holder_itself() {
    let mut t = Three::new();
    let asked = t.r.asked();
    let held = t.held(asked.clone());
    for (days, given) in [(3, true), (4, false), (14, false)] {
        let message = t.hand_on(&held, t.onward(&asked, days)).unwrap();
        let done = t.log(&message).unwrap();
        assert_eq!(matches!(done, HandedOn::Granted(_)), given, "{days}");
        assert_eq!(done.granted().is_ok(), given);
    }
}

#[test]
fn what_rests_on_a_consent_is_handed_on_while_that_consent_lasts() {
    let mut t = Three::new();
    let asked = Request {
        sections: [Section::Personal].into(),
        purpose: Purpose::EarlyHelp,
        basis: LawfulBasis::Consent,
        special: None,
        ..t.r.asked()
    };
    let receipt = t.r.book.keep_consent(SUBJECT, CONSENT).unwrap();
    let held = t.held(asked.clone());
    let message = t.hand_on(&held, t.onward(&asked, 5)).unwrap();
    assert_eq!(message.grant.terms().ground.evidence, receipt);
    assert!(t.log(&message).unwrap().granted().is_ok());
    // A second consent, which counts for longer: what rests on the first is not what would be given now.
    let later = CONSENT.replace("ask_again = 2026-09-01", "ask_again = 2026-10-01");
    let second = t.r.book.keep_consent(SUBJECT, &later).unwrap();
    assert_ne!(second, receipt);
    let other = t.hand_on(&held, t.onward(&asked, 6)).unwrap();
    assert!(t.log(&other).unwrap().granted().is_err());
    let r = &mut t.r;
    let ended = r
        .book
        .withdraw(&mut r.parties, (SUBJECT, receipt), WHY, now())
        .unwrap();
    assert_eq!(ended.len(), 1);
    let refused = t.log(&message).unwrap_err().to_string();
    assert!(refused.contains("revoked"), "{refused}");
}
