//! What is freed holds no secret of ours: an allocator that keeps a copy of every freed block, searched afterwards
//! for seeds and for every key that is derived from them.

#![expect(unsafe_code, reason = "an allocator is unsafe; this one only watches")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use billetbook::clock::{UnixTime, Window};
use billetbook::keys::descriptor::Descriptor;
use billetbook::keys::hazmat::{identity_from_secrets, role_keys_from_secrets};
use billetbook::keys::{
    KeyProvider, Keystore, LinkageKeys, PublicKeys, Role, RoleKeys, Root, Secret, local_pad_key,
};
use billetbook::linkage::make_token_file;
use billetbook::record::{ReadOptions, read_reader};
use billetbook::token::KeySet;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use shake::{ExtendableOutput, Shake256, Update, XofReader};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// Bytes of freed blocks that are kept: a keystore's opening frees 64 MiB of Argon2's memory.
const KEPT: usize = 512 << 20;

static RECORDING: AtomicBool = AtomicBool::new(false);
static COPY: AtomicPtr<u8> = AtomicPtr::new(std::ptr::null_mut());
static USED: AtomicUsize = AtomicUsize::new(0);
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

struct Watching;

// SAFETY: all memory is the system allocator's; a block is read whole before it is freed, and `realloc`'s default
// goes through `alloc` and `dealloc`.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that reading what the program never wrote is defined.
        // SAFETY: the caller's layout.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if RECORDING.load(Ordering::SeqCst) {
            let at = USED.fetch_add(layout.size(), Ordering::SeqCst);
            let copy = COPY.load(Ordering::SeqCst);
            if at + layout.size() <= KEPT && !copy.is_null() {
                // SAFETY: the block is ours until it is freed below; each free has its own part of the copy.
                unsafe { std::ptr::copy_nonoverlapping(block, copy.add(at), layout.size()) }
            }
        }
        // SAFETY: the caller's block and layout.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// Held by a test from its first line to its last: what another test frees would be found in this one.
fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was freed, by any thread, while `work` ran and when what it made was dropped, block after block.
fn freed<T>(work: impl FnOnce() -> T) -> Vec<u8> {
    let mut bytes = vec![0u8; KEPT];
    USED.store(0, Ordering::SeqCst);
    COPY.store(bytes.as_mut_ptr(), Ordering::SeqCst);
    RECORDING.store(true, Ordering::SeqCst);
    drop(work());
    RECORDING.store(false, Ordering::SeqCst);
    COPY.store(std::ptr::null_mut(), Ordering::SeqCst);
    let used = USED.load(Ordering::SeqCst);
    assert!(used < KEPT, "more was freed than is kept");
    bytes.truncate(used);
    bytes
}

/// How many of the secret's four quarters stand in the bytes, each as often as it does.
fn hits(bytes: &[u8], secret: &[u8]) -> usize {
    assert_eq!(secret.len() % 8, 0);
    secret
        .chunks(8)
        .map(|piece| memchr::memmem::find_iter(bytes, piece).count())
        .sum()
}

fn known(first: u8) -> Vec<u8> {
    (0..32u8)
        .map(|i| i.wrapping_mul(61).wrapping_add(first) ^ 0xb3)
        .collect()
}

fn secret(first: u8) -> Secret {
    Secret::from_secret_bytes(&Zeroizing::new(known(first))).unwrap()
}

fn always() -> Window {
    Window::new(UnixTime::from_secs(0).unwrap(), UnixTime::LAST).unwrap()
}

/// What the two seeds of a holder grow into: the Ed25519 scalar and prefix (RFC 8032), the ML-KEM seeds and X25519
/// key (X-Wing).
fn grown(signing: &[u8], sealing: &[u8]) -> Vec<Vec<u8>> {
    let mut expanded = Sha512::digest(signing).to_vec();
    expanded[0] &= 248;
    expanded[31] = expanded[31] & 63 | 64;
    let mut xwing = [0; 96];
    let mut shake = Shake256::default();
    Update::update(&mut shake, sealing);
    shake.finalize_xof().read(&mut xwing);
    vec![signing.to_vec(), sealing.to_vec(), expanded, xwing.to_vec()]
}

fn nothing_of(what: &str, bytes: &[u8], secrets: &[Vec<u8>]) {
    for (i, secret) in secrets.iter().enumerate() {
        assert_eq!(
            hits(bytes, secret),
            0,
            "{what}: secret {i} of {}",
            secrets.len()
        );
    }
}

#[test]
fn the_search_finds_a_plain_secret_and_no_wiped_one() {
    let _one = alone();
    assert_eq!(hits(&freed(|| known(1)), &known(1)), 4, "control");
    assert_eq!(hits(&freed(|| Zeroizing::new(known(1))), &known(1)), 0);
    assert_eq!(hits(&freed(|| secret(1)), &known(1)), 0);
    // A vector that grows leaves what it held behind, wiped or not.
    let grows = || {
        let mut v = Zeroizing::new(known(1));
        v.extend_from_slice(&[0; 512]);
        v
    };
    assert_eq!(hits(&freed(grows), &known(1)), 4, "control");
}

#[test]
fn keys_that_are_made_kept_opened_and_used_leave_nothing() {
    let _one = alone();
    let phrase = b"made-up phrase";
    let wrapped = known(77);
    let freed = freed(|| {
        let keys =
            role_keys_from_secrets(Role::Gate, "gate 1", always(), secret(1), secret(2)).unwrap();
        let store = keys.to_keystore(phrase).unwrap();
        let keys = Keystore::from_text(&store.to_text())
            .unwrap()
            .open_role(phrase)
            .unwrap();
        keys.sign(b"label\0", b"message").unwrap();
        let sealed = keys
            .public()
            .wrap(b"info", secret(77).secret_bytes())
            .unwrap();
        let opened = keys.unwrap(b"info", &sealed).unwrap();
        assert!(opened.as_slice() == secret(77).secret_bytes());
        (keys, store, sealed, opened)
    });
    assert!(
        freed.len() > 64 << 20,
        "Argon2's memory is among what was freed"
    );
    nothing_of("keys", &freed, &grown(&known(1), &known(2)));
    nothing_of("keys", &freed, &[wrapped]);
}

#[test]
fn a_root_that_certifies_and_a_fresh_key_leave_nothing() {
    let _one = alone();
    let phrase = b"made-up phrase";
    let mut texts = Vec::new();
    let freed = freed(|| {
        let root = Root::generate("West").unwrap();
        let keys = RoleKeys::generate(Role::Issue, "desk", always()).unwrap();
        root.certify(keys.request());
        texts.push(root.to_keystore(phrase).unwrap().to_text());
        texts.push(keys.to_keystore(phrase).unwrap().to_text());
        (root, keys)
    });
    for text in texts {
        let (key, secrets) = break_open(&text, phrase);
        nothing_of("key of the keystore", &freed, &[key]);
        nothing_of("fresh keys", &freed, &secrets);
        let sealing = secrets.last().unwrap();
        nothing_of("grown keys", &freed, &grown(&secrets[0], sealing));
    }
}

/// A second reader of keystores, from docs/format.md: the key, and the secrets under it.
fn break_open(text: &str, phrase: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    use chacha20poly1305::aead::{Aead, KeyInit, Payload};
    let (label, bytes) = pem_rfc7468::decode_vec(text.as_bytes()).unwrap();
    assert_eq!(label, "BILLETBOOK KEYSTORE");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let params = argon2::Params::new(number(8), number(12), number(16), Some(32)).unwrap();
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut key = [0; 32];
    argon
        .hash_password_into(phrase, &bytes[20..36], &mut key)
        .unwrap();
    let (aad, msg) = bytes.split_at(64 + number(60) as usize);
    let nonce: [u8; 24] = bytes[36..60].try_into().unwrap();
    let plain = chacha20poly1305::XChaCha20Poly1305::new(&key.into())
        .decrypt(&nonce.into(), Payload { msg, aad })
        .unwrap();
    (key.to_vec(), plain.chunks(32).map(<[u8]>::to_vec).collect())
}

#[test]
fn a_linkage_that_is_opened_and_tokenised_with_leaves_nothing() {
    let _one = alone();
    let table =
        "given_name,family_name,date_of_birth,nhs_number\nAnn,Smith,2012-03-04,9990000018\n";
    let records = read_reader(table.as_bytes(), "test.csv", &ReadOptions::default()).unwrap();
    let set = KeySet::uk_children().unwrap();
    let mut kept = None;
    let freed = freed(|| {
        let member = |name, first| {
            identity_from_secrets(name, secret(first), secret(first + 1), secret(first + 2))
                .unwrap()
        };
        let members = [member("West", 10), member("East", 20)];
        let public = [members[0].public().clone(), members[1].public().clone()];
        let descriptor =
            Descriptor::make("test", 1, (set.name(), set.digest()), &members[0], &public).unwrap();
        let open = descriptor
            .open(&members[1], &public[0].fingerprint())
            .unwrap();
        make_token_file(records.records(), &set, &open, &members[1]).unwrap();
        kept = Some((descriptor.to_text(), descriptor.id()));
        (members, open)
    });
    let (text, id) = kept.unwrap();
    let linkage_secret = member_secret(&text);
    let keys = LinkageKeys::derive(&Secret::from_secret_bytes(&linkage_secret).unwrap(), id, 1);
    let token_key = keys.token_key().secret_bytes();
    let pad_key = {
        let mut mac = Hmac::<Sha256>::new_from_slice(token_key).unwrap();
        Mac::update(&mut mac, b"billetbook/1 pad\0");
        mac.finalize().into_bytes().to_vec()
    };
    let mut all = vec![
        linkage_secret,
        token_key.to_vec(),
        pad_key,
        keys.note_key_secret().to_vec(),
    ];
    all.push(local_pad_key(&secret(22), id, 1).secret_bytes().to_vec());
    for first in [10, 20] {
        all.extend(grown(&known(first), &known(first + 1)));
        all.push(known(first + 2));
    }
    nothing_of("linkage", &freed, &all);
}

/// A second reader of the last member's sealed secret, from docs/format.md.
fn member_secret(text: &str) -> Vec<u8> {
    const SEALED: usize = PublicKeys::WRAP_OVERHEAD + 32;
    let (_, bytes) = pem_rfc7468::decode_vec(text.as_bytes()).unwrap();
    let end = bytes.len() - 64;
    let head = &bytes[..end - 2 * (4 + SEALED)];
    let info = [
        b"billetbook/1 member-secret\0".as_slice(),
        &Sha256::digest(head),
    ]
    .concat();
    let east =
        role_keys_from_secrets(Role::Open, "East", always(), secret(20), secret(21)).unwrap();
    east.unwrap(&info, &bytes[end - SEALED..end])
        .unwrap()
        .to_vec()
}

/// What calls that have returned left on the stack, which Linux shows.
#[cfg(target_os = "linux")]
mod stack {
    use super::*;
    use std::io::{Read, Seek, SeekFrom};
    use std::sync::Arc;

    /// This thread's stack below its current frame.
    #[inline(never)]
    fn below() -> Vec<u8> {
        let here = 0u8;
        let at = (&raw const here).addr() as u64;
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let hex = |text: &str| u64::from_str_radix(text, 16).unwrap();
        let from = maps
            .lines()
            .filter_map(|line| line.split_once(' ')?.0.split_once('-'))
            .map(|(from, until)| hex(from)..hex(until))
            .find(|range| range.contains(&at))
            .unwrap()
            .start;
        let mut out = vec![0; usize::try_from(at - from).unwrap()];
        let mut memory = std::fs::File::open("/proc/self/mem").unwrap();
        memory.seek(SeekFrom::Start(from)).unwrap();
        memory.read_exact(&mut out).unwrap();
        out
    }

    /// Runs `work` so deep that what looks for its remains does not write over them.
    #[inline(never)]
    fn deep<T>(work: impl FnOnce() -> T) {
        let above = [0u8; 1 << 16];
        std::hint::black_box(&above);
        drop(work());
        std::hint::black_box(&above);
    }

    /// What `work` leaves, on a stack of its own.
    fn left<T>(work: impl FnOnce() -> T + Send + 'static) -> Vec<u8> {
        let thread = std::thread::spawn(move || {
            deep(work);
            below()
        });
        thread.join().unwrap()
    }

    #[inline(never)]
    fn careless() {
        let mut plain = [0u8; 32];
        plain.copy_from_slice(secret(1).secret_bytes());
        std::hint::black_box(&plain);
    }

    #[test]
    fn using_a_key_leaves_nothing_of_it_on_the_stack() {
        let _one = alone();
        assert!(hits(&left(careless), &known(1)) > 0, "control");
        let keys =
            role_keys_from_secrets(Role::Gate, "gate 1", always(), secret(1), secret(2)).unwrap();
        let text = keys.to_keystore(b"made-up phrase").unwrap().to_text();
        let (store_key, _) = break_open(&text, b"made-up phrase");
        let sealed = keys
            .public()
            .wrap(b"info", secret(77).secret_bytes())
            .unwrap();
        let keys = Arc::new(keys);
        let mut secrets = grown(&known(1), &known(2));
        secrets.extend([known(77), store_key]);
        let (signer, opener, wrapper) = (keys.clone(), keys.clone(), keys);
        for (what, left) in [
            (
                "sign",
                left(move || signer.sign(b"label\0", b"message").unwrap()),
            ),
            (
                "unwrap",
                left(move || opener.unwrap(b"info", &sealed).unwrap()),
            ),
            (
                "wrap",
                left(move || {
                    wrapper
                        .public()
                        .wrap(b"info", secret(77).secret_bytes())
                        .unwrap()
                }),
            ),
            (
                "open",
                left(move || {
                    Keystore::from_text(&text)
                        .unwrap()
                        .open_role(b"made-up phrase")
                        .unwrap()
                }),
            ),
        ] {
            nothing_of(what, &left, &secrets);
        }
    }
}
