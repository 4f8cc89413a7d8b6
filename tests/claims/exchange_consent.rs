//! Claims about consents in a book.

use crate::exchange_support::{Agency, MemoryBook, Parties};
use crate::grant_support::now;
use billetbook::clock::Window;
use billetbook::consent::{
    Denied, Gateway, LawfulBasis, Mode, Policy, Purpose, Recipient, Request,
};
use billetbook::envelope::EnvelopeId;
use billetbook::exchange::{ExchangeError, Given, GrantPacket};
use billetbook::gate::GateStore;
use billetbook::keys::Role;
use billetbook::record::{IdentifierState, Section};

const SUBJECT: &str = "case 0017";
const SAID: &str = "Jwplokk said so at the family meeting";
const CONSENT: &str = r#"
answer = "given"
giver = "subject"
capacity = "competent"
organisations = ["harbour"]
roles = ["family_worker"]
sections = ["personal"]
purposes = ["early_help"]
mode = "content"
from = 2026-05-01
until = 2026-11-01
ask_again = 2026-09-01
note = "Jwplokk said so at the family meeting"
"#;

/// A council that holds a record; a charity that may see it with consent, and a school that may by law.
struct Shared {
    council: &'static Agency,
    book: MemoryBook,
    parties: Parties,
    envelope: EnvelopeId,
}

impl Shared {
    fn asked(&self, by: &str, role: &str, purpose: Purpose, basis: LawfulBasis) -> Request {
        Request {
            source: "westshire".parse().unwrap(),
            recipient: Recipient {
                organisation: by.parse().unwrap(),
                role: role.parse().unwrap(),
            },
            sections: [Section::Personal].into(),
            purpose,
            mode: Mode::Content,
            basis,
            special: None,
            offence: None,
            window: Window::new(now(), now().after(30 * 86_400)).unwrap(),
            identifier: IdentifierState::Unknown,
        }
    }

    fn grant(
        &mut self,
        to: (&'static Agency, &MemoryBook),
        asked: Request,
    ) -> Result<GrantPacket, ExchangeError> {
        let key = to.0.key(Role::Open);
        let request = to.1.request(asked, "R-17", key, now()).unwrap();
        let given = Given {
            envelope: self.envelope,
            most_opens: 3,
            depth: 0,
            notify_after: now(),
            why: "the family asked for help",
        };
        let consents = self.book.consents(SUBJECT).unwrap();
        self.book
            .grant(&mut self.parties, &request, &consents, &given, now())
    }

    fn opens(&mut self, to: (&'static Agency, &mut MemoryBook), grant: &GrantPacket) -> bool {
        let key = to.0.key(Role::Open);
        let ask = to.1.ask(grant, (None, None), key, now()).unwrap();
        let answer = self.book.answer(&mut self.parties, &ask, now()).unwrap();
        to.1.answered(&ask.request).unwrap();
        let held = to.1.check_grant(grant).unwrap();
        held.open(&answer, key, now()).is_ok()
    }
}

#[test]
fn exc_14_withdrawing_a_consent_ends_what_was_granted_on_it_and_nothing_else() {
    let council = Agency::new("westshire", "Westshire Council");
    let (charity, school) = (
        Agency::new("harbour", "Harbour"),
        Agency::new("oakfield", "Oakfield"),
    );
    let (mut harbour, mut oakfield) = (charity.begin(), school.begin());
    let mut book = council.begin();
    for (other, card) in [(&mut harbour, &charity.card), (&mut oakfield, &school.card)] {
        other.accept(&council.card).unwrap();
        book.accept(card).unwrap();
    }
    let policy = Policy::parse(include_str!("../../examples/policy.toml")).unwrap();
    book.confirm_policy(&policy, now()).unwrap();
    let mut parties = council.parties(&book);
    let sections: [(Section, &[u8]); 1] = [(Section::Personal, b"personal")];
    let envelope = book.seal(&mut parties, SUBJECT, &sections, now()).unwrap();
    let mut shared = Shared {
        council,
        book,
        parties,
        envelope,
    };
    let by_consent = shared.asked(
        "harbour",
        "family_worker",
        Purpose::EarlyHelp,
        LawfulBasis::Consent,
    );
    let by_law = LawfulBasis::PublicTask(Gateway::ChildrenAct1989S17);
    let by_law = shared.asked("oakfield", "designated_lead", Purpose::ChildInNeed, by_law);

    let none = shared.grant((charity, &harbour), by_consent.clone());
    assert!(matches!(
        none,
        Err(ExchangeError::Denied(Denied::NoConsent))
    ));
    assert!(shared.book.keep_consent(SUBJECT, "answer = 1").is_err());
    let receipt = shared.book.keep_consent(SUBJECT, CONSENT).unwrap();
    let consented = shared
        .grant((charity, &harbour), by_consent.clone())
        .unwrap();
    let lawful = shared.grant((school, &oakfield), by_law).unwrap();
    assert!(shared.opens((charity, &mut harbour), &consented));
    assert!(shared.opens((school, &mut oakfield), &lawful));

    let other = shared
        .book
        .withdraw(&mut shared.parties, ("another", receipt), SAID, now());
    assert!(other.is_err(), "it is about this child");
    let ended = shared
        .book
        .withdraw(&mut shared.parties, (SUBJECT, receipt), SAID, now())
        .unwrap();
    assert_eq!(ended.len(), 1);
    assert!(ended[0].1.ended.is_final());
    assert_eq!(ended[0].0, consented.grants[0].entry());
    let size = shared.book.log().size();
    let twice = shared
        .book
        .withdraw(&mut shared.parties, (SUBJECT, receipt), SAID, now())
        .unwrap();
    assert!(twice.len() == 1 && twice[0].1.ended.is_final());
    assert_eq!(
        shared.book.log().size(),
        size,
        "said twice, it is logged once"
    );
    assert!(!shared.opens((charity, &mut harbour), &consented));
    assert!(shared.opens((school, &mut oakfield), &lawful));
    let again = shared.grant((charity, &harbour), by_consent);
    assert!(matches!(
        again,
        Err(ExchangeError::Denied(Denied::ConsentWithdrawn))
    ));
    // What was said lies sealed.
    for space in 0..=u8::MAX {
        for row in shared.council.shelf.rows(space, b"").unwrap() {
            let open = memchr::memmem::find(&row.value, b"Jwplokk");
            assert!(open.is_none(), "space {space}");
        }
    }
}
