//! A record that a wrong dealing closed, where no more gates dealt than it takes.

use crate::redeal_support::{Moved, Moving, NEW, forged};
use billetbook::gate::{Dealing, OpenKeyError, check_taken};
use billetbook::record::Section;

#[test]
fn red_21_a_record_that_a_wrong_dealing_closed_is_opened_by_its_owner_with_the_keys_of_its_first_gates()
 {
    for wrong in [false, true] {
        // The third gate is lost; the second deals something else, well made.
        let mut m = Moving::new();
        let grant = m.book.region.grant();
        let grant = m.book.grant(&grant);
        let first = m.say(&m.first(), &[1, 2], &m.set(1, 2, &NEW));
        let mut dealings: Vec<Dealing> = [0, 1].map(|i| m.deal(i, &first).unwrap()).into();
        if wrong {
            let parts: Vec<Vec<u8>> = (1u8..=3).map(|gate| vec![0x5a ^ gate; 256]).collect();
            let keys = NEW.map(|n| m.key(n));
            dealings[1] = forged(&dealings[1], m.key(1), &keys, &parts);
        }
        let taken = NEW.map(|n| m.take(n, &first, &dealings).unwrap());
        let done = m.say_done(&first);
        let policy = m.book.logged.policy();
        let compared = check_taken(&first, &taken, &policy, &m.book.region.keys);
        assert!(compared.is_ok(), "there is nothing to compare");
        let words = [0, 1].map(|i| m.hand_over(i, [&first, &done], &taken).unwrap());
        for n in NEW {
            m.begin(n, [&first, &done], &words).unwrap();
        }
        let request = m.book.request(&grant, &[1]);
        let releases = [3, 4].map(|i| m.release(i, &request).unwrap());
        let moved = Moved {
            steps: [first, done],
            dealings,
            taken: taken.to_vec(),
        };
        let gates = m.new_gates(&moved).unwrap();
        let opened = m.open(&gates, &request, &releases);
        match wrong {
            false => assert_eq!(opened.unwrap(), b"health", "control"),
            true => assert!(matches!(opened, Err(OpenKeyError::Envelope(_)))),
        }

        // The author's deposits lie beside the envelope, sealed to keys that gates keep when they delete their shares.
        let (owned, deposits) = (m.book.region.owned(), m.book.deposits());
        let shares = [0, 1].map(|i| deposits[i].open(m.key(i)).unwrap());
        let health = owned.open_advisory(&Section::Health, &shares).unwrap();
        assert_eq!(health.section().content(), b"health");
        assert!(
            owned.open_advisory(&Section::Health, &shares[..1]).is_err(),
            "control: one key alone does not"
        );
        assert!(
            deposits[0].open(m.key(3)).is_err(),
            "control: nor does a new gate's"
        );
    }
}
