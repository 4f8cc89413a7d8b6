//! What stands in the column of diffused CLKs, which the room `clk` makes.

#[cfg(feature = "parquet")]
use crate::keys::{Secret, label};

/// Bits of a diffused CLK in a token file.
pub const RESIDUE_BITS: usize = 2048;
/// Bytes of it.
pub const RESIDUE_LEN: usize = RESIDUE_BITS / 8;

/// What stands in the place of a CLK that there is none of: bits that look like one, the same at every tokenising.
/// HKDF-Expand (RFC 5869) from the agency's own pad key.
#[cfg(feature = "parquet")]
pub(crate) fn residue_pad(local_pad: &Secret, id: &str) -> [u8; RESIDUE_LEN] {
    let mut out = [0; RESIDUE_LEN];
    let info = [label::RESIDUE_PAD, id.as_bytes()];
    let expanded = hkdf::Hkdf::<sha2::Sha256>::from_prk(local_pad.secret_bytes())
        .map(|h| h.expand_multi_info(&info, &mut out));
    match expanded {
        Ok(Ok(())) => out,
        _ => unreachable!("a key of 32 bytes, and 256 bytes are within HKDF's limit"),
    }
}
