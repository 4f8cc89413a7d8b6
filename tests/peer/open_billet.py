"""A second reader of billets, written from docs/format.md alone.

Reads a JSON file of cases (tests/vectors/envelope-v1.json is one), opens every billet in it with the seeds that stand
beside it, by every quorum of gates, and compares. Needs PyPI `cryptography` 50.
"""

import functools
import hashlib
import hmac
import itertools
import json
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
CHUNK = 16384


class Refused(Exception):
    pass


def require(what, why):
    if not what:
        raise Refused(why)


def label(name):
    return b"billetbook/1 " + name.encode() + b"\0"


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        require(self.at + n <= len(self.data), "short")
        out = self.data[self.at : self.at + n]
        self.at += n
        return out

    def u8(self):
        return self.take(1)[0]

    def u32(self):
        return struct.unpack(">I", self.take(4))[0]

    def bytes(self, most):
        n = self.u32()
        require(n <= most, "too long")
        return self.take(n)

    def finish(self):
        require(self.at == len(self.data), "left over")


def hkdf_expand(prk, info, n):
    out, block = b"", b""
    for i in itertools.count(1):
        if len(out) >= n:
            return out[:n]
        block = hmac.digest(prk, block + info + bytes([i]), "sha512")
        out += block


def unwrap(seed, info, wrapped):
    """X-Wing: SHAKE256 of the seed gives the ML-KEM seed (64 bytes) and the X25519 key (32 bytes)."""
    expanded = hashlib.shake_256(seed).digest(96)
    key = hpke.MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
    )
    return SUITE.decrypt(wrapped, key, info)


def sealed_length_of(sealed):
    """The plaintext's length, where a sealed message can have this one."""
    whole, rest = divmod(sealed - 56, CHUNK + 16)
    require(sealed >= 56 and rest >= 16, "no sealed length")
    return whole * CHUNK + rest - 16


class Envelope:
    def __init__(self, data, author_id, author_key):
        r = Reader(data)
        require(r.take(8) == b"BLBenv\0\1", "magic")
        self.id, author, self.policy = r.take(16), r.take(32), r.take(32)
        self.t, n = r.u8(), r.u8()
        require(1 <= self.t <= n <= 7 and 2 * self.t > n, "quorum")
        self.gates = [r.take(32) for _ in range(n)]
        require(len(set(self.gates)) == n, "gates differ")
        self.k = r.u8()
        require(self.k in (8, 16), "slots")
        slots = [(r.u32(), r.take(32)) for _ in range(self.k)]
        for length, _ in slots:
            require(1024 <= sealed_length_of(length) <= 17301504, "slot length")
        self.manifest = r.u8()
        require(self.manifest < self.k and sealed_length_of(slots[self.manifest][0]) == 1024, "manifest")
        self.header_hash = sha256(label("envelope-header"), data[: r.at])
        signature = r.take(64)
        self.slots = [r.take(length) for length, _ in slots]
        r.finish()
        require(author == author_id, "author")
        self.author = author
        author_key.verify(signature, label("envelope") + self.header_hash)
        for sealed, (_, wanted) in zip(self.slots, slots):
            require(sha256(label("slot-hash"), sealed) == wanted, "slot hash")

    def open(self, j, s, g):
        binding = self.id + self.author + self.policy + bytes([j])
        prk = hmac.digest(g, s, "sha512")
        key = hkdf_expand(prk, label("slot-key") + binding, 32)
        salt, commitment, body = self.slots[j][:24], self.slots[j][24:56], self.slots[j][56:]
        info = b"c2sp.org/chunked-encryption@v1+AEAD_CHACHA20_POLY1305\0" + salt + label("slot-context") + binding
        okm = hkdf_expand(key, info, 76)
        require(hmac.compare_digest(okm[44:], commitment), "commitment")
        aead, base = ChaCha20Poly1305(okm[:32]), int.from_bytes(okm[32:44], "big")
        plain = b""
        for i in range(0, len(body), CHUNK + 16):
            nonce = (base ^ (i // (CHUNK + 16))).to_bytes(12, "big")
            plain += aead.decrypt(nonce, body[i : i + CHUNK + 16], None)
        r = Reader(plain)
        name, content = r.bytes(40).decode(), r.bytes(16 << 20)
        require(not any(plain[r.at :]), "padding")
        return name, content


def owner_packet(data, envelope, seed):
    r = Reader(data)
    require(r.take(8) == b"BLBown\0\1", "magic")
    require(r.take(16) == envelope.id and r.take(32) == envelope.header_hash, "other envelope")
    require(r.u8() == envelope.k, "slots")
    head, wrapped = data[: r.at], r.take(1136 + 32 * envelope.k)
    r.finish()
    halves = unwrap(seed, label("owner-packet") + head, wrapped)
    return [halves[32 * j : 32 * j + 32] for j in range(envelope.k)]


def deposit(data, envelope, author_key, seed):
    """The gate's number and its shares."""
    r = Reader(data)
    require(r.take(8) == b"BLBdep\0\1", "magic")
    require(r.take(16) == envelope.id and r.take(32) == envelope.header_hash, "other envelope")
    require(r.take(32) == envelope.author, "author")
    require((r.u8(), r.u8()) == (envelope.t, len(envelope.gates)), "quorum")
    i = r.u8()
    require(1 <= i <= len(envelope.gates) and r.take(32) == envelope.gates[i - 1], "gate")
    require(r.u8() == envelope.k, "slots")
    hashes = [r.take(32) for _ in range(envelope.k)]
    head, wrapped = data[: r.at], r.take(1136 + 32 * envelope.k)
    signature = r.take(64)
    r.finish()
    author_key.verify(signature, label("deposit-signature") + head + sha256(wrapped))
    shares = unwrap(seed, label("deposit") + sha256(head), wrapped)
    shares = [shares[32 * j : 32 * j + 32] for j in range(envelope.k)]
    for j, (share, wanted) in enumerate(zip(shares, hashes)):
        require(sha256(label("share"), envelope.id, bytes([i, j]), share) == wanted, "share hash")
    return i, shares


def times(a, b):
    out = 0
    while b:
        out ^= a if b & 1 else 0
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return out


@functools.cache
def inverse(a):
    return next(b for b in range(1, 256) if times(a, b) == 1)


def join(shares):
    """The constant of the polynomial through (gate, share)."""
    out = bytes(32)
    for i, share in shares:
        weight = 1
        for m, _ in shares:
            if m != i:
                weight = times(weight, times(m, inverse(m ^ i)))
        out = bytes(x ^ times(y, weight) for x, y in zip(out, share))
    return out


def manifest(content, envelope):
    r = Reader(content)
    out = [(r.u8(), r.bytes(40).decode(), r.u32()) for _ in range(r.u8())]
    r.finish()
    slots = [slot for slot, _, _ in out]
    require(slots == sorted(set(slots)) and envelope.manifest not in slots, "manifest slots")
    return out


def check(case):
    raw = {k: bytes.fromhex(case[k]) for k in ("billet", "author_id", "author_public", "owner_seed")}
    author_key = Ed25519PublicKey.from_public_bytes(raw["author_public"])
    r = Reader(raw["billet"])
    require(r.take(8) == b"BLBbil\0\1", "magic")
    envelope_bytes, packet = r.bytes(1 << 32), r.bytes(4096)
    deposits = [r.bytes(4096) for _ in range(r.u8())]
    r.finish()
    envelope = Envelope(envelope_bytes, raw["author_id"], author_key)
    require(envelope.policy.hex() == case["policy_digest"], "policy")
    halves = owner_packet(packet, envelope, raw["owner_seed"])
    name, content = envelope.open(envelope.manifest, halves[envelope.manifest], bytes(32))
    require(name == "", "manifest's name")
    entries = manifest(content, envelope)
    wanted = {s["name"]: bytes.fromhex(s["content"]) for s in case["sections"]}
    require({(n, l) for _, n, l in entries} == {(n, len(c)) for n, c in wanted.items()}, "manifest")
    seeds = [bytes.fromhex(s) for s in case["gate_seeds"]]
    shares = [deposit(d, envelope, author_key, s) for d, s in zip(deposits, seeds)]
    require(len(shares) == len(envelope.gates), "deposits")
    for slot, name, _ in entries:
        for quorum in itertools.combinations(shares, envelope.t):
            half = join([(i, s[slot]) for i, s in quorum])
            require(envelope.open(slot, halves[slot], half) == (name, wanted[name]), "section")
        if envelope.t > 1:
            # One share too few, and a half that was not granted, open nothing.
            for s, g in [(halves[slot], join([(i, s[slot]) for i, s in shares[: envelope.t - 1]])), (bytes(32), half)]:
                try:
                    envelope.open(slot, s, g)
                except Refused:
                    continue
                raise Refused("opened with too little")
    altered = bytearray(envelope_bytes)
    altered[len(altered) // 3] ^= 1
    try:
        Envelope(bytes(altered), raw["author_id"], author_key)
    except (Refused, InvalidSignature):
        return len(entries)
    raise Refused("an altered envelope was taken")


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        cases = json.load(f)["cases"]
    opened = sum(check(case) for case in cases)
    print(f"{len(cases)} billets, {opened} sections opened")


if __name__ == "__main__":
    main()
