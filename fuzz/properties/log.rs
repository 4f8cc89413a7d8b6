//! Of the audit log.

use billetbook::audit::tile::{decode_bundle, decode_tile, encode_bundle, encode_tile};
use billetbook::audit::{
    AddCheckpoint, Entry, Hash, Kind, Leaf, LogProof, Nodes, Opening, OpeningKey, Policy,
    SignedCheckpoint, VerifierKey, check_consistency, check_inclusion, prove_consistency,
    prove_inclusion, root_at,
};
use billetbook::keys::Secret;

/// Checkpoints, requests to witnesses, keys and policies are refused, or written again as they were.
pub fn checkpoint(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(x) = text.parse::<SignedCheckpoint>() {
        assert_eq!(x.to_string(), text);
    }
    if let Ok(x) = text.parse::<AddCheckpoint>() {
        assert_eq!(x.to_string(), text);
    }
    if let Ok(x) = text.parse::<VerifierKey>() {
        assert_eq!(x.to_string(), text);
    }
    if let Ok(policy) = text.parse::<Policy>() {
        assert!(!policy.logs().is_empty());
    }
}

/// The nodes of a small tree.
struct SmallTree(Vec<Hash>);

impl Nodes for SmallTree {
    type Error = std::convert::Infallible;

    fn node(&mut self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        let mut hashes = self.0.clone();
        for _ in 0..level {
            hashes = hashes
                .chunks_exact(2)
                .map(|p| Hash::of_node(p[0], p[1]))
                .collect();
        }
        Ok(usize::try_from(index)
            .ok()
            .and_then(|i| hashes.get(i).copied())
            .unwrap_or(Hash([0; 32])))
    }
}

/// A proof is refused, or written again as it was. A path of any hashes leads from a leaf, or from an older tree, to
/// a tree's root only where it is the one that the tree gives.
pub fn proof(data: &[u8]) {
    if let Some(x) = std::str::from_utf8(data)
        .ok()
        .and_then(|t| t.parse::<LogProof>().ok())
    {
        assert_eq!(x.to_string().as_bytes(), data);
    }
    let [size, index, rest @ ..] = data else {
        return;
    };
    let (size, index) = (u64::from(size % 40) + 1, u64::from(index % 44));
    let mut tree = SmallTree((0..40u8).map(|i| Hash::of_leaf(&[i])).collect());
    let (Ok(root), Ok(inclusion), Ok(consistency)) = (
        root_at(&mut tree, size),
        prove_inclusion(&mut tree, index, size),
        prove_consistency(&mut tree, index, size),
    );
    let given: Vec<Hash> = rest.as_chunks::<32>().0.iter().map(|h| Hash(*h)).collect();
    // What the fuzzer does not hit by itself: the right path, altered where and as it says.
    let altered = |path: &[Hash]| {
        let mut path = path.to_vec();
        if let ([at, bit, ..], false) = (rest, path.is_empty()) {
            let at = usize::from(*at) % path.len();
            path[at].0[usize::from(bit / 8)] ^= 1 << (bit % 8);
        }
        path
    };
    let leaf = Hash::of_leaf(&[u8::try_from(index).unwrap_or(0)]);
    for path in [&inclusion, &given, &altered(&inclusion)] {
        let holds = check_inclusion(leaf, index, size, root, path).is_ok();
        assert_eq!(holds, index < size && *path == inclusion);
    }
    if let (1.., true, Ok(old)) = (index, index <= size, root_at(&mut tree, index)) {
        for path in [&consistency, &given, &altered(&consistency)] {
            let holds = check_consistency(index, old, size, root, path).is_ok();
            assert_eq!(holds, *path == consistency);
        }
    }
}

/// A tile and a bundle of leaves are refused, or written again as they were.
pub fn tile(data: &[u8]) {
    let [width, data @ ..] = data else {
        return;
    };
    let width = u16::from(*width) + 1;
    if let Ok(hashes) = decode_tile(data, width) {
        assert_eq!(
            (encode_tile(&hashes).as_slice(), hashes.len()),
            (data, usize::from(width))
        );
    }
    if let Ok(leaves) = decode_bundle(data, width) {
        assert_eq!(
            (encode_bundle(&leaves).as_slice(), leaves.len()),
            (data, usize::from(width))
        );
    }
}

/// An opening opens its own leaf and no other, and altered or sealed otherwise it opens none.
pub fn entry(data: &[u8]) {
    let [kind, at, flip, text @ ..] = data else {
        return;
    };
    let kind = Kind::ALL[usize::from(*kind) % Kind::ALL.len()];
    let key = [7; 31].into_iter().chain([1]).collect::<Vec<u8>>();
    let (Ok(entry), Ok(secret)) = (
        Entry::new(kind, text.to_vec()),
        Secret::from_secret_bytes(&key),
    ) else {
        return;
    };
    let key = OpeningKey::new(secret);
    let (Ok(opening), Ok(other)) = (Opening::new(entry.clone()), Opening::new(entry)) else {
        return;
    };
    let leaf = opening.leaf();
    let bytes = opening.to_secret_bytes();
    let again = Opening::from_secret_bytes(&bytes, &leaf);
    assert!(again.is_ok_and(|o| o.to_secret_bytes() == bytes));
    assert!(Opening::from_secret_bytes(&bytes, &other.leaf()).is_err());
    assert!(Opening::from_secret_bytes(data, &leaf).is_err());
    assert!(Leaf::from_bytes(data).is_none_or(|l| l.as_bytes() == data));
    let Ok(mut sealed) = key.seal(&opening) else {
        return;
    };
    assert!(key.open(&leaf, data).is_err());
    assert!(key.open(&leaf, &sealed).is_ok() && key.open(&other.leaf(), &sealed).is_err());
    if *flip != 0 {
        let mut altered = bytes.to_vec();
        let at = usize::from(*at);
        let (a, b) = (at % altered.len(), at % sealed.len());
        altered[a] ^= flip;
        sealed[b] ^= flip;
        assert!(Opening::from_secret_bytes(&altered, &leaf).is_err());
        assert!(key.open(&leaf, &sealed).is_err());
    }
}
