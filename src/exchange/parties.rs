//! The parties' own side: a message in, an answer out. No sockets: whatever carries bytes can carry these.

use super::courier::{Courier, CourierError, To};
use super::error::ExchangeError;
use super::gate_message::{GateAnswer, GateCall, GateMessage, Refusal, Remedy};
use crate::audit::{AddCheckpoint, NoteSignature, NoteSigner, Witness, WitnessError, WitnessStore};
use crate::clock::UnixTime;
use crate::gate::{Denial, Gate, GateStore};
use crate::keys::Directory;
use std::fmt;

/// A gate's answer to a message. Whatever is wrong with the message or the gate's store is an answer too.
pub fn serve_gate<S: GateStore>(
    gate: &mut Gate<'_, S>,
    keys: &Directory,
    message: &[u8],
    now: UnixTime,
) -> Vec<u8> {
    let answer = match GateMessage::decode(message) {
        Ok(message) => answer(gate, keys, message, now),
        Err(e) => GateAnswer::Denied(Refusal {
            remedy: Remedy::None,
            words: e.to_string(),
        }),
    };
    answer.encode()
}

fn answer<S: GateStore>(
    gate: &mut Gate<'_, S>,
    keys: &Directory,
    message: GateMessage,
    now: UnixTime,
) -> GateAnswer {
    let mut keys = keys.clone();
    for record in &message.records {
        // A record of a root that this gate does not trust counts for nothing, and what needs it is denied below.
        let _ = keys.add_bytes(record);
    }
    let done: Result<GateAnswer, Denial> = match message.call {
        GateCall::Deposit(d) => gate.deposit(&d, &keys).map(|()| GateAnswer::Kept),
        GateCall::Seen(origin) => gate.seen(&origin).map(GateAnswer::Seen),
        GateCall::Ask(ask) => gate.handle(&ask, &keys, now).map(GateAnswer::Release),
        GateCall::Revoke(r) => gate.revoke(&r, &keys, now).map(GateAnswer::Ended),
        GateCall::Erase(evidence) => gate.erase(&evidence, &keys).map(GateAnswer::Ended),
        GateCall::List(envelope) => gate.releases(envelope).map(GateAnswer::List),
        GateCall::Deal(evidence, header) => {
            let dealt = gate.deal(&evidence, &header, &keys, now);
            dealt.map(|d| GateAnswer::Dealt(Box::new(d)))
        }
        GateCall::Take(evidence, dealings) => {
            let taken = gate.take(&evidence, &dealings, &keys);
            taken.map(GateAnswer::Taken)
        }
        GateCall::HandOver(steps, taken) => {
            let [redeal, done] = steps.as_ref();
            let word = gate.hand_over([redeal, done], &taken, &keys);
            word.map(GateAnswer::Ended)
        }
        GateCall::Begin(steps, words) => {
            let [redeal, done] = steps.as_ref();
            let begun = gate.begin([redeal, done], &words, &keys);
            begun.map(|()| GateAnswer::Kept)
        }
    };
    done.unwrap_or_else(|denial| GateAnswer::Denied(Refusal::from(&denial)))
}

/// A witness's answer to an add-checkpoint request (C2SP tlog-witness): its signature line, `seen SIZE` where the proof
/// starts elsewhere than at what it has seen, or `refused: WHY`; then a newline.
pub fn serve_witness<S: WitnessStore, K: NoteSigner + ?Sized>(
    witness: &mut Witness<S>,
    signer: &K,
    message: &[u8],
    now: UnixTime,
) -> Vec<u8> {
    let request = std::str::from_utf8(message).map_err(|_| WitnessError::Form("it is not text"));
    let done = request
        .and_then(str::parse::<AddCheckpoint>)
        .and_then(|r| witness.add_checkpoint(&r, now, signer));
    WitnessAnswer::of(done).to_string().into_bytes()
}

/// What a witness answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WitnessAnswer {
    /// It cosigned.
    Cosigned(NoteSignature),
    /// Prove from this size.
    Seen(u64),
    /// It did not cosign, and why.
    Refused(String),
}

impl WitnessAnswer {
    fn of(done: Result<NoteSignature, WitnessError>) -> WitnessAnswer {
        match done {
            Ok(signature) => WitnessAnswer::Cosigned(signature),
            Err(WitnessError::Conflict { seen }) => WitnessAnswer::Seen(seen),
            Err(e) => WitnessAnswer::Refused(e.to_string().replace('\n', " ")),
        }
    }

    /// Reads an answer. Its signature is checked where the checkpoint is.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(bytes: &[u8]) -> Result<WitnessAnswer, ExchangeError> {
        let text = std::str::from_utf8(bytes).ok();
        let line = text.and_then(|t| t.strip_suffix('\n'));
        let line = line.filter(|l| !l.contains('\n'));
        let line = line.ok_or(ExchangeError::WitnessForm)?;
        if let Some(size) = line.strip_prefix("seen ") {
            let size = size.parse().map_err(|_| ExchangeError::WitnessForm)?;
            return Ok(WitnessAnswer::Seen(size));
        }
        if let Some(why) = line.strip_prefix("refused: ") {
            return Ok(WitnessAnswer::Refused(why.chars().take(500).collect()));
        }
        Ok(WitnessAnswer::Cosigned(line.parse()?))
    }
}

impl fmt::Display for WitnessAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WitnessAnswer::Cosigned(signature) => writeln!(f, "{signature}"),
            WitnessAnswer::Seen(size) => writeln!(f, "seen {size}"),
            WitnessAnswer::Refused(why) => writeln!(f, "refused: {why}"),
        }
    }
}

/// Gates and a witness in this process: the default of a book. They hold each other to the log, but whoever holds the
/// book holds them all, and an older copy of its folder takes them back with it.
pub struct Colocated<'k, G, W> {
    gates: Vec<Gate<'k, G>>,
    witness: Option<(Witness<W>, &'k dyn NoteSigner)>,
    keys: Directory,
    now: UnixTime,
}

impl<'k, G: GateStore, W: WitnessStore> Colocated<'k, G, W> {
    /// These gates and this witness, which trust these keys and go by this clock.
    pub fn new(
        gates: Vec<Gate<'k, G>>,
        witness: Option<(Witness<W>, &'k dyn NoteSigner)>,
        keys: Directory,
        now: UnixTime,
    ) -> Colocated<'k, G, W> {
        Colocated {
            gates,
            witness,
            keys,
            now,
        }
    }

    /// Another time on its clock.
    pub fn set_time(&mut self, now: UnixTime) {
        self.now = now;
    }

    /// Other keys to trust, where another agency's card was accepted.
    pub fn set_keys(&mut self, keys: Directory) {
        self.keys = keys;
    }

    /// The answer of a party, `None` where it is not in this process.
    pub fn answer(&mut self, to: &To, message: &[u8]) -> Option<Vec<u8>> {
        match to {
            To::Gate(id) => {
                let gate = self.gates.iter_mut().find(|g| g.key_id() == *id)?;
                Some(serve_gate(gate, &self.keys, message, self.now))
            }
            To::Witness(name) => {
                let (witness, signer) = self.witness.as_mut()?;
                (signer.verifier().name() == name)
                    .then(|| serve_witness(witness, *signer, message, self.now))
            }
        }
    }
}

impl<G: GateStore, W: WitnessStore> Courier for Colocated<'_, G, W> {
    fn carry(&mut self, to: &To, message: &[u8]) -> Result<Vec<u8>, CourierError> {
        let answer = self.answer(to, message);
        answer.ok_or_else(|| CourierError::new("no such party in this process"))
    }
}

impl<G, W> fmt::Debug for Colocated<'_, G, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Colocated").finish_non_exhaustive()
    }
}
