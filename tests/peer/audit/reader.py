"""Checks what examples/audit_log.rs wrote, from docs/format.md and the C2SP texts alone.

python3 tests/peer/audit/reader.py FOLDER        needs: cryptography
"""

import base64
import hashlib
import hmac
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def unbase64(text):
    """One text for each value: no loose bits at the end."""
    out = base64.b64decode(text, validate=True)
    assert base64.b64encode(out).decode() == text
    return out


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(hashes):
    """RFC 6962, 2.1, by levels: pairs are joined, what is left over moves up."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    while len(hashes) > 1:
        odd = hashes[-1:] if len(hashes) % 2 else []
        hashes = [node_hash(a, b) for a, b in zip(hashes[::2], hashes[1::2])] + odd
    return hashes[0]


def root_by_path(leaf, index, size, path):
    """The root that an inclusion proof leads to, from the split of RFC 6962, 2.1.1."""
    if size == 1:
        assert not path
        return leaf
    half = 1 << (size - 1).bit_length() - 1
    *below, last = path
    if index < half:
        return node_hash(root_by_path(leaf, index, half, below), last)
    return node_hash(last, root_by_path(leaf, index - half, size - half, below))


class Key:
    def __init__(self, text, kind):
        self.name, key_id, key = text.split("+", 2)
        key = unbase64(key)
        assert key[0] == kind and len(key) == 33
        self.kind, self.key = kind, Ed25519PublicKey.from_public_bytes(key[1:])
        self.id = hashlib.sha256(self.name.encode() + b"\n" + key).digest()[:4]
        assert self.id.hex() == key_id

    def signed(self, note):
        """True where this key signed; raises where a line of its own does not hold."""
        text, lines = note.rsplit("\n\n", 1)
        text = (text + "\n").encode()
        assert lines.endswith("\n")
        found = False
        for line in lines[:-1].split("\n"):
            dash, name, signature = line.split(" ")
            signature = unbase64(signature)
            if dash != "\u2014" or name != self.name or signature[:4] != self.id:
                continue
            signature, message = signature[4:], text
            if self.kind == 4:
                time, signature = int.from_bytes(signature[:8]), signature[8:]
                message = b"cosignature/v1\ntime %d\n" % time + text
            self.key.verify(signature, message)
            found = True
        return found


def tile_path(kind, index, width):
    groups = f"{index:03}" if index < 1000 else None
    if groups is None:
        digits = str(index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        groups = "/".join(["x" + p for p in parts[:-1]] + parts[-1:])
    return f"tile/{kind}/{groups}" + ("" if width == 256 else f".p/{width}")


def main(folder):
    copy = folder / "copy"
    words = (folder / "policy").read_text().split()
    log, witness = Key(words[1], 1), Key(words[4], 4)
    note = (copy / "checkpoint").read_text()
    assert log.signed(note) and witness.signed(note)
    origin, size, root = note.split("\n")[:3]
    size, root = int(size), unbase64(root)
    assert origin == log.name
    for altered in (note.replace("\n" + str(size), "\n1" + str(size)), note.replace("west", "east")):
        try:
            assert not log.signed(altered), "an altered checkpoint passes"
        except InvalidSignature:
            pass

    leaves = []
    for first in range(0, size, 256):
        width = min(256, size - first)
        bundle = (copy / tile_path("entries", first // 256, width)).read_bytes()
        assert len(bundle) == 36 * width
        for i in range(width):
            assert bundle[36 * i : 36 * i + 4] == b"\0\x22\0\1"
            leaves.append(bundle[36 * i + 2 : 36 * i + 36])
    level, hashes = 0, [leaf_hash(leaf) for leaf in leaves]
    assert root_of(hashes) == root
    earlier = (folder / "earlier").read_text()
    assert log.signed(earlier)
    lines = earlier.splitlines()
    assert root_of(hashes[: int(lines[1])]) == unbase64(lines[2])
    while hashes:
        above = []
        for first in range(0, len(hashes), 256):
            tile = hashes[first : first + 256]
            path = copy / tile_path(level, first // 256, len(tile))
            assert path.read_bytes() == b"".join(tile), path
            if len(tile) == 256:
                above.append(root_of(tile))
        level, hashes = level + 1, above

    proofs = sorted(folder.glob("*.tlog-proof"))
    for file in proofs:
        head, checkpoint = file.read_text().split("\n\n", 1)
        magic, index, *path = head.splitlines()
        assert magic == "c2sp.org/tlog-proof@v1" and checkpoint == note
        index = int(index.removeprefix("index "))
        path = [unbase64(h) for h in path]
        assert root_by_path(leaf_hash(leaves[index]), index, size, path) == root
        assert root_by_path(leaf_hash(leaves[index - 1]), index, size, path) != root
        # The opening: magic, blinding bytes, kind, length, entry; the leaf commits to the last three.
        opening = file.with_suffix(".opening").read_bytes()
        assert opening[:8] == b"BLBopn\0\1"
        blind, statement = opening[8:40], opening[40:]
        assert int.from_bytes(statement[2:6]) == len(statement) - 6
        commitment = hmac.digest(blind, b"billetbook/1 leaf\0" + statement, "sha256")
        assert leaves[index] == b"\0\1" + commitment
        assert hmac.digest(blind, b"billetbook/1 leaf\0" + statement + b"x", "sha256") != commitment
    assert len(proofs) == 6
    print(f"Python: {size} leaves, {len(proofs)} proofs and openings: all hold")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
