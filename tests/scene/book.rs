//! A log that its witnesses cosign.

use super::{LOG, Scene, now, opening_key};
use billetbook::audit::{
    Draft, Entry, Hash, Kind, Log, Reading, RequestId, SignedCheckpoint, Store, Witness,
    WitnessStore,
};
use billetbook::gate::Evidence;

/// A log and its witnesses.
pub(crate) struct Book<S, W> {
    pub(crate) log: Log<S>,
    pub(crate) witnesses: [Witness<W>; 2],
}

impl<S: Store, W: WitnessStore> Book<S, W> {
    /// Gives the entry's number.
    pub(crate) fn append(&mut self, kind: Kind, bytes: Vec<u8>) -> u64 {
        append(&mut self.log, kind, bytes)
    }

    /// The log as signed and cosigned by both witnesses.
    pub(crate) fn cosigned(&mut self, scene: &Scene) -> SignedCheckpoint {
        let mut signed = self.log.publish(&scene.log_key()).unwrap();
        for (key, witness) in scene.witness_keys().iter().zip(&mut self.witnesses) {
            let seen = witness.latest(LOG).unwrap().map_or(0, |s| s.size);
            let step = self.log.add_checkpoint(seen, &signed).unwrap();
            signed.add(witness.add_checkpoint(&step, now(), key).unwrap());
        }
        signed
    }

    pub(crate) fn evidence(&mut self, index: u64, signed: &SignedCheckpoint) -> Evidence {
        evidence(&mut self.log, index, signed)
    }

    /// Logs an entry and proves it.
    pub(crate) fn enter(&mut self, scene: &Scene, kind: Kind, bytes: Vec<u8>) -> Evidence {
        let index = self.append(kind, bytes);
        let signed = self.cosigned(scene);
        self.evidence(index, &signed)
    }

    /// That the tree of a checkpoint extends the one of `seen` entries.
    pub(crate) fn since(&mut self, seen: u64, signed: &SignedCheckpoint) -> Vec<Hash> {
        self.log.add_checkpoint(seen, signed).unwrap().proof
    }
}

/// Gives the entry's number.
pub(crate) fn append<S: Store>(log: &mut Log<S>, kind: Kind, bytes: Vec<u8>) -> u64 {
    let draft = Draft {
        request: RequestId::generate().unwrap(),
        entry: Entry::new(kind, bytes).unwrap(),
        rows: Vec::new(),
    };
    log.append(&opening_key(), vec![draft]).unwrap()[0].index
}

/// An entry of such a log and its proof.
pub(crate) fn evidence<S: Store>(
    log: &mut Log<S>,
    index: u64,
    signed: &SignedCheckpoint,
) -> Evidence {
    let opening = match log.reading(index, &opening_key()).unwrap() {
        Reading::Open(opening) => opening,
        left => unreachable!("entry {index}: {left:?}"),
    };
    Evidence {
        opening,
        proof: log.prove(index, signed).unwrap(),
    }
}
