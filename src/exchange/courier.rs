//! Reaching the parties that stand apart: bytes to them, bytes back.

use crate::keys::KeyId;
use std::error::Error;
use thiserror::Error;

/// A party of a book.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum To {
    /// The witness whose key has this name.
    Witness(String),
    /// The gate with this key.
    Gate(KeyId),
}

/// Carries a message to a party and its answer back, over whatever there is: a call in this process
/// ([`super::Colocated`]), a socket, a command. It need not be trusted: every answer is signed by who gives it. What it
/// sees are entries of the log, so it should keep them from others.
pub trait Courier {
    /// Hands over a message and gives the answer.
    ///
    /// # Errors
    /// Where the party cannot be reached. Sent again, a message does nothing twice.
    fn carry(&mut self, to: &To, message: &[u8]) -> Result<Vec<u8>, CourierError>;
}

impl<F: FnMut(&To, &[u8]) -> Result<Vec<u8>, CourierError>> Courier for F {
    fn carry(&mut self, to: &To, message: &[u8]) -> Result<Vec<u8>, CourierError> {
        self(to, message)
    }
}

/// A party that was not reached.
#[derive(Debug, Error)]
#[error("not reached: {0}")]
pub struct CourierError(#[source] Box<dyn Error + Send + Sync>);

impl CourierError {
    /// Why.
    pub fn new(why: impl Into<Box<dyn Error + Send + Sync>>) -> CourierError {
        CourierError(why.into())
    }
}
