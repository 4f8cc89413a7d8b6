use super::{BLOCK, MacKey};
use zeroize::Zeroize;

/// Bytes that SHA-256's padding needs at least: one of bits, eight of length.
const PADDING: usize = 9;

/// Messages for one key, padded as SHA-256 wants them. Wiped when dropped.
#[derive(Default)]
pub(crate) struct Messages {
    /// One a message; of a long one, zeros.
    blocks: Vec<[u8; BLOCK]>,
    /// Messages of more than one block, by their index.
    long: Vec<(usize, Vec<[u8; BLOCK]>)>,
}

impl Messages {
    pub(crate) fn clear(&mut self) {
        self.blocks.clear();
        self.wipe_long();
    }

    pub(super) fn blocks(&self) -> &[[u8; BLOCK]] {
        &self.blocks
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
        let mut block = [0; BLOCK];
        if length + PADDING <= BLOCK {
            pad(&mut block, key, length, pieces);
        } else {
            let mut blocks = vec![[0; BLOCK]; (length + PADDING).div_ceil(BLOCK)];
            pad(blocks.as_flattened_mut(), key, length, pieces);
            self.long.push((self.blocks.len(), blocks));
        }
        self.blocks.push(block);
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
    out[at] = 0x80;
    let end = out.len() - 8;
    out[end..].copy_from_slice(&((key.fed + length as u64) * 8).to_be_bytes());
}

impl Drop for Messages {
    fn drop(&mut self) {
        self.blocks.zeroize();
        self.wipe_long();
    }
}
