//! For benches only: tags of messages under a key of the caller's.

use super::{Kernel, MacKey, Messages};

/// The first 16 bytes of HMAC-SHA-256 of every message, by a kernel.
pub fn tags(kernel: Kernel, secret: &[u8; 32], messages: &[[u8; 25]]) -> Vec<[u8; 16]> {
    let key = MacKey::new(secret);
    let (mut padded, mut out) = (Messages::default(), Vec::with_capacity(messages.len()));
    for some in messages.chunks(1024) {
        padded.clear();
        for message in some {
            padded.push(&key, [&message[..]].into_iter());
        }
        kernel.tags(&key, &padded, &mut out);
    }
    out
}
