//! What a key is for.

use crate::coded::coded;

coded! {
    /// What a key may be used for; a key has one role for life.
    #[non_exhaustive]
    pub enum Role: u8, "roles of keys" {
        /// Seals envelopes and issues grants.
        Issue = 1, "issue", "an issue key";
        /// Has envelopes and grants opened to it.
        Open = 2, "open", "an open key";
        /// Releases shares.
        Gate = 3, "gate", "a gate key";
        /// Signs checkpoints of a log.
        Log = 4, "log", "a log key";
        /// Cosigns checkpoints.
        Witness = 5, "witness", "a witness key";
        /// One officer of a two-person break-glass opening.
        BreakGlass = 6, "break-glass", "a break-glass key";
    }
}
