//! Fingerprints of identities, in words that can be read aloud.

use super::identity::IdentityError;
use std::fmt;

/// SHA-256 of a public identity, shown in Crockford's base 32 so that it can be read aloud.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub(crate) [u8; 32]);

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 200 of the 256 bits, as eight groups of five characters.
        for (i, chunk) in self.0[..25].chunks_exact(5).enumerate() {
            let bits = chunk.iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
            let text: String = (0..8)
                .rev()
                .map(|k| char::from(CROCKFORD[usize::try_from(bits >> (5 * k) & 31).unwrap_or(0)]))
                .collect();
            write!(
                f,
                "{}{}-{}",
                if i > 0 { "-" } else { "" },
                &text[..4],
                &text[4..]
            )?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Fingerprint {
    type Err = IdentityError;

    /// Reads the text form; it names 200 bits, so it is compared with [`Fingerprint::is_named_by`].
    fn from_str(text: &str) -> Result<Fingerprint, IdentityError> {
        let mut bits = Vec::new();
        for c in text.bytes().filter(|c| *c != b'-') {
            let c = match c.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                c => c,
            };
            let at = CROCKFORD
                .iter()
                .position(|d| *d == c)
                .ok_or(IdentityError::Fingerprint)?;
            bits.push(crate::limits::byte(at));
        }
        if bits.len() != 40 {
            return Err(IdentityError::Fingerprint);
        }
        let mut out = [0; 32];
        for (i, group) in bits.chunks_exact(8).enumerate() {
            let n = group.iter().fold(0u64, |n, b| n << 5 | u64::from(*b));
            out[i * 5..i * 5 + 5].copy_from_slice(&n.to_be_bytes()[3..]);
        }
        Ok(Fingerprint(out))
    }
}

impl Fingerprint {
    /// True where `other` was read from this fingerprint's text form.
    pub fn is_named_by(&self, other: &Fingerprint) -> bool {
        self.0[..25] == other.0[..25]
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;
    use crate::keys::identity::Identity;

    #[test]
    fn a_fingerprint_is_read_back_from_its_words() {
        let print = Identity::generate("A").unwrap().public().fingerprint();
        let read: Fingerprint = print.to_string().parse().unwrap();
        assert!(print.is_named_by(&read));
        assert!(
            !Identity::generate("A")
                .unwrap()
                .public()
                .fingerprint()
                .is_named_by(&read)
        );
        assert_eq!(print.to_string().len(), 49);
        assert!("12345".parse::<Fingerprint>().is_err());
    }
}
