//! Shares dealt anew: as many gates as open an envelope each deal their share of every slot among other gates, each of
//! which adds up what it was dealt (Desmedt and Jajodia, "Redistributing secret shares to new access structures", 1997).
//! What a new gate adds up is its share of the same gate half, which nobody has joined.
//!
//! Where more gates deal than it takes, what they deal must agree. Every combination of the dealers' polynomials that is
//! zero at zero whatever the gate half is, is laid open by the new gates (`checks`): it tells nothing of the half, since a
//! polynomial whose value at zero is known to be zero is known already to whoever holds one share too few.

use super::entropy::Os;
use super::half::{Bytes32, Share};
use super::{EnvelopeId, GateSet, GateShares, OpenError, SlotCount, shamir};
use crate::keys::label;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Which dealing of which envelope it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Round {
    pub(crate) envelope: EnvelopeId,
    /// The hash of its header.
    pub(crate) header: [u8; 32],
    /// The entry of the log by which the shares are dealt anew.
    pub(crate) redeal: [u8; 32],
    /// The epoch of the new gates.
    pub(crate) epoch: u32,
    pub(crate) slots: SlotCount,
}

/// One value of each slot.
pub(crate) type Blocks = Vec<[u8; 32]>;

impl Round {
    /// What a dealer says of what it deals to a gate: enough to know it again, nothing of what it is.
    pub(crate) fn sub_share_hash(
        &self,
        (dealer, gate, slot): (u8, u8, u8),
        share: &[u8; 32],
    ) -> [u8; 32] {
        self.hash(label::SUB_SHARE, &[dealer, gate, slot], share)
    }

    /// What a new gate says of its share of a slot.
    pub(crate) fn share_hash(&self, gate: u8, slot: u8, share: &[u8; 32]) -> [u8; 32] {
        self.hash(label::NEW_SHARE, &[gate, slot], share)
    }

    fn hash(&self, label: &[u8], place: &[u8], share: &[u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(label);
        hash.update(self.envelope.0);
        hash.update(self.redeal);
        hash.update(place);
        hash.update(share);
        hash.finalize().into()
    }

    /// A share that a new gate gave, where it is the one whose hash it signed.
    pub(crate) fn share(
        &self,
        gate: u8,
        (slot, signed): (u8, Option<&[u8; 32]>),
        share: &[u8; 32],
    ) -> Result<Share, OpenError> {
        if signed != Some(&self.share_hash(gate, slot, share)) {
            return Err(OpenError::WrongShare { gate, slot });
        }
        Ok(self.own(gate, slot, share))
    }

    fn own(&self, gate: u8, slot: u8, share: &[u8; 32]) -> Share {
        Share {
            envelope: self.header,
            epoch: self.epoch,
            gate,
            slot,
            bytes: Bytes32::copy(share),
        }
    }

    /// A gate's shares from the bytes that it kept; `None` where they are not one for each slot.
    pub(crate) fn shares(&self, gate: u8, bytes: &[u8]) -> Option<GateShares> {
        let (shares, rest) = bytes.as_chunks::<32>();
        let whole = rest.is_empty() && shares.len() == self.slots.get();
        whole.then(|| {
            let own = (0..).zip(shares).map(|(slot, s)| self.own(gate, slot, s));
            GateShares(own.collect())
        })
    }

    /// Adds up what dealers dealt to one gate, 32 bytes a slot each: the gate's shares, and its part of every check.
    /// `threshold` is how many of the dealers it takes. `None` where they are fewer, or their bytes are not one block for
    /// each slot.
    pub(crate) fn add_up(
        &self,
        gate: u8,
        dealt: &[(u8, Zeroizing<Vec<u8>>)],
        threshold: usize,
    ) -> Option<(GateShares, Vec<Blocks>)> {
        let mut parts: Vec<(u8, &[[u8; 32]])> = Vec::with_capacity(dealt.len());
        for (dealer, bytes) in dealt {
            let (blocks, rest) = bytes.as_chunks::<32>();
            if !rest.is_empty() || blocks.len() != self.slots.get() {
                return None;
            }
            parts.push((*dealer, blocks));
        }
        parts.sort_unstable_by_key(|p| p.0);
        let first = parts.get(..threshold)?;
        let numbers: Vec<u8> = parts.iter().map(|p| p.0).collect();
        let of_slot = |parts: &[(u8, &[[u8; 32]])], weights: &[u8], slot: usize| {
            let blocks = parts.iter().map(|p| &p.1[slot]);
            shamir::combine(weights.iter().copied().zip(blocks))
        };
        let weights = shamir::weights(&numbers[..threshold]);
        let mut shares = Vec::with_capacity(self.slots.get());
        for (slot, number) in (0..self.slots.get()).zip(0..) {
            let sum = of_slot(first, &weights, slot);
            shares.push(self.own(gate, number, &sum));
        }
        let checks = (0..parts.len() - threshold).map(|power| {
            let weights = shamir::check_weights(&numbers, power);
            let slots = 0..self.slots.get();
            slots.map(|s| *of_slot(&parts, &weights, s)).collect()
        });
        let checks = checks.collect();
        Some((GateShares(shares), checks))
    }
}

impl GateShares {
    /// Deals every share among `to`: for each of those gates 32 bytes a slot.
    pub(crate) fn deal(&self, to: &GateSet) -> Result<Vec<Zeroizing<Vec<u8>>>, OpenError> {
        let gates = to.gates().len();
        let mut out: Vec<_> = (0..gates)
            .map(|_| Zeroizing::new(Vec::with_capacity(32 * self.0.len())))
            .collect();
        let byte = crate::limits::byte;
        let counts = (byte(to.threshold()), byte(gates));
        for share in &self.0 {
            let parts = shamir::split(share.secret_bytes(), counts.0, counts.1, &mut Os);
            let parts = parts.map_err(|_| OpenError::NoRandomness)?;
            for (bytes, part) in out.iter_mut().zip(parts.iter()) {
                bytes.extend_from_slice(part);
            }
        }
        Ok(out)
    }

    /// 32 bytes a slot.
    pub(crate) fn secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(32 * self.0.len()));
        self.0
            .iter()
            .for_each(|s| out.extend_from_slice(s.secret_bytes()));
        out
    }
}

/// Whether what dealers dealt agrees, as the new gates' parts of the checks tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// Nothing is wrong. Where no more gates dealt than it takes, nothing was checked.
    Sound,
    /// Something is. Where one dealer alone explains it, its number; two more dealers than it takes are needed for that.
    Wrong(Option<u8>),
}

/// Compares all new gates' parts of the checks, by gate: gate 1 first. Each check is a polynomial that is zero at zero
/// and of a degree below `threshold`; gates that say otherwise were dealt what does not fit together.
pub(crate) fn agreement(
    parts: &[&[Blocks]],
    threshold: usize,
    slots: SlotCount,
    dealers: &[u8],
) -> Agreement {
    let gates: Vec<u8> = (1..).take(parts.len()).collect();
    let checks = parts.iter().map(|p| p.len()).max().unwrap_or(0);
    let mut wrong = false;
    // Dealers whose being wrong would explain every byte so far.
    let mut suspects: Vec<u8> = dealers.to_vec();
    for power in 0..=parts.len().saturating_sub(threshold) {
        let weights = shamir::check_weights_with_zero(&gates, power);
        for slot in 0..slots.get() {
            let syndromes = (0..checks).map(|check| {
                let blocks = parts.iter().filter_map(|p| p.get(check)?.get(slot));
                shamir::combine(weights.iter().copied().zip(blocks))
            });
            let syndromes: Vec<_> = syndromes.collect();
            for byte in 0..32 {
                let at: Vec<u8> = syndromes.iter().map(|s| s[byte]).collect();
                if at.iter().all(|b| *b == 0) {
                    continue;
                }
                wrong = true;
                // One wrong dealer d adds to each check d times what it adds to the one before.
                suspects.retain(|d| at.windows(2).all(|w| shamir::product(w[0], *d) == w[1]));
            }
        }
    }
    match (wrong, checks, suspects.as_slice()) {
        (false, ..) => Agreement::Sound,
        (true, 2.., [one]) => Agreement::Wrong(Some(*one)),
        _ => Agreement::Wrong(None),
    }
}

#[cfg(test)]
mod tests {
    use super::super::entropy::Seeded;
    use super::*;
    use crate::keys::KeyId;
    use proptest::prelude::*;

    const SLOTS: usize = 8;

    fn round() -> Round {
        Round {
            envelope: EnvelopeId([1; 16]),
            header: [2; 32],
            redeal: [3; 32],
            epoch: 1,
            slots: SlotCount::Eight,
        }
    }

    fn set(epoch: u32, threshold: u8, gates: u8) -> GateSet {
        let gates = (1..=gates).map(|g| KeyId([g; 32])).collect();
        GateSet::new(epoch, usize::from(threshold), gates).unwrap()
    }

    /// Every slot's secret, and the shares of it of each gate.
    fn dealt(t: u8, n: u8, seed: [u8; 32]) -> (Blocks, Vec<GateShares>) {
        let mut entropy = Seeded::new(seed);
        let secrets: Blocks = (0..8).map(|slot| [seed[0] ^ slot; 32]).collect();
        let mut out: Vec<Vec<Share>> = (0..n).map(|_| Vec::new()).collect();
        for (slot, secret) in (0..).zip(&secrets) {
            let shares = shamir::split(secret, t, n, &mut entropy).unwrap();
            for ((gate, of), share) in (1..).zip(&mut out).zip(shares.iter()) {
                of.push(round().own(gate, slot, share));
            }
        }
        (secrets, out.into_iter().map(GateShares).collect())
    }

    type Parts = Vec<(GateShares, Vec<Blocks>)>;

    /// What the new gates add up, where these dealers deal; each dealer's bytes pass through `alter`.
    fn add_up(
        shares: &[GateShares],
        (t, dealers): (u8, &[u8]),
        to: &GateSet,
        alter: impl Fn(u8, usize, &mut [u8]),
    ) -> Parts {
        let all = dealers.iter().map(|d| {
            let mut parts = shares[usize::from(*d) - 1].deal(to).unwrap();
            for (gate, bytes) in parts.iter_mut().enumerate() {
                alter(*d, gate + 1, bytes);
            }
            (*d, parts)
        });
        let all: Vec<_> = all.collect();
        let gates = 1..=to.gates().len();
        let of = |gate: usize| {
            let mine: Vec<_> = all.iter().map(|(d, p)| (*d, p[gate - 1].clone())).collect();
            round().add_up(u8::try_from(gate).unwrap(), &mine, usize::from(t))
        };
        gates.map(|g| of(g).unwrap()).collect()
    }

    fn judge(parts: &Parts, t: u8, dealers: &[u8]) -> Agreement {
        let checks: Vec<&[Blocks]> = parts.iter().map(|p| p.1.as_slice()).collect();
        agreement(&checks, usize::from(t), SlotCount::Eight, dealers)
    }

    #[test]
    fn a_share_is_known_again_at_its_gate_slot_and_redeal_only() {
        let (round, share) = (round(), [7; 32]);
        let signed = round.share_hash(1, 2, &share);
        let known = |round: Round, gate, slot, share: [u8; 32]| {
            round.share(gate, (slot, Some(&signed)), &share).is_ok()
        };
        assert!(known(round, 1, 2, share), "control");
        assert!(!known(round, 2, 2, share) && !known(round, 1, 3, share));
        assert!(!known(round, 1, 2, [8; 32]));
        let redeal = [9; 32];
        assert!(!known(Round { redeal, ..round }, 1, 2, share));
        let envelope = EnvelopeId([9; 16]);
        assert!(!known(Round { envelope, ..round }, 1, 2, share));
        assert!(round.share(1, (2, None), &share).is_err());
    }

    #[test]
    fn shares_are_one_block_for_each_slot() {
        for (length, whole) in [
            (256, true),
            (255, false),
            (257, false),
            (224, false),
            (288, false),
        ] {
            let bytes = vec![7; length];
            assert_eq!(round().shares(1, &bytes).is_some(), whole, "{length}");
            let dealt = [
                (1, Zeroizing::new(bytes)),
                (2, Zeroizing::new(vec![5; 256])),
            ];
            assert_eq!(round().add_up(1, &dealt, 2).is_some(), whole, "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_quorum_of_new_gates_has_the_same_secret(
            (n, t, dealing, n2, t2) in (1..=7u8, 1..=7u8, 0..128u8, 2..=7u8, 2..=7u8),
            seed: [u8; 32],
        ) {
            let (t, t2) = ((n / 2 + 1).max(t.min(n)), (n2 / 2 + 1).max(t2.min(n2)));
            let (secrets, shares) = dealt(t, n, seed);
            let mut dealers: Vec<u8> = (1..=n).filter(|d| dealing >> (d - 1) & 1 == 0).collect();
            if dealers.len() < usize::from(t) {
                dealers = (1..=t).collect();
            }
            let to = set(1, t2, n2);
            let parts = add_up(&shares, (t, &dealers), &to, |_, _, _| ());
            prop_assert_eq!(judge(&parts, t2, &dealers), Agreement::Sound);
            for (number, secret) in (0u8..).zip(&secrets) {
                let all: Vec<(u8, &[u8; 32])> = (1..)
                    .zip(&parts)
                    .map(|(g, p)| (g, p.0.share(number).unwrap().secret_bytes()))
                    .collect();
                let quorum = &all[usize::from(n2 - t2)..];
                prop_assert_eq!(&*shamir::join(quorum), secret);
                prop_assert_ne!(&*shamir::join(&quorum[1..]), secret);
            }
        }

        #[test]
        fn a_dealer_that_deals_something_else_is_found_out_and_named_where_two_more_deal_than_it_takes(
            liar in 1..=5u8, gate in 0..=5usize, (slot, byte) in (0..SLOTS, 0..32usize), by in 1..=255u8,
            seed: [u8; 32],
        ) {
            let (_, shares) = dealt(3, 5, seed);
            // A wrong value dealt to one new gate, or (gate 0) a wrong share dealt well.
            let alter = |d: u8, g: usize, bytes: &mut [u8]| {
                if d == liar && (gate == 0 || gate == g) {
                    bytes[32 * slot + byte] ^= by;
                }
            };
            let to = set(1, 3, 5);
            for (spare, dealers) in [(2, &[1, 2, 3, 4, 5][..]), (1, &[1, 2, 3, 4]), (0, &[1, 2, 3])] {
                let parts = add_up(&shares, (3, dealers), &to, alter);
                let found = judge(&parts, 3, dealers);
                let wanted = match (spare, dealers.contains(&liar)) {
                    (0, _) | (_, false) => Agreement::Sound,
                    (1, true) => Agreement::Wrong(None),
                    (_, true) => Agreement::Wrong(Some(liar)),
                };
                prop_assert_eq!(found, wanted);
            }
        }
    }

    /// Whoever sees one share before, all that was dealt to one gate after, and every check, sees what fits every secret:
    /// for each there is one choice of all that was drawn, and its checks are those that were laid open.
    #[test]
    fn one_share_too_few_and_all_the_checks_tell_nothing() {
        let (_, shares) = dealt(2, 3, [7; 32]);
        let to = set(1, 2, 3);
        let sub: Vec<Vec<u8>> = shares
            .iter()
            .map(|s| s.deal(&to).unwrap().iter().map(|gate| gate[0]).collect())
            .collect();
        let line = |at0: u8, at1: u8, x: u8| at0 ^ shamir::product(at0 ^ at1, x);
        let weights = shamir::check_weights(&[1, 2, 3], 0);
        let check = |values: [u8; 3]| {
            let scaled = values.iter().zip(&weights);
            scaled.fold(0, |sum, (v, w)| sum ^ shamir::product(*v, *w))
        };
        let open: Vec<u8> = (0..3)
            .map(|gate| check([sub[0][gate], sub[1][gate], sub[2][gate]]))
            .collect();
        let known = shares[0].share(0).unwrap().secret_bytes()[0];
        for secret in 0..=255u8 {
            let mut fits = Vec::new();
            for gate in 1..=3u8 {
                let values = [1, 2, 3].map(|dealer: u8| {
                    let share = line(secret, known, dealer);
                    line(share, sub[usize::from(dealer) - 1][0], gate)
                });
                fits.push(check(values));
            }
            assert_eq!(fits, open, "secret {secret}");
        }
    }
}
