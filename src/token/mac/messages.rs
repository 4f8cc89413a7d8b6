use super::{BLOCK, MacKey};
use std::ops::Range;
use zeroize::Zeroize;

/// Bytes that SHA-256's padding needs at least: one of bits, eight of length.
const PADDING: usize = 9;

/// What follows a message: a bit, then zeros.
const END: [u8; BLOCK] = {
    let mut end = [0; BLOCK];
    end[0] = 0x80;
    end
};

/// Messages for one key, padded as SHA-256 wants them. Wiped when dropped.
#[derive(Default)]
pub(crate) struct Messages {
    /// One a message, of a long one zeros; and beyond them what was copied too much.
    blocks: Vec<[u8; BLOCK]>,
    used: usize,
    /// Messages of more than one block, by their index.
    long: Vec<(usize, Vec<[u8; BLOCK]>)>,
}

impl Messages {
    /// Room for so many messages, so that none is left behind where they stood before they grew.
    pub(crate) fn with_room(messages: usize) -> Messages {
        let mut own = Messages::default();
        own.blocks = vec![[0; BLOCK]; messages + 1];
        own
    }

    pub(crate) fn clear(&mut self) {
        self.used = 0;
        self.wipe_long();
    }

    pub(super) fn blocks(&self) -> &[[u8; BLOCK]] {
        &self.blocks[..self.used]
    }

    pub(super) fn long(&self) -> &[(usize, Vec<[u8; BLOCK]>)] {
        &self.long
    }

    /// Adds a message in pieces, to be hashed under `key`.
    pub(crate) fn push<'a>(
        &mut self,
        key: &MacKey,
        pieces: impl Iterator<Item = &'a [u8]> + Clone,
    ) {
        let length: usize = pieces.clone().map(<[u8]>::len).sum();
        let own = &mut self.next()[..BLOCK];
        own.fill(0);
        if length + PADDING <= BLOCK {
            pad(own, key, length, pieces);
        } else {
            let mut blocks = vec![[0; BLOCK]; (length + PADDING).div_ceil(BLOCK)];
            pad(blocks.as_flattened_mut(), key, length, pieces);
            self.long.push((self.used, blocks));
        }
        self.used += 1;
    }

    /// As [`Messages::push`], of pieces in an `arena` that goes on for a block after each: copies of one size need no
    /// call, and the next one overwrites what was copied too much.
    pub(crate) fn push_of(
        &mut self,
        key: &MacKey,
        arena: &[u8],
        pieces: impl Iterator<Item = Range<usize>> + Clone,
    ) {
        let own = self.next();
        let mut length = 0;
        for piece in pieces.clone() {
            own[length..length + BLOCK].copy_from_slice(&arena[piece.start..piece.start + BLOCK]);
            length += piece.len();
            if length + PADDING > BLOCK {
                return self.push(key, pieces.map(|piece| &arena[piece]));
            }
        }
        own[length..length + BLOCK].copy_from_slice(&END);
        finish(&mut own[..BLOCK], key, length);
        self.used += 1;
    }

    /// The next message's block, and one more.
    fn next(&mut self) -> &mut [u8] {
        let end = self.used + 2;
        if self.blocks.len() < end {
            self.blocks.resize(end.next_power_of_two(), [0; BLOCK]);
        }
        self.blocks[self.used..end].as_flattened_mut()
    }

    fn wipe_long(&mut self) {
        for (_, blocks) in &mut self.long {
            blocks.zeroize();
        }
        self.long.clear();
    }
}

fn pad<'a>(out: &mut [u8], key: &MacKey, length: usize, pieces: impl Iterator<Item = &'a [u8]>) {
    let mut at = 0;
    for piece in pieces {
        out[at..at + piece.len()].copy_from_slice(piece);
        at += piece.len();
    }
    out[at] = END[0];
    finish(out, key, length);
}

/// The length, in bits, at the end of the last block.
fn finish(out: &mut [u8], key: &MacKey, length: usize) {
    let end = out.len() - 8;
    out[end..].copy_from_slice(&((key.fed + length as u64) * 8).to_be_bytes());
}

impl Drop for Messages {
    fn drop(&mut self) {
        self.blocks.zeroize();
        self.wipe_long();
    }
}
