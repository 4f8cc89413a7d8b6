use billetbook::clock::{UnixTime, Window};
use billetbook::exchange::CardError;
use billetbook::keys::hazmat::wrap_from;
use billetbook::keys::{
    KeyError, KeyProvider, LinkageId, LinkageKeys, ProviderError, PublicKeys, PublicRoot,
    RecordError, Role, RoleKeys, Root, Secret,
};

#[test]
fn what_is_wrapped_from_given_randomness_opens_and_is_the_same_each_time() {
    let always = Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap();
    let key = RoleKeys::generate(Role::Open, "team", always).unwrap();
    let keys = key.request().keys();
    let wrapped = |seed: u8| {
        let randomness = [seed; PublicKeys::RANDOMNESS];
        wrap_from(keys, &randomness, b"info", b"made up").unwrap()
    };
    assert_eq!(
        key.unwrap(b"info", &wrapped(1)).unwrap().as_slice(),
        b"made up"
    );
    assert!(key.unwrap(b"other", &wrapped(1)).is_err());
    assert_eq!(wrapped(1), wrapped(1));
    assert_ne!(wrapped(1), wrapped(2));
}

#[test]
fn a_key_without_randomness_is_out_of_reach_and_all_else_is_refused() {
    let no_randomness = ProviderError::from(KeyError::NoRandomness);
    assert!(matches!(no_randomness, ProviderError::Unavailable(_)));
    assert!(matches!(
        ProviderError::from(KeyError::Refused),
        ProviderError::Refused
    ));
}

/// HKDF-SHA-256 by the crate, of label, linkage, epoch and what else there is with its length (docs/format.md).
#[test]
fn keys_of_a_linkage_grow_from_its_secret_label_by_label() {
    let secret = Secret::from_secret_bytes(b"0123456789abcdef0123456789ABCDEF").unwrap();
    let (id, epoch) = (LinkageId([3; 16]), 5);
    let keys = LinkageKeys::derive(&secret, id, epoch);
    let grown = |label: &str, more: &str| {
        let root = hkdf::Hkdf::<sha2::Sha256>::new(None, secret.secret_bytes());
        let length = u32::try_from(more.len()).unwrap().to_be_bytes();
        let label = format!("billetbook/1 {label}\0");
        let info = [
            label.as_bytes(),
            &id.0,
            &[0, 0, 0, 5],
            &length,
            more.as_bytes(),
        ]
        .concat();
        let mut out = [0; 32];
        root.expand(&info, &mut out).unwrap();
        out
    };
    assert_eq!(*keys.clk_key_secret(None), grown("clk-key", ""));
    let closed = keys.clk_key_secret(Some("2024"));
    assert_eq!(*closed, grown("clk-closed-identity-key", "2024"));
    assert_eq!(*keys.diffusion_key_secret(), grown("diffusion-key", ""));
    assert_eq!(*keys.note_key_secret(), grown("note-key", ""));
    let closed = keys.closed_key_secret("2024");
    assert_eq!(*closed, grown("closed-identity-key", "2024"));
    assert_eq!(*keys.token_key().secret_bytes(), grown("token-key", ""));
    assert_eq!(keys.check_value(), grown("key-check", "")[..16]);
    assert_eq!((keys.id(), keys.epoch()), (id, epoch));
}

/// Another kind of file is named as such, before anything of it is read.
#[test]
fn text_of_another_kind_is_no_key_record() {
    let root = Root::generate("made up").unwrap();
    let text = root.public().to_text();
    assert_eq!(PublicRoot::from_text(&text).unwrap(), *root.public());
    let read = billetbook::exchange::Card::from_text(&text);
    assert!(matches!(read, Err(CardError::Armour(_))), "{read:?}");
    let read = PublicRoot::from_text(&text.replace("ROOT", "BOOT"));
    assert!(matches!(read, Err(RecordError::Armour(_))), "{read:?}");
}

/// RFC 9106, second recommended option, with one lane.
#[test]
fn a_new_keystore_costs_64_mib_and_three_passes_for_each_passphrase_that_is_tried() {
    let root = Root::generate("made up").unwrap();
    let text = root.to_keystore(b"made-up phrase").unwrap().to_text();
    let (label, bytes) = pem_rfc7468::decode_vec(text.as_bytes()).unwrap();
    assert_eq!(label, "BILLETBOOK KEYSTORE");
    let cost = bytes[8..20].as_chunks::<4>().0.iter();
    let cost: Vec<u32> = cost.map(|b| u32::from_be_bytes(*b)).collect();
    assert_eq!(cost, [64 * 1024, 3, 1]);
}
