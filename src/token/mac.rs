//! HMAC-SHA-256 of many short messages under one key, the first 16 bytes of each: a file's tokens are millions
//! of these, and one at a time they are most of the cost.
//!
//! The definition is the `hmac` crate's; every kernel is held to it by test. What a thief of a [`MacKey`] gains
//! is what the key itself would give; keys and messages are wiped when dropped.

mod messages;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use messages::Messages;

use sha2::block_api::compress256;
use zeroize::{Zeroize, ZeroizeOnDrop};

pub(crate) const BLOCK: usize = 64;
/// SHA-256's initial state (FIPS 180-4, 5.3.3).
const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// How tags are computed: chosen once from what the processor can do. One that it cannot do cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    ShaNi(x86::ShaNi),
    #[cfg(target_arch = "x86_64")]
    Avx512(x86::Avx512),
}

impl Kernel {
    /// The fastest that this processor has.
    pub fn best() -> Kernel {
        let found = Self::all().into_iter().rev().find_map(|(_, kernel)| kernel);
        found.unwrap_or(Kernel(Kind::Portable))
    }

    /// Every kernel by name, the slowest first; `None` where the processor lacks it.
    #[cfg(target_arch = "x86_64")]
    pub fn all() -> [(&'static str, Option<Kernel>); 3] {
        [
            ("portable", Some(Kernel(Kind::Portable))),
            (
                "sha-ni",
                x86::ShaNi::detect().map(|k| Kernel(Kind::ShaNi(k))),
            ),
            (
                "avx512",
                x86::Avx512::detect().map(|k| Kernel(Kind::Avx512(k))),
            ),
        ]
    }

    /// Every kernel by name, the slowest first; `None` where the processor lacks it.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn all() -> [(&'static str, Option<Kernel>); 1] {
        [("portable", Some(Kernel(Kind::Portable)))]
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kind::ShaNi(_) => "sha-ni",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(_) => "avx512",
        }
    }

    /// Appends the tag of every message, in order.
    pub(crate) fn tags(self, key: &MacKey, messages: &Messages, out: &mut Vec<[u8; 16]>) {
        let start = out.len();
        let blocks = messages.blocks();
        out.resize(start + blocks.len(), [0; 16]);
        let tags = &mut out[start..];
        match self.0 {
            Kind::Portable => key.tags(blocks, tags),
            #[cfg(target_arch = "x86_64")]
            Kind::ShaNi(kernel) => kernel.tags(key, blocks, tags),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(kernel) => kernel.tags(key, blocks, tags),
        }
        for (i, blocks) in messages.long() {
            tags[*i] = key.tag_of(blocks);
        }
    }
}

/// A key with its first blocks already hashed: the two pads of HMAC (RFC 2104) and what every message begins with.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct MacKey {
    inner: [u32; 8],
    outer: [u32; 8],
    /// Bytes hashed into `inner`: whole blocks.
    fed: u64,
}

impl MacKey {
    pub(crate) fn new(secret: &[u8; 32]) -> MacKey {
        let pad = |with: u8| {
            let mut block = [with; BLOCK];
            for (b, k) in block.iter_mut().zip(secret) {
                *b ^= k;
            }
            let mut state = START;
            compress256(&mut state, &[block]);
            block.zeroize();
            state
        };
        MacKey {
            inner: pad(0x36),
            outer: pad(0x5c),
            fed: BLOCK as u64,
        }
    }

    /// The key of messages that all begin with these blocks.
    pub(crate) fn after(&self, blocks: &[[u8; BLOCK]]) -> MacKey {
        let mut key = self.clone();
        compress256(&mut key.inner, blocks);
        key.fed += (blocks.len() * BLOCK) as u64;
        key
    }

    /// Tags of padded messages of one block each.
    fn tags(&self, blocks: &[[u8; BLOCK]], out: &mut [[u8; 16]]) {
        for (block, tag) in blocks.iter().zip(out) {
            *tag = self.tag_of(std::slice::from_ref(block));
        }
    }

    /// The tag of one padded message.
    fn tag_of(&self, blocks: &[[u8; BLOCK]]) -> [u8; 16] {
        let mut inner = self.inner;
        compress256(&mut inner, blocks);
        let mut block = [0; BLOCK];
        for (bytes, word) in block.chunks_exact_mut(4).zip(&inner) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        block[32] = 0x80;
        // One block of key and 32 bytes of digest, in bits.
        block[62..].copy_from_slice(&768u16.to_be_bytes());
        let mut outer = self.outer;
        compress256(&mut outer, &[block]);
        let mut tag = [0; 16];
        for (bytes, word) in tag.chunks_exact_mut(4).zip(&outer) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hmac::{Hmac, KeyInit, Mac};
    use proptest::prelude::*;
    use sha2::Sha256;

    fn definition(secret: &[u8; 32], head: &[[u8; BLOCK]], message: &[u8]) -> [u8; 16] {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(head.as_flattened());
        mac.update(message);
        mac.finalize().into_bytes()[..16].try_into().unwrap()
    }

    fn check(secret: &[u8; 32], head: &[[u8; BLOCK]], list: &[Vec<u8>]) {
        let key = MacKey::new(secret).after(head);
        let mut messages = Messages::default();
        for m in list {
            let (a, b) = m.split_at(m.len() / 3);
            messages.push(&key, [a, b].into_iter());
        }
        let want: Vec<_> = list.iter().map(|m| definition(secret, head, m)).collect();
        for (name, kernel) in Kernel::all() {
            match kernel {
                Some(kernel) => {
                    let mut got = vec![[7; 16]];
                    kernel.tags(&key, &messages, &mut got);
                    assert_eq!(got[0], [7; 16]);
                    assert_eq!(got[1..], want, "{name}");
                }
                None => eprintln!("skipped: this processor lacks {name}"),
            }
        }
    }

    proptest! {
        #[test]
        fn every_kernel_is_hmac_sha_256(
            secret: [u8; 32],
            head in proptest::collection::vec(proptest::array::uniform32(any::<u8>()), 0..3),
            list in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..150), 0..70),
        ) {
            let head: Vec<[u8; BLOCK]> = head.iter().map(|h| [*h, *h].as_flattened().try_into().unwrap()).collect();
            check(&secret, &head, &list);
        }
    }

    #[test]
    fn every_length_and_every_number_of_messages() {
        for n in 0..=130 {
            check(&[3; 32], &[[9; BLOCK]], &[vec![b'x'; n]]);
        }
        for n in 0..=50u8 {
            let list: Vec<_> = (0..n).map(|i| vec![i; usize::from(i)]).collect();
            check(&[n; 32], &[], &list);
        }
    }

    #[test]
    fn rfc_4231_test_case_2_with_its_key_in_full_length() {
        // RFC 4231 case 2 ("Jefe"): a key of four bytes is that key padded with zeros.
        let mut secret = [0; 32];
        secret[..4].copy_from_slice(b"Jefe");
        let key = MacKey::new(&secret);
        let mut messages = Messages::default();
        messages.push(&key, [&b"what do ya want for nothing?"[..]].into_iter());
        let mut got = Vec::new();
        Kernel::best().tags(&key, &messages, &mut got);
        let want = [
            0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95,
            0x75, 0xc7,
        ];
        assert_eq!(got, [want]);
    }
}
