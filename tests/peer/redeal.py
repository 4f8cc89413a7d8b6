"""Shares dealt anew, as docs/format.md has it: what officers say, what gates deal, add up, take and delete."""

import statements as st
from evidence import GATE, Reader
from open_billet import inverse, join, label, require, sha256, times, unwrap


class Gates:
    def __init__(self, r):
        self.epoch, self.t, n = r.u32(), r.u8(), r.u8()
        require(1 <= self.t <= n <= 7 and 2 * self.t > n, "quorum")
        self.gates = [r.take(32) for _ in range(n)]
        require(len(set(self.gates)) == n, "gates differ")


class Step:
    """The first step: who deals what to whom."""

    def __init__(self, evidence, holders, case):
        self.entry = evidence.entry
        r, number = said(evidence, case)
        require(r.u8() == 1, "not the first step")
        before, bits, self.to = Gates(r), r.u8(), Gates(r)
        st.officers(r, "redeal", case.envelope, case.keys)
        self.dealers = [d for d in range(1, 9) if bits >> d - 1 & 1]
        require((before.epoch, before.t, before.gates) == (holders.epoch, holders.t, holders.gates), "other gates")
        require(len(self.dealers) >= before.t and self.dealers[-1] <= len(before.gates), "dealers")
        require(self.to.epoch == before.epoch + 1 and self.to.t > 1, "new gates")


def said(evidence, case):
    require(evidence.kind == 11, "kind")
    r = Reader(evidence.bytes)
    r.magic("rdl")
    number = r.take(16)
    require(r.take(16) == case.envelope.id, "another envelope")
    return r, number


def second_step(evidence, first, case):
    """Its number and entry, which gates acknowledge."""
    r, number = said(evidence, case)
    require(r.u8() == 2 and r.take(32) == first.entry, "not of this redeal")
    st.officers(r, "redeal", case.envelope, case.keys)
    return number, evidence.entry


class Dealing:
    def __init__(self, data, step, holders, case):
        self.step, self.case, envelope = step, case, case.envelope
        r = Reader(data)
        require((r.magic("dlg", 2) == 2) == case.two, "how many issue")
        about = r.take(16), r.take(32), r.take(32), r.u32(), r.u8(), r.take(32)
        own = envelope.id, envelope.header_hash, step.entry, step.to.epoch, envelope.k, case.author
        require(about == own, "another dealing")
        self.number, self.gate = r.u8(), r.take(32)
        require(self.number in step.dealers and holders.gates[self.number - 1] == self.gate, "no dealer")
        require(r.u8() == len(step.to.gates), "new gates")
        self.hashes = [[r.take(32) for _ in range(envelope.k)] for _ in step.to.gates]
        self.list = r.bytes(48 << 20)
        _, self.lines = st.release_list(self.list, envelope, [self.gate], case.keys)
        self.bound = {}
        for _ in range(r.u32()):
            number, entry = r.take(16), r.take(32)
            uses = {(r.take(32), r.u16()) for _ in range(r.u8())}
            emergency = r.u8()
            require(emergency in (0, 1), "emergency")
            self.bound[entry] = number, uses, (r.take(32), r.u64(), r.u16()) if emergency else None
        self.head = data[: r.at]
        self.sealed = [r.bytes(16 << 20) for _ in step.to.gates]
        signature = r.take(64)
        r.finish()
        message = self.head + b"".join(sha256(s) for s in self.sealed)
        case.keys.verify(self.gate, GATE, None, "dealing", message, signature)

    def open(self, number, seed):
        """What a new gate is dealt of each slot, and the grants of which it is told that they are revoked."""
        k, keys = self.case.envelope.k, self.case.keys
        plain = unwrap(seed, label("sub-shares") + sha256(self.head) + bytes([number]), self.sealed[number - 1])
        parts = [plain[32 * j : 32 * j + 32] for j in range(k)]
        for slot, part in enumerate(parts):
            place = bytes([self.number, number, slot])
            found = sha256(label("sub-share"), self.case.envelope.id, self.step.entry, place, part)
            require(found == self.hashes[number - 1][slot], "sub-share")
        r = Reader(plain)
        r.take(32 * k)
        ended = {st.revoked(r.bytes(1024), keys)[1] for _ in range(r.u32())}
        r.finish()
        return parts, ended


def scaled(parts):
    """The sum of blocks, each times its weight."""
    out = bytes(32)
    for weight, block in parts:
        out = bytes(x ^ times(y, weight) for x, y in zip(out, block))
    return out


def product(numbers):
    out = 1
    for n in numbers:
        out = times(out, n)
    return out


def add_up(parts, t, k):
    """A new gate's share of each slot, and its part of each check, from what each dealer dealt to it."""
    dealers = sorted(parts)
    shares = [join([(d, parts[d][slot]) for d in dealers[:t]]) for slot in range(k)]
    checks = []
    for power in range(len(dealers) - t):
        weights = {d: product([inverse(d ^ e) for e in dealers if e != d] + [d] * power) for d in dealers}
        checks.append([scaled((weights[d], parts[d][slot]) for d in dealers) for slot in range(k)])
    return shares, checks


def agree(values, t):
    """Whether values at gates 1, 2, ... are of a polynomial below degree t that is zero at zero."""
    known = range(1, t)
    for gate in range(t, len(values) + 1):
        weights = []
        for i in known:
            others = [0] + [m for m in known if m != i]
            weights.append(product([gate ^ m for m in others] + [inverse(i ^ m) for m in others]))
        if scaled(zip(weights, values)) != values[gate - 1]:
            return False
    return True


class Taken:
    def __init__(self, data, step, case):
        envelope = case.envelope
        r = Reader(data)
        r.magic("tkn")
        self.gate = r.take(32)
        about = r.take(16), r.take(32), r.take(32), r.u32()
        require(about == (envelope.id, envelope.header_hash, step.entry, step.to.epoch), "another redeal")
        self.number = r.u8()
        require(1 <= self.number <= len(step.to.gates), "no new gate")
        require(step.to.gates[self.number - 1] == self.gate and r.u8() == envelope.k, "no new gate")
        self.hashes = [r.take(32) for _ in range(envelope.k)]
        self.checks = [[r.take(32) for _ in range(envelope.k)] for _ in range(r.u8())]
        message, signature = r.signature()
        r.finish()
        case.keys.verify(self.gate, GATE, None, "taken", message, signature)


def new_holders(step, taken, spare, case):
    """The new gates, where all have taken and what was dealt agrees."""
    by_number = {t.number: t for t in taken}
    require(len(by_number) == len(taken) == len(step.to.gates), "not all have taken")
    require(all(len(t.checks) == spare for t in taken), "checks")
    for check in range(spare):
        for slot in range(case.envelope.k):
            values = [by_number[n].checks[check][slot] for n in sorted(by_number)]
            require(agree(values, step.to.t), "dealers disagree")

    def share_hash(number, slot, share):
        return sha256(label("new-share"), case.envelope.id, step.entry, bytes([number, slot]), share)

    hashes = {t.gate: t.hashes for t in taken}
    return st.Holders(step.to.epoch, step.to.t, step.to.gates, hashes, share_hash)
