"""Bytes, keys, and entries of a log with their proofs, as docs/format.md has them."""

import hmac
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "audit"))
import open_billet
import reader as log
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from open_billet import Refused, label, require, sha256

ISSUE, OPEN, GATE, BREAK_GLASS = 1, 2, 3, 6


class Reader(open_billet.Reader):
    def u16(self):
        return struct.unpack(">H", self.take(2))[0]

    def u64(self):
        return struct.unpack(">Q", self.take(8))[0]

    def magic(self, name, most=1):
        """The last byte, which tells variants apart: 1, or up to `most`."""
        found = self.take(8)
        require(found[:7] == b"BLB" + name.encode() + b"\0" and 1 <= found[7] <= most, "magic")
        return found[7]

    def slots(self):
        count, bits = self.u8(), self.u16()
        require(count in (8, 16) and 0 < bits < 1 << count, "slots")
        return count, frozenset(s for s in range(16) if bits >> s & 1)

    def signature(self):
        """What was signed: all so far; and the signature after it."""
        return self.data[: self.at], self.take(64)


def armoured(text, kind):
    first, *lines, last = text.strip().splitlines()
    require((first, last) == (f"-----BEGIN BILLETBOOK {kind}-----", f"-----END BILLETBOOK {kind}-----"), kind)
    return log.unbase64("".join(lines))


def signed(key, name, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, label(name) + message)
    except InvalidSignature:
        raise Refused("signature") from None


class Keys:
    """Roots, and the keys that they stand for."""

    def __init__(self, roots, records):
        self.roots, self.keys = {}, {}
        for text in roots:
            r = Reader(armoured(text, "ROOT"))
            r.magic("rot")
            r.bytes(200)
            key = r.take(32)
            message, signature = r.signature()
            r.finish()
            signed(key, "root", message, signature)
            self.roots[sha256(label("root-id"), message)] = key
        for text in records:
            r = Reader(armoured(text, "KEY RECORD"))
            r.magic("krc")
            request, root = r.bytes(4096), r.take(32)
            message, signature = r.signature()
            r.finish()
            signed(self.roots[root], "key-record", message, signature)
            r = Reader(request)
            r.magic("krq")
            role, _, key, _ = r.u8(), r.bytes(200), r.take(32), r.take(1216)
            window = r.u64(), r.u64()
            message, signature = r.signature()
            r.finish()
            signed(key, "key-request", message, signature)
            self.keys[sha256(label("key-id"), message)] = (role, key, window, root)

    def role(self, key_id):
        return self.keys[key_id][0] if key_id in self.keys else None

    def verify(self, key_id, role, at, name, message, signature):
        """The root of a key of this role that signed; `at` is when it says it did."""
        require(key_id in self.keys, "an unknown key")
        found, key, (since, until), root = self.keys[key_id]
        require(found == role and (at is None or since <= at < until), "role or window")
        signed(key, name, message, signature)
        return root


class Evidence:
    """An entry of the log, opened, and its proof."""

    def __init__(self, r, policy):
        opening, proof = r.bytes(8192), r.bytes(81920).decode()
        o = Reader(opening)
        o.magic("opn")
        blind = o.take(32)
        committed = opening[o.at :]
        self.kind, self.bytes = o.u16(), o.bytes(65536)
        o.finish()
        self.entry = hmac.digest(blind, label("leaf") + committed, "sha256")
        head, note = proof.split("\n\n", 1)
        magic, index, *path = head.split("\n")
        require(magic == "c2sp.org/tlog-proof@v1", "proof")
        self.index = int(index.removeprefix("index "))
        require(policy["log"].signed(note), "the log has not signed")
        cosigned = sum(w.signed(note) for w in policy["witnesses"])
        require(cosigned >= policy["needed"], "too few witnesses")
        origin, size, root = note.split("\n")[:3]
        require(origin == policy["log"].name and self.index < int(size), "another log")
        path = [log.unbase64(h) for h in path]
        leaf = log.leaf_hash(b"\0\1" + self.entry)
        self.root = log.unbase64(root)
        require(log.root_by_path(leaf, self.index, int(size), path) == self.root, "the path leads elsewhere")


def asked(data, policy):
    """A request to a gate: the evidence of a request and of the grants."""
    r = Reader(data)
    r.magic("ask")
    request = Evidence(r, policy)
    grants = [Evidence(r, policy) for _ in range(r.u8())]
    r.u64()
    for _ in range(r.u8()):
        r.take(32)
    r.finish()
    return request, grants


def refused(read, data):
    """How often bytes are refused after one of them was altered; always."""
    tried = 0
    for at in sorted({len(data) * n // 23 for n in range(23)} | {len(data) - 1}):
        altered = bytearray(data)
        altered[at] ^= 1 << at % 8
        try:
            read(bytes(altered))
        except (Refused, InvalidSignature, InvalidTag, KeyError, ValueError, AssertionError, IndexError):
            tried += 1
            continue
        raise Refused(f"altered at byte {at} it was taken")
    return tried
