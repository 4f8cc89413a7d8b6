//! An agency with an author, an owner, three gates, and a stranger.

use billetbook::clock::{UnixTime, Window};
use billetbook::consent::Policy;
use billetbook::envelope::{
    Billet, GateHalf, GateShares, Gates, OpenError, OwnedEnvelope, Padding, Sealer,
    VerifiedEnvelope,
};
use billetbook::keys::{KeyProvider, KeyRecord, Role, RoleKeys, Root};
use billetbook::record::Section;

/// 2026-06-01.
const START: u64 = 1_780_272_000;

/// A policy that knows the sections of the claims.
pub(crate) const POLICY: &str = include_str!("../vectors/policy-v1.toml");

pub(crate) fn policy(text: &str) -> Policy {
    Policy::parse(text).unwrap()
}

/// Seconds after the policy and all keys begin; they end after 1,000.
pub(crate) fn at(secs: u64) -> UnixTime {
    UnixTime::from_secs(START + secs).unwrap()
}

pub(crate) struct Office {
    pub(crate) window: Window,
    root: Root,
    pub(crate) policy: Policy,
    pub(crate) author: RoleKeys,
    pub(crate) author_record: KeyRecord,
    pub(crate) owner: RoleKeys,
    pub(crate) stranger: RoleKeys,
    pub(crate) gates: [RoleKeys; 3],
}

impl Office {
    pub(crate) fn new() -> Office {
        let window = Window::new(at(0), at(1_000)).unwrap();
        let root = Root::generate("West").unwrap();
        let key = |role, name: &str| RoleKeys::generate(role, name, window).unwrap();
        let author = key(Role::Issue, "author");
        Office {
            window,
            author_record: root.certify(author.request()),
            author,
            owner: key(Role::Open, "owner"),
            stranger: key(Role::Open, "stranger"),
            gates: ["1", "2", "3"].map(|n| key(Role::Gate, n)),
            root,
            policy: policy(POLICY),
        }
    }

    pub(crate) fn certify(&self, key: &RoleKeys) -> KeyRecord {
        self.root.certify(key.request())
    }

    /// Sealed by the author for the owner behind 2 of 3 gates.
    pub(crate) fn seal(&self, padding: Padding, sections: &[(Section, &[u8])]) -> Billet {
        let gates = self.gates.iter().map(|g| self.certify(g)).collect();
        let gates = Gates::new(gates).unwrap();
        Sealer::new(
            &self.author,
            &self.certify(&self.owner),
            &gates,
            &self.policy,
        )
        .padding(padding)
        .seal(sections, at(500))
        .unwrap()
    }

    pub(crate) fn verified<'a>(&self, billet: &'a Billet) -> VerifiedEnvelope<'a> {
        billet
            .envelope()
            .unwrap()
            .verify(&self.author_record)
            .unwrap()
    }

    pub(crate) fn owned<'a>(&self, billet: &'a Billet) -> OwnedEnvelope<'a> {
        self.verified(billet)
            .owned_by(billet.owner_packet(), &self.owner)
            .unwrap()
    }

    pub(crate) fn shares(&self, billet: &Billet, gate: usize) -> GateShares {
        let deposit = billet.deposits()[gate].clone();
        let deposit = self
            .verified(billet)
            .deposit(deposit, &self.author_record)
            .unwrap();
        deposit.open(&self.gates[gate]).unwrap()
    }

    pub(crate) fn gate_half(
        &self,
        billet: &Billet,
        slot: u8,
        gates: &[usize],
    ) -> Result<GateHalf, OpenError> {
        let shares: Vec<GateShares> = gates.iter().map(|g| self.shares(billet, *g)).collect();
        let shares: Vec<_> = shares.iter().filter_map(|s| s.share(slot)).collect();
        self.verified(billet).gate_half(slot, &shares)
    }
}
