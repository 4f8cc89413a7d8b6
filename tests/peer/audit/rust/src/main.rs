//! Checks what examples/audit_log.rs wrote with the crates `tlog_tiles` and `signed_note`:
//! `cargo run --manifest-path tests/peer/audit/rust/Cargo.toml -- FOLDER`.

use signed_note::{Note, StandardVerifier, VerifierList};
use std::fs;
use std::path::{Path, PathBuf};
use tlog_tiles::{
    Checkpoint, Error, Hash, Tile, TileHashReader, TileReader, check_record, check_tree,
    prove_record, prove_tree, record_hash, tree_hash,
};

/// Tiles from a folder, named as C2SP tlog-tiles names them.
struct Tiles(PathBuf);

impl TileReader for Tiles {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let read = |t: &Tile| {
            let path = t.path().replacen("tile/8/", "tile/", 1);
            fs::read(self.0.join(path)).map_err(|_| Error::InvalidTile)
        };
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

fn open(text: &str, key: &str) -> Checkpoint {
    let list = || VerifierList::new(vec![Box::new(StandardVerifier::new(key).unwrap())]);
    let note = Note::from_bytes(text.as_bytes()).unwrap();
    assert_eq!(note.verify(&list()).unwrap().0.len(), 1);
    let broken = text.replacen("log.example", "log.exampel", 1);
    assert!(Note::from_bytes(broken.as_bytes()).unwrap().verify(&list()).is_err());
    Checkpoint::from_bytes(note.text()).unwrap()
}

fn hashes<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Hash> {
    lines.map(|l| Hash::parse_hash(l).unwrap()).collect()
}

fn leaf(folder: &Path, size: u64, index: u64) -> Vec<u8> {
    let width = (size - index / 256 * 256).min(256) as u32;
    let path = Tile::new(8, 0, index / 256, width, false).path();
    let bundle = fs::read(folder.join(path.replacen("tile/8/0/", "tile/entries/", 1))).unwrap();
    bundle[(index % 256) as usize * 36 + 2..][..34].to_vec()
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("a folder"));
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let policy = read("policy");
    let key = policy.split_whitespace().nth(1).unwrap();
    let now = open(&read("copy/checkpoint"), key);
    let earlier = open(&read("earlier"), key);
    let (size, root) = (now.size(), *now.hash());
    let copy = folder.join("copy");
    let tiles = Tiles(copy.clone());
    let reader = TileHashReader::new(size, root, &tiles);
    assert_eq!(tree_hash(size, &reader).unwrap(), root);
    let mut proofs = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "tlog-proof") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let (head, checkpoint) = text.split_once("\n\n").unwrap();
        let index: u64 = head.lines().nth(1).unwrap()[6..].parse().unwrap();
        assert_eq!(*open(checkpoint, key).hash(), root);
        let leaf = record_hash(&leaf(&copy, size, index));
        let mut proof = hashes(head.lines().skip(2));
        assert_eq!(prove_record(size, index, &reader).unwrap(), proof);
        check_record(&proof, size, root, index, leaf).unwrap();
        assert!(check_record(&proof, size, root, index ^ 1, leaf).is_err());
        proof[0].0[0] ^= 1;
        assert!(check_record(&proof, size, root, index, leaf).is_err());
        proofs += 1;
    }
    assert_eq!(proofs, 6);
    let step = read("add-checkpoint");
    let mut step = hashes(step.split_once("\n\n").unwrap().0.lines().skip(1));
    assert_eq!(prove_tree(size, earlier.size(), &reader).unwrap(), step);
    check_tree(&step, size, root, earlier.size(), *earlier.hash()).unwrap();
    step[0].0[0] ^= 1;
    assert!(check_tree(&step, size, root, earlier.size(), *earlier.hash()).is_err());
    println!("tlog_tiles, signed_note: {size} leaves, {proofs} proofs: all hold");
}
