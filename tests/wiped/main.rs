//! What is freed holds no secret of ours: an allocator that keeps a copy of every freed block, searched afterwards
//! for seeds and for every key that is derived from them.

#![expect(unsafe_code, reason = "an allocator is unsafe; this one only watches")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod audit;
mod envelope;
mod keys;
mod linkage;
#[cfg(target_os = "linux")]
mod stack;

use billetbook::clock::{UnixTime, Window};
use billetbook::keys::Secret;
use sha2::{Digest, Sha512};
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
