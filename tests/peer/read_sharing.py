"""A second reader of grants, requests, releases and histories, written from docs/format.md alone.

Reads a JSON file of one case (tests/compat/v1/sharing.json is one): verifies keys, proofs, chains of grants, requests,
refusals, revocations, erasures, releases, lists and acknowledgements; opens what was released; compares. Then it alters
each, and refuses it. Needs PyPI `cryptography` 50. Beside it: statements.py (how each is read), read_redeal.py (holds, grants
of two, redeals), open_billet.py (envelopes), audit/reader.py (logs).
"""

import json
import pathlib
import sys


import statements as st
from evidence import refused
from open_billet import Refused, require


def check(data):
    raw, case = bytes.fromhex, st.Case(data)
    envelope, keys = case.envelope, case.keys
    holders = st.first_holders(envelope, case.deposits)
    altered, last = 0, None
    for opening in data["openings"]:
        seed, ask = raw(opening["recipient"]), raw(opening["ask"])
        request, grants, roots = case.request(ask)
        releases = [st.Release(raw(d), request, keys) for d in opening["releases"]]
        require(st.opened(request, grants, releases, envelope, holders, seed) == opening["sections"], "sections")
        if request.sealed is not None:
            require(request.reasons(raw(opening["auditor"])) == opening["reasons"], "reasons")
        try:
            st.opened(request, grants, releases[:1], envelope, holders, seed)
            raise AssertionError("one release opened")
        except Refused:
            pass
        # What a gate has seen, the last number and hashes, nobody signs: the gate compares them with what it keeps.
        fixed = len(ask) - opening["unsigned"]
        altered += refused(lambda d: case.request(d + ask[fixed:]), ask[:fixed])
        altered += refused(lambda d: st.Release(d, request, keys), raw(opening["releases"][0]))
        last = last or (grants, roots)
    lists = [raw(d) for d in data["lists"]]
    wanted = sorted((i, raw(e)) for i, e in data["history"])
    for some in (lists, lists[:2], lists[1:]):
        require(st.history(some, envelope, holders, keys) == (wanted, True), "history")
    require(st.history(lists[:1], envelope, holders, keys)[1] is False, "one list is not proven complete")
    altered += refused(lambda d: st.release_list(d, envelope, holders.gates, keys), lists[0])
    said = st.refusal(case.evidence(data["refusal"]), keys)
    require(said == {k: raw(v) if isinstance(v, str) else v for k, v in data["refused"].items()}, "refusal")
    ended = [
        (st.revocation(case.evidence(data["revocation"]), *last, keys), data["revoked"]),
        (st.erasure(case.evidence(data["erasure"]), envelope, keys), data["erased"]),
    ]
    acknowledged = 0
    for (number, entry), answers in ended:

        def read(answer):
            return st.acknowledgement(answer, number, entry, envelope.gates, keys)

        gates = set()
        for answer in answers:
            gate, released = read(raw(answer["bytes"]))
            require([e.hex() for e in released] == answer["released"], "released before")
            gates.add(gate)
        require(len(gates) == len(answers), "one gate twice")
        acknowledged += len(gates)
        altered += refused(read, raw(answers[0]["bytes"]))
    return len(data["openings"]), len(wanted), acknowledged, altered


def main():
    data = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    opened_, lines, acknowledged, altered = check(data)
    print(f"{opened_} openings, {lines} lines of history, {acknowledged} acknowledgements; {altered} altered ones refused")


if __name__ == "__main__":
    main()
