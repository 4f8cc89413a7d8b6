//! The tree against vectors of others: RFC 6962 as Certificate Transparency's own tests have it, and proofs of a
//! log of a billion certificates.

use billetbook::audit::{Frontier, Hash, check_consistency, check_inclusion};

/// The leaves of Certificate Transparency's reference tests, and the roots after each.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hex(hash: Hash) -> String {
    billetbook::hex::Hex(&hash.0).to_string()
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    let mut tree = Frontier::empty();
    assert_eq!(hex(tree.root()), ROOTS[0]);
    for (leaf, root) in LEAVES.iter().zip(&ROOTS[1..]) {
        tree.push(Hash::of_leaf(leaf), |_, _, _| ());
        assert_eq!(hex(tree.root()), *root);
    }
}

#[test]
fn proofs_of_a_real_log_hold_and_no_altered_one_does() {
    let text = include_str!("vectors/ct_argon2020.txt");
    let rows = |name: &str| -> Vec<Vec<&str>> {
        let rows = text.lines().filter_map(|l| l.strip_prefix(name));
        rows.map(|l| l.split_whitespace().collect()).collect()
    };
    let pair = |name: &str| {
        let row = rows(name).remove(0);
        let hash = Hash::from_base64(row[1]).unwrap();
        (row[0].parse::<u64>().unwrap(), hash)
    };
    let path = |name: &str| -> Vec<Hash> {
        let rows = rows(name);
        rows.iter()
            .map(|r| Hash::from_base64(r[0]).unwrap())
            .collect()
    };
    let ((size, root), (index, leaf), (old, old_root)) =
        (pair("tree "), pair("leaf "), pair("old "));
    let (inclusion, consistency) = (path("inclusion "), path("consistency "));
    assert_eq!((inclusion.len(), consistency.len()), (30, 30));
    assert_eq!(check_inclusion(leaf, index, size, root, &inclusion), Ok(()));
    assert_eq!(
        check_consistency(old, old_root, size, root, &consistency),
        Ok(())
    );
    for i in 0..30 {
        for path in [&inclusion, &consistency] {
            let mut path = path.clone();
            path[i].0[i] ^= 1;
            assert!(check_inclusion(leaf, index, size, root, &path).is_err());
            assert!(check_consistency(old, old_root, size, root, &path).is_err());
        }
    }
    for wrong in [index - 1, index + 1, 0, size - 1, size] {
        assert!(check_inclusion(leaf, wrong, size, root, &inclusion).is_err());
    }
    for wrong in [old - 1, old + 1, 1, size] {
        assert!(check_consistency(wrong, old_root, size, root, &consistency).is_err());
    }
}
