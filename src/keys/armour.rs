//! Text armour (RFC 7468, strict) for what is mailed or kept as text.

/// Not the armoured text of this kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no {0} file")]
pub struct NotArmour(pub(crate) &'static str);

pub(crate) fn armour(label: &'static str, bytes: &[u8]) -> String {
    pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, bytes).unwrap_or_default()
}

/// The bytes under `label`; `what` is the kind of file that the error names.
pub(crate) fn unarmour(label: &str, what: &'static str, text: &str) -> Result<Vec<u8>, NotArmour> {
    match pem_rfc7468::decode_vec(text.as_bytes()) {
        Ok((found, bytes)) if found == label => Ok(bytes),
        _ => Err(NotArmour(what)),
    }
}
