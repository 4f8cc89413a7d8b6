"""Grants, requests, releases, lists and what ends or holds them, as docs/format.md has them: for read_sharing.py and
read_redeal.py."""

import hmac

import open_billet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from evidence import BREAK_GLASS, GATE, ISSUE, OPEN, Keys, Reader, asked, log
from open_billet import label, require, sha256, unwrap

NONE = bytes(32)
HOLD, DAY = 90 * 86400, 86400
CONSENT, CONSENT_WITHDRAWN = 1, 1


def purpose_within(a, b):
    return a == b or b % 10 == 0 and a // 10 == b // 10 or b % 100 == 0 and a // 100 == b // 100


class Grant:
    def __init__(self, evidence):
        require(evidence.kind == 1, "kind")
        self.entry = evidence.entry
        r = Reader(evidence.bytes)
        two = r.magic("gnt", 2) == 2
        r.take(16)
        self.parent, self.issuer = r.take(32), r.take(32)
        self.second = r.take(32) if two else None
        self.recipient, self.issued = r.take(32), r.u64()
        self.envelope = r.take(16)
        self.count, self.slots = r.slots()
        self.mode, self.purpose = r.u8(), r.u16()
        ground = r.take(1 + 2 + 1 + 1 + 32)
        self.basis = ground[0]
        self.window, self.opens, self.depth = (r.u64(), r.u64()), r.u16(), r.u8()
        told, emergency = r.u64(), r.u8()
        self.told = told
        self.alike = self.envelope, self.count, ground, told, emergency
        self.emergency = emergency == 1
        handed_on = self.parent != NONE
        require(self.mode in (1, 2) and self.opens > 0 and emergency in (0, 1), "terms")
        require(self.depth + handed_on < 4 and told <= self.issued + HOLD, "terms")
        require(not self.emergency or self.depth == 0 and not handed_on, "an emergency is not handed on")
        require(not two or self.depth == 0 and not handed_on, "a grant of two is not handed on")
        require(self.second != self.issuer, "one key signs twice")
        self.head = r.data[: r.at]
        self.capsule = r.take(1136 + 32 * self.count)
        self.signed = r.signature()
        self.signed_second = (self.signed[0], r.take(64)) if two else None
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


def chain(evidence, author, keys, two=False):
    """The grants, each signed for the agency that held the one before and within it; and their agencies. `two`: whether
    the envelope's deposits say that two must issue."""
    grants, roots = [Grant(e) for e in evidence], []
    require(1 <= len(grants) <= 4, "length")
    require(not two or grants[0].second is not None, "one issued it alone")
    parent, holder = NONE, keys.keys[author][3]
    for n, grant in enumerate(grants):
        require(grant.parent == parent, "order")
        root = keys.verify(grant.issuer, ISSUE, grant.issued, "grant", *grant.signed)
        require(root == holder and (n == 0 or grant.within(grants[n - 1])), "wider, or another's")
        if grant.second is not None:
            other = keys.verify(grant.second, ISSUE, grant.issued, "grant", *grant.signed_second)
            require(other == root, "the second is another agency's")
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
        self.sealed = self.budget = None
        if emergency:
            second, self.reason, budget = r.take(32), r.u8(), r.u16()
            self.sealed = r.take(1136 + 2004)
            message = r.data[: r.at]
            require(budget > 0 and second != by and now < made + DAY, "emergency")
            roots = {keys.verify(k, BREAK_GLASS, made, "emergency", message, r.take(64)) for k in (by, second)}
            require(len(roots) == 1, "two agencies")
            self.budget = by, made // DAY, budget
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


class Deposit:
    def __init__(self, gate, number, hashes, two, head, wrapped):
        self.gate, self.number, self.hashes, self.two = gate, number, hashes, two
        self.head, self.wrapped = head, wrapped

    def shares(self, seed):
        shares = unwrap(seed, label("deposit") + sha256(self.head), self.wrapped)
        return [shares[32 * j : 32 * j + 32] for j in range(len(self.hashes))]


class Holders:
    """The gates that have an envelope's shares, and the hashes by which each share is known again."""

    def __init__(self, epoch, t, gates, hashes, share_hash):
        self.epoch, self.t, self.gates = epoch, t, gates
        self.hashes, self.share_hash = hashes, share_hash

    def check(self, gate, slot, share):
        """The gate's number, where the share is the one that it was dealt."""
        require(gate in self.gates, "no such gate")
        number = self.gates.index(gate) + 1
        require(self.share_hash(number, slot, share) == self.hashes[gate][slot], "share")
        return number


def first_holders(envelope, deposits):
    """The gates of the envelope's own header."""

    def share_hash(number, slot, share):
        return sha256(label("share"), envelope.id, bytes([number, slot]), share)

    return Holders(0, envelope.t, envelope.gates, {d.gate: d.hashes for d in deposits}, share_hash)


def dealt(data, envelope, author_key):
    """Whose share, its number and the hashes that the author signed; whether two must issue; what is wrapped to it."""
    r = Reader(data)
    two = r.magic("dep", 2) == 2
    require(r.take(16) == envelope.id and r.take(32) == envelope.header_hash, "another envelope")
    require(r.take(32) == envelope.author and (r.u8(), r.u8()) == (envelope.t, len(envelope.gates)), "author")
    number, gate = r.u8(), r.take(32)
    require(envelope.gates[number - 1] == gate and r.u8() == envelope.k, "gate")
    hashes = [r.take(32) for _ in range(envelope.k)]
    head, wrapped = data[: r.at], r.take(1136 + 32 * envelope.k)
    author_key.verify(r.take(64), label("deposit-signature") + head + sha256(wrapped))
    r.finish()
    return Deposit(gate, number, hashes, two, head, wrapped)


def opened(request, grants, releases, envelope, holders, seed):
    """What a quorum of releases and the recipient's key open."""
    require(len({r.gate for r in releases}) == len(releases) >= holders.t, "quorum")
    halves, out = grants[-1].halves(seed), {}
    for slot in request.slots:
        shares = []
        for release in releases:
            share = release.shares(seed)[slot]
            shares.append((holders.check(release.gate, slot, share), share))
        name, content = envelope.open(slot, halves[slot], open_billet.join(shares))
        out[name] = content.hex()
    return out


def release_list(data, envelope, gates, keys):
    r = Reader(data)
    r.magic("lst")
    gate = r.take(32)
    require(r.take(16) == envelope.id and gate in gates, "another's list")
    lines = [(r.u64(), r.take(32)) for _ in range(r.u32())]
    message, signature = r.signature()
    r.finish()
    keys.verify(gate, GATE, None, "release-list", message, signature)
    return gate, lines


def history(lists, envelope, holders, keys):
    """All lines, and whether none is missing: of n gates all but t - 1 must have said theirs."""
    read = dict(release_list(data, envelope, holders.gates, keys) for data in lists)
    complete = len(read) >= len(holders.gates) - holders.t + 1
    return sorted({line for lines in read.values() for line in lines}), complete


def acknowledgement(data, number, entry, gates, keys):
    r = Reader(data)
    r.magic("ack")
    gate = r.take(32)
    require(gate in gates and (r.take(16), r.take(32)) == (number, entry), "another statement")
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


def revoked(data, keys):
    """Its number, the entry that it ends where its signer's agency may, why, and that agency."""
    r = Reader(data)
    r.magic("rvk")
    number, entry, by, reason, _, made = r.take(16), r.take(32), r.take(32), r.u8(), r.take(32), r.u64()
    message, signature = r.signature()
    r.finish()
    return number, entry, reason, keys.verify(by, ISSUE, made, "revocation", message, signature)


def revocation(evidence, grants, roots, keys):
    """Its number and the entry that it ends, where its signer's agency gave that grant or one before it."""
    require(evidence.kind == 5, "kind")
    number, entry, reason, root = revoked(evidence.bytes, keys)
    at = [g.entry for g in grants].index(entry)
    require(root in roots[: at + 1], "another agency's")
    require(reason != CONSENT_WITHDRAWN or grants[at].basis == CONSENT, "it rests on no consent")
    return number, entry


def erasure(evidence, envelope, keys):
    """Its number and its own entry, where two roles of the author's agency signed it."""
    require(evidence.kind == 6, "kind")
    r = Reader(evidence.bytes)
    r.magic("ers")
    number, what, erased, _ = r.take(16), r.u8(), r.take(16), r.u8()
    require(what == 2 and erased == envelope.id, "another envelope")
    officers(r, "erasure", envelope, keys)
    return number, evidence.entry


def officers(r, name, envelope, keys):
    """The end of what two roles of the author's agency sign."""
    by, made = [r.take(32), r.take(32)], r.u64()
    message = r.data[: r.at]
    roots = [keys.verify(k, role, made, name, message, r.take(64)) for k, role in zip(by, (ISSUE, OPEN))]
    r.finish()
    require(set(roots) == {keys.keys[envelope.author][3]}, "another agency's")


class Hold:
    """That a grant is not told until a time, or no longer."""

    def __init__(self, evidence, envelope, keys):
        require(evidence.kind == 10, "kind")
        self.index = evidence.index
        r = Reader(evidence.bytes)
        r.magic("ntc")
        r.take(16)
        self.grant, of, self.until, self.reason = r.take(32), r.take(16), r.u64(), r.u8()
        self.commitment, by, made = r.take(32), r.take(32), r.u64()
        message, signature = r.signature()
        r.finish()
        require(of == envelope.id and 1 <= self.reason <= 4, "another envelope, or reason")
        require(made <= self.until <= made + HOLD, "held too long")
        self.ended = self.until == made
        role = BREAK_GLASS if keys.role(by) == BREAK_GLASS else OPEN
        root = keys.verify(by, role, made, "hold", message, signature)
        require(root == keys.keys[envelope.author][3], "another agency's")

    def written(self, blind, text):
        """The text that an officer wrote down, where it is the one that was committed to."""
        found = hmac.digest(blind, label("written") + text.encode(), "sha256")
        require(found == self.commitment, "written otherwise")
        return text


def told_after(grant, holds):
    """From when a grant, and what was done under it, is told: the last officer's word, else the grant's own."""
    own = [h for h in holds if h.grant == grant.entry]
    return max(own, key=lambda h: h.index).until if own else grant.told


class Case:
    """Keys, whom the log is believed by, and the envelope, which all of a case is about."""

    def __init__(self, case):
        self.keys = Keys(case["roots"], case["records"])
        self.policy = {
            "log": log.Key(case["log"], 1),
            "witnesses": [log.Key(w, 4) for w in case["witnesses"]],
            "needed": case["needed"],
        }
        self.author, self.now = bytes.fromhex(case["author"]), case["now"]
        author_key = Ed25519PublicKey.from_public_bytes(self.keys.keys[self.author][1])
        r = Reader(bytes.fromhex(case["billet"]))
        r.magic("bil")
        self.envelope = open_billet.Envelope(r.bytes(1 << 32), self.author, author_key)
        r.bytes(4096)
        self.deposits = [dealt(r.bytes(4096), self.envelope, author_key) for _ in range(r.u8())]
        r.finish()
        require(len({d.two for d in self.deposits}) == 1, "deposits differ")
        self.two = self.deposits[0].two

    def evidence(self, hexed):
        """An entry that is shown alone."""
        return asked(bytes.fromhex(hexed), self.policy)[0]

    def request(self, data):
        evidence, grants = asked(data, self.policy)
        grants, roots = chain(grants, self.author, self.keys, self.two)
        return Request(evidence, grants, self.keys, self.now), grants, roots
