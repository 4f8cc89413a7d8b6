"""A second reader of grants, requests, releases and histories, written from docs/format.md alone.

Reads a JSON file of one case (tests/compat/v1/sharing.json is one): verifies keys, proofs, chains of grants, requests,
refusals, revocations, erasures, releases, lists and acknowledgements; opens what was released; compares. Then it alters
each, and refuses it. Needs PyPI `cryptography` 50. Beside it: open_billet.py (envelopes), audit/reader.py (logs).
"""

import hmac
import json
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "audit"))
import open_billet
import reader as log
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from open_billet import Refused, label, require, sha256, unwrap

ISSUE, OPEN, GATE, BREAK_GLASS = 1, 2, 3, 6
NONE = bytes(32)
HOLD, DAY = 90 * 86400, 86400


class Reader(open_billet.Reader):
    def u16(self):
        return struct.unpack(">H", self.take(2))[0]

    def u64(self):
        return struct.unpack(">Q", self.take(8))[0]

    def magic(self, name):
        require(self.take(8) == b"BLB" + name.encode() + b"\0\1", "magic")

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
    Ed25519PublicKey.from_public_bytes(key).verify(signature, label(name) + message)


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


def purpose_within(a, b):
    return a == b or b % 10 == 0 and a // 10 == b // 10 or b % 100 == 0 and a // 100 == b // 100


class Grant:
    def __init__(self, evidence):
        require(evidence.kind == 1, "kind")
        self.entry = evidence.entry
        r = Reader(evidence.bytes)
        r.magic("gnt")
        r.take(16)
        self.parent, self.issuer, self.recipient, self.issued = r.take(32), r.take(32), r.take(32), r.u64()
        self.envelope = r.take(16)
        self.count, self.slots = r.slots()
        self.mode, self.purpose = r.u8(), r.u16()
        ground = r.take(1 + 2 + 1 + 1 + 32)
        self.window, self.opens, self.depth = (r.u64(), r.u64()), r.u16(), r.u8()
        told, emergency = r.u64(), r.u8()
        self.alike = self.envelope, self.count, ground, told, emergency
        self.emergency = emergency == 1
        handed_on = self.parent != NONE
        require(self.mode in (1, 2) and self.opens > 0 and emergency in (0, 1), "terms")
        require(self.depth + handed_on < 4 and told <= self.issued + HOLD, "terms")
        require(not self.emergency or self.depth == 0 and not handed_on, "an emergency is not handed on")
        self.head = r.data[: r.at]
        self.capsule = r.take(1136 + 32 * self.count)
        self.signed = r.signature()
        r.finish()

    def within(self, held):
        return (
            self.alike == held.alike
            and self.slots <= held.slots
            and self.mode <= held.mode
            and purpose_within(self.purpose, held.purpose)
            and held.window[0] <= self.window[0]
            and self.window[1] <= held.window[1]
            and self.opens <= held.opens
            and self.depth < held.depth
        )

    def halves(self, seed):
        halves = unwrap(seed, label("grant-capsule") + sha256(self.head), self.capsule)
        return [halves[32 * j : 32 * j + 32] for j in range(self.count)]


def chain(evidence, author, keys):
    """The grants, each signed for the agency that held the one before and within it; and their agencies."""
    grants, roots = [Grant(e) for e in evidence], []
    require(1 <= len(grants) <= 4, "length")
    parent, holder = NONE, keys.keys[author][3]
    for n, grant in enumerate(grants):
        require(grant.parent == parent, "order")
        root = keys.verify(grant.issuer, ISSUE, grant.issued, "grant", *grant.signed)
        require(root == holder and (n == 0 or grant.within(grants[n - 1])), "wider, or another's")
        role, _, _, holder = keys.keys[grant.recipient]
        require(role == (BREAK_GLASS if grant.emergency else OPEN), "recipient")
        roots.append(root)
        parent = grant.entry
    return grants, roots


class Request:
    def __init__(self, evidence, grants, keys, now):
        self.evidence, grant = evidence, grants[-1]
        r = Reader(evidence.bytes)
        emergency = evidence.kind == 9
        require(emergency or evidence.kind == 2, "kind")
        r.magic("brk" if emergency else "req")
        self.id, used, self.envelope, by = r.take(16), r.take(32), r.take(16), r.take(32)
        count, self.slots = r.slots()
        purpose, made = r.u16(), r.u64()
        self.uses = [r.u16() for _ in range(r.u8())]
        require(emergency == grant.emergency and used == grant.entry and self.envelope == grant.envelope, "grant")
        require(by == grant.recipient and count == grant.count and self.slots <= grant.slots, "slots")
        require(grant.mode == 2 and purpose_within(purpose, grant.purpose), "purpose")
        for at in (made, now):
            require(grant.window[0] <= at < grant.window[1], "window")
        require(len(self.uses) == len(grants), "uses")
        require(all(0 < u <= g.opens for u, g in zip(self.uses, grants)), "uses")
        self.sealed = None
        if emergency:
            second, self.reason, budget = r.take(32), r.u8(), r.u16()
            self.sealed = r.take(1136 + 2004)
            message = r.data[: r.at]
            require(budget > 0 and second != by and now < made + DAY, "emergency")
            roots = {keys.verify(k, BREAK_GLASS, made, "emergency", message, r.take(64)) for k in (by, second)}
            require(len(roots) == 1, "two agencies")
            self.reasons_info = label("reasons") + self.id + used
        else:
            message, signature = r.signature()
            keys.verify(by, OPEN, made, "access-request", message, signature)
        r.finish()

    def reasons(self, seed):
        r = Reader(unwrap(seed, self.reasons_info, self.sealed))
        text = r.bytes(2000).decode()
        require(not any(r.data[r.at :]), "padding")
        return text


class Release:
    def __init__(self, data, request, keys):
        r = Reader(data)
        r.magic("rel")
        self.gate, envelope, entry, index, root = r.take(32), r.take(16), r.take(32), r.u64(), r.take(32)
        count, self.slots = r.slots()
        self.head = data[: r.at]
        self.sealed = r.take(1136 + 32 * len(self.slots))
        message, signature = r.signature()
        r.finish()
        keys.verify(self.gate, GATE, None, "release-signature", message, signature)
        found = request.evidence
        require((envelope, entry, index, root) == (request.envelope, found.entry, found.index, found.root), "request")
        require(self.slots == request.slots, "slots")

    def shares(self, seed):
        shares = unwrap(seed, label("release") + sha256(self.head), self.sealed)
        return {s: shares[32 * n : 32 * n + 32] for n, s in enumerate(sorted(self.slots))}


def dealt(data, envelope, author_key):
    """Whose share, its number and the hashes that the author signed."""
    r = Reader(data)
    r.magic("dep")
    require(r.take(16) == envelope.id and r.take(32) == envelope.header_hash, "another envelope")
    require(r.take(32) == envelope.author and (r.u8(), r.u8()) == (envelope.t, len(envelope.gates)), "author")
    number, gate = r.u8(), r.take(32)
    require(envelope.gates[number - 1] == gate and r.u8() == envelope.k, "gate")
    hashes = [r.take(32) for _ in range(envelope.k)]
    head, wrapped = data[: r.at], r.take(1136 + 32 * envelope.k)
    author_key.verify(r.take(64), label("deposit-signature") + head + sha256(wrapped))
    r.finish()
    return gate, (number, hashes)


def opened(request, grants, releases, case, seed):
    """What a quorum of releases and the recipient's key open."""
    envelope, deposits = case["envelope"], case["deposits"]
    require(len({r.gate for r in releases}) == len(releases) >= envelope.t, "quorum")
    halves, out = grants[-1].halves(seed), {}
    for slot in request.slots:
        shares = []
        for release in releases:
            number, hashes = deposits[release.gate]
            share = release.shares(seed)[slot]
            require(sha256(label("share"), envelope.id, bytes([number, slot]), share) == hashes[slot], "share")
            shares.append((number, share))
        name, content = envelope.open(slot, halves[slot], open_billet.join(shares))
        out[name] = content.hex()
    return out


def release_list(data, envelope, keys):
    r = Reader(data)
    r.magic("lst")
    gate = r.take(32)
    require(r.take(16) == envelope.id and gate in envelope.gates, "another's list")
    lines = [(r.u64(), r.take(32)) for _ in range(r.u32())]
    message, signature = r.signature()
    r.finish()
    keys.verify(gate, GATE, None, "release-list", message, signature)
    return gate, lines


def history(lists, envelope, keys):
    """All lines, and whether none is missing: of n gates all but t - 1 must have said theirs."""
    read = dict(release_list(data, envelope, keys) for data in lists)
    complete = len(read) >= len(envelope.gates) - envelope.t + 1
    return sorted({line for lines in read.values() for line in lines}), complete


def acknowledgement(data, number, entry, envelope, keys):
    r = Reader(data)
    r.magic("ack")
    gate = r.take(32)
    require(gate in envelope.gates and (r.take(16), r.take(32)) == (number, entry), "another statement")
    released = [r.take(32) for _ in range(r.u32())]
    message, signature = r.signature()
    r.finish()
    keys.verify(gate, GATE, None, "acknowledgement", message, signature)
    return gate, released


def refusal(evidence, keys):
    require(evidence.kind in (3, 4), "kind")
    r = Reader(evidence.bytes)
    r.magic("rfs")
    r.take(16)
    who = r.u8()
    require(who == (1 if evidence.kind == 3 else 2), "who asked")
    asker = r.take(32) if who == 1 else None
    envelope, purpose, reason, _, answers = r.take(16), r.u16(), r.u8(), r.take(32), r.take(32)
    by, made = r.take(32), r.u64()
    message, signature = r.signature()
    r.finish()
    keys.verify(by, ISSUE, made, "refusal", message, signature)
    return {"asker": asker, "envelope": envelope, "purpose": purpose, "reason": reason, "answers": answers}


def revocation(evidence, grants, roots, keys):
    """Its number and the entry that it ends, where its signer's agency gave that grant or one before it."""
    require(evidence.kind == 5, "kind")
    r = Reader(evidence.bytes)
    r.magic("rvk")
    number, entry, by, _, _, made = r.take(16), r.take(32), r.take(32), r.u8(), r.take(32), r.u64()
    message, signature = r.signature()
    r.finish()
    root = keys.verify(by, ISSUE, made, "revocation", message, signature)
    at = [g.entry for g in grants].index(entry)
    require(root in roots[: at + 1], "another agency's")
    return number, entry


def erasure(evidence, envelope, keys):
    """Its number and its own entry, where two roles of the author's agency signed it."""
    require(evidence.kind == 6, "kind")
    r = Reader(evidence.bytes)
    r.magic("ers")
    number, what, erased, _ = r.take(16), r.u8(), r.take(16), r.u8()
    require(what == 2 and erased == envelope.id, "another envelope")
    by, made = [r.take(32), r.take(32)], r.u64()
    message = r.data[: r.at]
    roots = [keys.verify(k, role, made, "erasure", message, r.take(64)) for k, role in zip(by, (ISSUE, OPEN))]
    r.finish()
    require(set(roots) == {keys.keys[envelope.author][3]}, "another agency's")
    return number, evidence.entry


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


def check(case):
    raw = bytes.fromhex
    keys = Keys(case["roots"], case["records"])
    policy = {
        "log": log.Key(case["log"], 1),
        "witnesses": [log.Key(w, 4) for w in case["witnesses"]],
        "needed": case["needed"],
    }
    author = raw(case["author"])
    author_key = Ed25519PublicKey.from_public_bytes(keys.keys[author][1])
    r = Reader(raw(case["billet"]))
    r.magic("bil")
    envelope = open_billet.Envelope(r.bytes(1 << 32), author, author_key)
    r.bytes(4096)
    deposits = dict(dealt(r.bytes(4096), envelope, author_key) for _ in range(r.u8()))
    r.finish()
    case["envelope"], case["deposits"] = envelope, deposits
    altered, last = 0, None
    for opening in case["openings"]:
        seed, ask = raw(opening["recipient"]), raw(opening["ask"])

        def read(data):
            evidence, grants = asked(data, policy)
            grants, roots = chain(grants, author, keys)
            return Request(evidence, grants, keys, case["now"]), grants, roots

        request, grants, roots = read(ask)
        releases = [Release(raw(d), request, keys) for d in opening["releases"]]
        require(opened(request, grants, releases, case, seed) == opening["sections"], "sections")
        if request.sealed is not None:
            require(request.reasons(raw(opening["auditor"])) == opening["reasons"], "reasons")
        try:
            opened(request, grants, releases[:1], case, seed)
            raise AssertionError("one release opened")
        except Refused:
            pass
        # What a gate has seen, the last number and hashes, nobody signs: the gate compares them with what it keeps.
        fixed = len(ask) - opening["unsigned"]
        altered += refused(lambda d: read(d + ask[fixed:]), ask[:fixed])
        altered += refused(lambda d: Release(d, request, keys), raw(opening["releases"][0]))
        last = last or (grants, roots)
    lists = [raw(d) for d in case["lists"]]
    wanted = sorted((i, raw(e)) for i, e in case["history"])
    for some in (lists, lists[:2], lists[1:]):
        require(history(some, envelope, keys) == (wanted, True), "history")
    require(history(lists[:1], envelope, keys)[1] is False, "one list is not proven complete")
    altered += refused(lambda d: release_list(d, envelope, keys), lists[0])
    said = refusal(asked(raw(case["refusal"]), policy)[0], keys)
    require(said == {k: raw(v) if isinstance(v, str) else v for k, v in case["refused"].items()}, "refusal")
    statements = [
        (revocation(asked(raw(case["revocation"]), policy)[0], *last, keys), case["revoked"]),
        (erasure(asked(raw(case["erasure"]), policy)[0], envelope, keys), case["erased"]),
    ]
    acknowledged = 0
    for (number, entry), answers in statements:
        gates = set()
        for answer in answers:
            gate, released = acknowledgement(raw(answer["bytes"]), number, entry, envelope, keys)
            require([e.hex() for e in released] == answer["released"], "released before")
            gates.add(gate)
        require(len(gates) == len(answers), "one gate twice")
        acknowledged += len(gates)
        altered += refused(lambda d: acknowledgement(d, number, entry, envelope, keys), raw(answers[0]["bytes"]))
    return len(case["openings"]), len(wanted), acknowledged, altered


def main():
    case = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    opened_, lines, acknowledged, altered = check(case)
    print(f"{opened_} openings, {lines} lines of history, {acknowledged} acknowledgements; {altered} altered ones refused")


if __name__ == "__main__":
    main()
