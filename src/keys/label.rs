//! Every label of domain separation, NUL-terminated and distinct (tested).

pub(crate) const TOKEN_KEY: &[u8] = b"billetbook/1 token-key\0";
pub(crate) const CLOSED_KEY: &[u8] = b"billetbook/1 closed-identity-key\0";
pub(crate) const LOCAL_PAD_KEY: &[u8] = b"billetbook/1 local-pad-key\0";
pub(crate) const KEY_CHECK: &[u8] = b"billetbook/1 key-check\0";
pub(crate) const TOKEN: &[u8] = b"billetbook/1 token\0";
pub(crate) const LEAF: &[u8] = b"billetbook/1 leaf\0";
pub(crate) const OPENING: &[u8] = b"billetbook/1 opening\0";
pub(crate) const PAD: &[u8] = b"billetbook/1 pad\0";
pub(crate) const LOCAL_PAD: &[u8] = b"billetbook/1 local-pad\0";
pub(crate) const KEY_SET: &[u8] = b"billetbook/1 key-set\0";
pub(crate) const IDENTITY: &[u8] = b"billetbook/1 identity\0";
pub(crate) const FINGERPRINT: &[u8] = b"billetbook/1 fingerprint\0";
pub(crate) const DESCRIPTOR: &[u8] = b"billetbook/1 descriptor\0";
pub(crate) const MEMBER_SECRET: &[u8] = b"billetbook/1 member-secret\0";
#[cfg(any(feature = "parquet", test))]
pub(crate) const TOKEN_FILE: &[u8] = b"billetbook/1 token-file\0";
pub(crate) const ACCEPTED: &[u8] = b"billetbook/1 accepted\0";
#[cfg(any(feature = "parquet", test))]
pub(crate) const NOTE_NONCE: &[u8] = b"billetbook/1 note-nonce\0";
pub(crate) const NOTE_KEY: &[u8] = b"billetbook/1 note-key\0";
pub(crate) const KEY_REQUEST: &[u8] = b"billetbook/1 key-request\0";
pub(crate) const KEY_ID: &[u8] = b"billetbook/1 key-id\0";
pub(crate) const KEY_RECORD: &[u8] = b"billetbook/1 key-record\0";
pub(crate) const ROOT: &[u8] = b"billetbook/1 root\0";
pub(crate) const ROOT_ID: &[u8] = b"billetbook/1 root-id\0";
pub(crate) const COMPROMISE: &[u8] = b"billetbook/1 compromise\0";
pub(crate) const POLICY: &[u8] = b"billetbook/1 policy\0";
pub(crate) const ENVELOPE: &[u8] = b"billetbook/1 envelope\0";
pub(crate) const ENVELOPE_HEADER: &[u8] = b"billetbook/1 envelope-header\0";
pub(crate) const SLOT_HASH: &[u8] = b"billetbook/1 slot-hash\0";
pub(crate) const SLOT_KEY: &[u8] = b"billetbook/1 slot-key\0";
pub(crate) const SLOT_CONTEXT: &[u8] = b"billetbook/1 slot-context\0";
pub(crate) const OWNER_PACKET: &[u8] = b"billetbook/1 owner-packet\0";
pub(crate) const DEPOSIT: &[u8] = b"billetbook/1 deposit\0";
pub(crate) const DEPOSIT_SIGNATURE: &[u8] = b"billetbook/1 deposit-signature\0";
pub(crate) const SHARE: &[u8] = b"billetbook/1 share\0";
pub(crate) const GRANT: &[u8] = b"billetbook/1 grant\0";
pub(crate) const GRANT_CAPSULE: &[u8] = b"billetbook/1 grant-capsule\0";
pub(crate) const ACCESS_REQUEST: &[u8] = b"billetbook/1 access-request\0";
pub(crate) const EMERGENCY: &[u8] = b"billetbook/1 emergency\0";
pub(crate) const REASONS: &[u8] = b"billetbook/1 reasons\0";
pub(crate) const REFUSAL: &[u8] = b"billetbook/1 refusal\0";
pub(crate) const REVOCATION: &[u8] = b"billetbook/1 revocation\0";
pub(crate) const ERASURE: &[u8] = b"billetbook/1 erasure\0";
pub(crate) const RELEASE: &[u8] = b"billetbook/1 release\0";
pub(crate) const RELEASE_SIGNATURE: &[u8] = b"billetbook/1 release-signature\0";
pub(crate) const RELEASE_LIST: &[u8] = b"billetbook/1 release-list\0";
pub(crate) const SUB_SHARE: &[u8] = b"billetbook/1 sub-share\0";
pub(crate) const SUB_SHARES: &[u8] = b"billetbook/1 sub-shares\0";
pub(crate) const NEW_SHARE: &[u8] = b"billetbook/1 new-share\0";
pub(crate) const HELD_SHARES: &[u8] = b"billetbook/1 held-shares\0";
pub(crate) const DEALING: &[u8] = b"billetbook/1 dealing\0";
pub(crate) const TAKEN: &[u8] = b"billetbook/1 taken\0";
pub(crate) const HOLD: &[u8] = b"billetbook/1 hold\0";
pub(crate) const REDEAL: &[u8] = b"billetbook/1 redeal\0";
pub(crate) const ACKNOWLEDGEMENT: &[u8] = b"billetbook/1 acknowledgement\0";
pub(crate) const CARD: &[u8] = b"billetbook/1 card\0";
pub(crate) const GRANT_REQUEST: &[u8] = b"billetbook/1 grant-request\0";
pub(crate) const WRITTEN: &[u8] = b"billetbook/1 written\0";
pub(crate) const BOOK_KEY: &[u8] = b"billetbook/1 book-key\0";
pub(crate) const CLK_KEY: &[u8] = b"billetbook/1 clk-key\0";
pub(crate) const CLK_CLOSED_KEY: &[u8] = b"billetbook/1 clk-closed-identity-key\0";
pub(crate) const CLK_TOKEN: &[u8] = b"billetbook/1 clk-token\0";
pub(crate) const DIFFUSION_KEY: &[u8] = b"billetbook/1 diffusion-key\0";
pub(crate) const DIFFUSION: &[u8] = b"billetbook/1 diffusion\0";
#[cfg(any(feature = "parquet", test))]
pub(crate) const RESIDUE_PAD: &[u8] = b"billetbook/1 residue-pad\0";
#[cfg(test)]
pub(crate) const ALL: &[&[u8]] = &[
    TOKEN_KEY,
    CLOSED_KEY,
    LOCAL_PAD_KEY,
    KEY_CHECK,
    TOKEN,
    LEAF,
    OPENING,
    PAD,
    LOCAL_PAD,
    KEY_SET,
    IDENTITY,
    FINGERPRINT,
    DESCRIPTOR,
    MEMBER_SECRET,
    TOKEN_FILE,
    NOTE_KEY,
    NOTE_NONCE,
    ACCEPTED,
    KEY_REQUEST,
    KEY_ID,
    KEY_RECORD,
    ROOT,
    ROOT_ID,
    COMPROMISE,
    POLICY,
    ENVELOPE,
    ENVELOPE_HEADER,
    SLOT_HASH,
    SLOT_KEY,
    SLOT_CONTEXT,
    OWNER_PACKET,
    DEPOSIT,
    DEPOSIT_SIGNATURE,
    SHARE,
    GRANT,
    GRANT_CAPSULE,
    ACCESS_REQUEST,
    EMERGENCY,
    REASONS,
    REFUSAL,
    REVOCATION,
    ERASURE,
    RELEASE,
    RELEASE_SIGNATURE,
    RELEASE_LIST,
    SUB_SHARE,
    SUB_SHARES,
    NEW_SHARE,
    HELD_SHARES,
    DEALING,
    TAKEN,
    HOLD,
    REDEAL,
    ACKNOWLEDGEMENT,
    CARD,
    GRANT_REQUEST,
    WRITTEN,
    BOOK_KEY,
    CLK_KEY,
    CLK_CLOSED_KEY,
    CLK_TOKEN,
    DIFFUSION_KEY,
    DIFFUSION,
    RESIDUE_PAD,
];

#[cfg(test)]
mod tests {
    #[test]
    fn labels_are_distinct_and_terminated() {
        for (i, a) in super::ALL.iter().enumerate() {
            assert!(a.ends_with(b"\0") && a.iter().filter(|b| **b == 0).count() == 1);
            assert!(!super::ALL[..i].contains(a));
        }
    }
}
