use super::MOST_GATES;
use super::header::quorum;
use crate::keys::KeyId;
use crate::limits::byte;
use crate::wire::{Reader, WireError, Writer};

/// The gates that keep an envelope's shares: those of its header (epoch 0), or those to which they were dealt anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateSet {
    epoch: u32,
    threshold: u8,
    gates: Vec<KeyId>,
}

impl GateSet {
    /// Gates, the first of which is gate 1, of which `threshold` open. `None` where two quorums need not share a gate,
    /// a gate stands twice, or there are more than 7.
    pub fn new(epoch: u32, threshold: usize, gates: Vec<KeyId>) -> Option<GateSet> {
        let twice = |(i, gate): (usize, &KeyId)| gates[..i].contains(gate);
        let sound = quorum(threshold, gates.len()) && !gates.iter().enumerate().any(twice);
        sound.then(|| GateSet {
            epoch,
            threshold: byte(threshold),
            gates,
        })
    }

    /// How often the shares were dealt anew before they came to these gates.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// How many gates open.
    pub fn threshold(&self) -> usize {
        usize::from(self.threshold)
    }

    /// The gates' keys.
    pub fn gates(&self) -> &[KeyId] {
        &self.gates
    }

    /// A gate's number, from 1; `None` where it is none of these.
    pub fn number(&self, gate: KeyId) -> Option<u8> {
        let at = self.gates.iter().position(|g| *g == gate)?;
        Some(byte(at + 1))
    }

    /// The key of the gate of that number.
    pub fn gate(&self, number: u8) -> Option<KeyId> {
        let at = usize::from(number).checked_sub(1)?;
        self.gates.get(at).copied()
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.u32(self.epoch);
        w.u8(self.threshold);
        w.u8(byte(self.gates.len()));
        self.gates.iter().for_each(|g| w.fixed(&g.0));
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<GateSet, WireError> {
        let at = r.at();
        let (epoch, threshold) = (r.u32()?, r.u8()?);
        let count = r.count_u8(MOST_GATES)?;
        let gates = (0..count).map(|_| r.fixed().map(KeyId));
        let gates = gates.collect::<Result<_, _>>()?;
        let set = GateSet::new(epoch, usize::from(threshold), gates);
        set.ok_or(WireError::Value { at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gates(of: &[u8]) -> Vec<KeyId> {
        of.iter().map(|b| KeyId([*b; 32])).collect()
    }

    #[test]
    fn sets_of_which_two_quorums_share_a_gate_are_read_as_written_and_no_others() {
        let set = GateSet::new(3, 2, gates(&[5, 6, 7])).unwrap();
        let mut w = Writer::default();
        set.write(&mut w);
        let bytes = w.finish();
        let read = |bytes: &[u8]| {
            let mut r = Reader::bare(bytes);
            let set = GateSet::read(&mut r)?;
            r.finish().map(|()| set)
        };
        assert_eq!(read(&bytes), Ok(set.clone()));
        for n in 0..bytes.len() {
            assert!(read(&bytes[..n]).is_err());
        }
        assert_eq!(
            (set.number(KeyId([7; 32])), set.number(KeyId([8; 32]))),
            (Some(3), None)
        );
        assert_eq!(
            (set.gate(1), set.gate(3)),
            (Some(KeyId([5; 32])), Some(KeyId([7; 32])))
        );
        assert_eq!((set.gate(0), set.gate(4)), (None, None));
        assert!(GateSet::new(0, 1, gates(&[1])).is_some());
        assert!(GateSet::new(0, 0, Vec::new()).is_none());
        assert!(GateSet::new(0, 1, gates(&[1, 2])).is_none());
        assert!(GateSet::new(0, 4, gates(&[1, 2, 3])).is_none());
        assert!(GateSet::new(0, 2, gates(&[1, 2, 1])).is_none());
        assert!(GateSet::new(0, 5, gates(&[1, 2, 3, 4, 5, 6, 7, 8])).is_none());
    }
}
