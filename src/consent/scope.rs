use super::basis::LawfulBasis;
use super::party::{OrganisationId, Recipient, Role};
use super::purpose::Purpose;
use crate::clock::Window;
use crate::coded::coded;
use crate::record::Section;
use std::collections::BTreeSet;

coded! {
    /// How much is learnt: that a record exists, or what it says. Agreed apart; content tells existence too.
    pub enum Mode: u8, "modes" {
        Existence = 1, "existence", "that a record exists";
        Content = 2, "content", "what the record says";
    }
}

/// Who may learn what, for what, on what basis and when: a product of finite sets, an order and a window.
///
/// Scopes are a lattice once the empty one is counted as `None`: [`Scope::meet`] is what two allow together and
/// [`Scope::is_within`] the order. Narrowing is the meet, so nothing that is narrowed can widen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    organisations: BTreeSet<OrganisationId>,
    roles: BTreeSet<Role>,
    sections: BTreeSet<Section>,
    purposes: BTreeSet<Purpose>,
    mode: Mode,
    bases: BTreeSet<LawfulBasis>,
    window: Window,
}

impl Scope {
    /// The scope of those parts; `None` where one of them is empty, so that it would allow nothing.
    pub fn new(
        organisations: BTreeSet<OrganisationId>,
        roles: BTreeSet<Role>,
        sections: BTreeSet<Section>,
        purposes: BTreeSet<Purpose>,
        mode: Mode,
        bases: BTreeSet<LawfulBasis>,
        window: Window,
    ) -> Option<Scope> {
        let empty = organisations.is_empty()
            || roles.is_empty()
            || sections.is_empty()
            || purposes.is_empty()
            || bases.is_empty();
        if empty {
            return None;
        }
        Some(Scope {
            organisations,
            roles,
            sections,
            purposes: widest(purposes),
            mode,
            bases,
            window,
        })
    }

    /// What both allow.
    pub fn meet(&self, other: &Scope) -> Option<Scope> {
        Scope::new(
            common(&self.organisations, &other.organisations),
            common(&self.roles, &other.roles),
            common(&self.sections, &other.sections),
            // Of two purposes that overlap, the narrower is what they have in common.
            self.purposes
                .iter()
                .flat_map(|a| {
                    other.purposes.iter().filter_map(move |b| match () {
                        () if a.is_within(*b) => Some(*a),
                        () if b.is_within(*a) => Some(*b),
                        () => None,
                    })
                })
                .collect(),
            self.mode.min(other.mode),
            common(&self.bases, &other.bases),
            self.window.intersect(other.window)?,
        )
    }

    /// True where this scope allows nothing that `other` does not.
    pub fn is_within(&self, other: &Scope) -> bool {
        self.organisations.is_subset(&other.organisations)
            && self.roles.is_subset(&other.roles)
            && self.sections.is_subset(&other.sections)
            && self
                .purposes
                .iter()
                .all(|p| other.purposes.iter().any(|q| p.is_within(*q)))
            && self.mode <= other.mode
            && self.bases.is_subset(&other.bases)
            && self.window.is_within(other.window)
    }

    /// True where that recipient is in it.
    pub fn names(&self, recipient: &Recipient) -> bool {
        self.organisations.contains(&recipient.organisation) && self.roles.contains(&recipient.role)
    }

    /// What remains where consent no longer counts.
    pub fn without_consent(&self) -> Option<Scope> {
        let mut left = self.clone();
        left.bases.remove(&LawfulBasis::Consent);
        (!left.bases.is_empty()).then_some(left)
    }

    /// The organisations that may learn.
    pub fn organisations(&self) -> &BTreeSet<OrganisationId> {
        &self.organisations
    }

    /// The roles in these.
    pub fn roles(&self) -> &BTreeSet<Role> {
        &self.roles
    }

    /// The sections that may be learnt of.
    pub fn sections(&self) -> &BTreeSet<Section> {
        &self.sections
    }

    /// The purposes, none of them within another.
    pub fn purposes(&self) -> &BTreeSet<Purpose> {
        &self.purposes
    }

    /// How much may be learnt.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The bases.
    pub fn bases(&self) -> &BTreeSet<LawfulBasis> {
        &self.bases
    }

    /// When.
    pub fn window(&self) -> Window {
        self.window
    }
}

/// Drops purposes that lie within another one of the set: one form for each set of purposes.
fn widest(purposes: BTreeSet<Purpose>) -> BTreeSet<Purpose> {
    let narrower = |p: &Purpose| purposes.iter().any(|q| p != q && p.is_within(*q));
    purposes.iter().copied().filter(|p| !narrower(p)).collect()
}

fn common<T: Ord + Clone>(a: &BTreeSet<T>, b: &BTreeSet<T>) -> BTreeSet<T> {
    a.intersection(b).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::UnixTime;
    use crate::consent::Gateway;
    use proptest::collection::btree_set;
    use proptest::prelude::*;
    use proptest::sample::select;

    /// Scopes over few names, so that any two have something in common often enough.
    fn scopes() -> impl Strategy<Value = Scope> {
        let at = |s: u64| UnixTime::from_secs(s).unwrap();
        (
            btree_set(select(vec!["west", "east", "north"]), 1..4),
            btree_set(select(vec!["duty", "lead"]), 1..3),
            btree_set(select(Section::BUILT_IN.to_vec()), 1..6),
            btree_set(select(Purpose::ALL.to_vec()), 1..8),
            select(Mode::ALL.to_vec()),
            btree_set(
                select(vec![
                    LawfulBasis::Consent,
                    LawfulBasis::VitalInterests,
                    LawfulBasis::PublicTask(Gateway::ChildrenAct2004S11),
                ]),
                1..4,
            ),
            (0..20u64, 1..20u64),
        )
            .prop_map(
                move |(orgs, roles, sections, purposes, mode, bases, (from, len))| {
                    Scope::new(
                        orgs.iter().map(|o| o.parse().unwrap()).collect(),
                        roles.iter().map(|r| r.parse().unwrap()).collect(),
                        sections,
                        purposes,
                        mode,
                        bases,
                        Window::new(at(from), at(from + len)).unwrap(),
                    )
                    .unwrap()
                },
            )
    }

    /// The order with the empty scope below all.
    fn below(a: &Option<Scope>, b: &Option<Scope>) -> bool {
        match (a, b) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(a), Some(b)) => a.is_within(b),
        }
    }

    fn meet(a: &Option<Scope>, b: &Option<Scope>) -> Option<Scope> {
        a.as_ref()?.meet(b.as_ref()?)
    }

    proptest! {
        #[test]
        fn scopes_are_ordered(a in scopes(), b in scopes(), c in scopes()) {
            prop_assert!(a.is_within(&a));
            if a.is_within(&b) && b.is_within(&a) { prop_assert_eq!(&a, &b); }
            if a.is_within(&b) && b.is_within(&c) { prop_assert!(a.is_within(&c)); }
        }

        #[test]
        fn the_meet_is_the_greatest_scope_within_both(a in scopes(), b in scopes(), c in scopes()) {
            let (a, b, c) = (Some(a), Some(b), Some(c));
            let both = meet(&a, &b);
            prop_assert!(below(&both, &a) && below(&both, &b));
            // Whatever lies within both lies within the meet: narrow c into each first, so that it happens.
            let within = meet(&meet(&c, &a), &b);
            prop_assert!(below(&within, &both));
            if below(&c, &a) && below(&c, &b) { prop_assert!(below(&c, &both)); }
            prop_assert_eq!(&meet(&b, &a), &both);
            prop_assert_eq!(&meet(&a, &a), &a);
            prop_assert_eq!(meet(&meet(&a, &b), &c), meet(&a, &meet(&b, &c)));
            prop_assert_eq!(below(&a, &b), both == a);
        }

        #[test]
        fn without_consent_nothing_but_consent_is_gone(a in scopes()) {
            match a.without_consent() {
                None => prop_assert_eq!(a.bases().len(), 1),
                Some(left) => {
                    prop_assert!(left.is_within(&a) && !left.bases().contains(&LawfulBasis::Consent));
                    prop_assert_eq!(left.bases().len() + usize::from(a.bases().contains(&LawfulBasis::Consent)), a.bases().len());
                    prop_assert_eq!(left == a, !a.bases().contains(&LawfulBasis::Consent));
                }
            }
        }
    }

    #[test]
    fn a_scope_with_an_empty_part_is_none() {
        let full = || {
            let at = |s| UnixTime::from_secs(s).unwrap();
            (
                BTreeSet::from(["west".parse().unwrap()]),
                BTreeSet::from(["duty".parse().unwrap()]),
                BTreeSet::from([Section::Health]),
                BTreeSet::from([Purpose::Care]),
                BTreeSet::from([LawfulBasis::VitalInterests]),
                Window::new(at(0), at(1)).unwrap(),
            )
        };
        let make = |(o, r, s, p, b, w)| Scope::new(o, r, s, p, Mode::Content, b, w);
        assert!(make(full()).is_some());
        for part in 0..5 {
            let mut f = full();
            match part {
                0 => f.0.clear(),
                1 => f.1.clear(),
                2 => f.2.clear(),
                3 => f.3.clear(),
                _ => f.4.clear(),
            }
            assert!(make(f).is_none(), "part {part}");
        }
    }

    #[test]
    fn a_scope_names_a_role_in_an_organisation() {
        let at = |s| UnixTime::from_secs(s).unwrap();
        let scope = Scope::new(
            BTreeSet::from(["west".parse().unwrap()]),
            BTreeSet::from(["duty".parse().unwrap()]),
            BTreeSet::from([Section::Health]),
            BTreeSet::from([Purpose::Care, Purpose::EarlyHelp]),
            Mode::Content,
            BTreeSet::from([LawfulBasis::VitalInterests]),
            Window::new(at(0), at(1)).unwrap(),
        )
        .unwrap();
        let who = |o: &str, r: &str| Recipient {
            organisation: o.parse().unwrap(),
            role: r.parse().unwrap(),
        };
        assert!(scope.names(&who("west", "duty")));
        assert!(!scope.names(&who("east", "duty")));
        assert!(!scope.names(&who("west", "lead")));
        assert_eq!(scope.purposes(), &BTreeSet::from([Purpose::Care]));
    }
}
