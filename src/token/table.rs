/// A linking token: 128 bits of HMAC-SHA-256. `Debug` is redacted.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token([u8; 16]);

impl Token {
    /// A token from its bytes.
    pub fn from_secret_bytes(bytes: [u8; 16]) -> Token {
        Token(bytes)
    }
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}
