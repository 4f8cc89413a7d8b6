"""A second reader of holds, grants that two issue, and shares that were dealt anew, written from docs/format.md alone.

Reads a JSON file of one case (tests/compat/v1/redeal.json is one): whose word each entry is, what gates dealt, added up, took
and deleted, with every secret beside it; opens what the gates before and after released. Then it alters each part, and
breaks each rule that the case names, and refuses that. Needs PyPI `cryptography` 50.
"""

import copy
import json
import pathlib
import sys

import redeal as rd
import statements as st
from evidence import Reader, refused
from open_billet import Refused, join, require

raw = bytes.fromhex


def opening(data, case, holders):
    """A request that was opened, its grants, and by whose releases."""
    request, grants, _ = case.request(raw(data["ask"]))
    releases = [st.Release(raw(d), request, case.keys) for d in data["releases"]]
    found = st.opened(request, grants, releases, case.envelope, holders, raw(data["recipient"]))
    require(found == data["sections"], "sections")
    if request.sealed is not None:
        require(request.reasons(raw(data["auditor"])) == data["reasons"], "reasons")
    return request, grants, {r.gate for r in releases}


def proposal(data, grant):
    """What the first proposed is what the second signed too."""
    r = Reader(raw(data))
    r.magic("gpr")
    require((r.bytes(8192), r.take(64)) == grant.signed, "another proposal")
    r.finish()


def bound(dealing, openings):
    """Every request that the dealer released for is bound to its uses, and nothing else is."""
    own = {q.evidence.entry for q, _, gates in openings if dealing.gate in gates}
    require(own == {entry for _, entry in dealing.lines}, "its list")
    require(own <= set(dealing.bound), "a request is missing")
    wanted = {q.evidence.entry: (q, grants) for q, grants, _ in openings}
    for entry, (number, uses, emergency) in dealing.bound.items():
        request, grants = wanted[entry]
        require(number == request.id and emergency == request.budget, "another request")
        require(uses == {(g.entry, n) for g, n in zip(grants, request.uses)}, "uses")


def moved(data, case, holders, shares, openings):
    """A redeal from first to last: the gates that have the shares then, and each one's shares."""
    first, second = (case.evidence(e) for e in data["steps"])
    step = rd.Step(first, holders, case)
    dealings = [rd.Dealing(raw(d), step, holders, case) for d in data["dealings"]]
    require(sorted(d.number for d in dealings) == step.dealers, "not all deal")
    parts, ended = {}, set()
    for number, seed in enumerate(data["seeds"], 1):
        for dealing in dealings:
            parts[dealing.number, number], told = dealing.open(number, raw(seed))
            ended |= told
    require(ended == {raw(e) for e in data["revoked"]}, "revocations")
    k, t = case.envelope.k, step.to.t
    new = range(1, len(step.to.gates) + 1)
    for dealing in dealings:
        bound(dealing, openings)
        for slot in range(k):
            dealt = join([(n, parts[dealing.number, n][slot]) for n in new][:t])
            require(dealt == shares[dealing.gate][slot], "it dealt another share")
    taken = [rd.Taken(raw(d), step, case) for d in data["taken"]]
    after = rd.new_holders(step, taken, len(step.dealers) - holders.t, case)
    have = {}
    for said in taken:
        dealt = {d: parts[d, said.number] for d in step.dealers}
        have[said.gate], checks = rd.add_up(dealt, holders.t, k)
        require(checks == said.checks, "its part of the checks")
        for slot, share in enumerate(have[said.gate]):
            after.check(said.gate, slot, share)
    number, entry = rd.second_step(second, step, case)
    words = [st.acknowledgement(raw(w), number, entry, holders.gates, case.keys) for w in data["words"]]
    require(len({gate for gate, _ in words}) == len(words) >= holders.t, "too few have deleted")
    altered = refused(lambda d: rd.Step(case.evidence(d.hex() + "00" * 9), holders, case), raw(data["steps"][0])[:-9])
    altered += refused(lambda d: rd.second_step(case.evidence(d.hex() + "00" * 9), step, case), raw(data["steps"][1])[:-9])
    altered += refused(lambda d: rd.Dealing(d, step, holders, case), raw(data["dealings"][0]))
    altered += refused(lambda d: rd.Taken(d, step, case), raw(data["taken"][0]))
    altered += refused(lambda d: st.acknowledgement(d, number, entry, holders.gates, case.keys), raw(data["words"][0]))
    return after, have, altered


def held(data, case, grants):
    """From when the grant that the holds are about is told, hold by hold."""
    holds, told, altered = [], [], 0
    grant = grants[raw(data["grant"])]
    for said in data["said"]:
        hold = st.Hold(case.evidence(said["entry"]), case.envelope, case.keys)
        hold.written(raw(said["blind"]), said["text"])
        require(hold.grant == grant.entry and hold.reason == said["reason"], "hold")
        holds.append(hold)
        told.append(st.told_after(grant, holds))
        bytes_ = raw(said["entry"])[:-9]
        altered += refused(lambda d: st.Hold(case.evidence(d.hex() + "00" * 9), case.envelope, case.keys), bytes_)
    require(told == data["told"] and holds[-1].ended, "told at another time")
    require(st.told_after(grant, []) == grant.told, "the grant's own time")
    return altered


def check(data):
    case = st.Case(data)
    holders = st.first_holders(case.envelope, case.deposits)
    shares = {d.gate: d.shares(raw(seed)) for d, seed in zip(case.deposits, data["gate_seeds"])}
    openings, grants, altered = [], {}, 0
    for epoch, lists in enumerate(data["lists"]):
        for said in data["openings"]:
            if said["epoch"] == epoch:
                openings.append(opening(said, case, holders))
                grants.update((g.entry, g) for g in openings[-1][1])
                # Whoever is not of these gates opens nothing.
                one = copy.deepcopy(said)
                one["releases"] = one["releases"][: holders.t - 1]
                require(why(opening, one, case, holders) == "quorum", "too few open")
        wanted = sorted((i, raw(e)) for i, e in data["history"][epoch])
        lists = [raw(d) for d in lists]
        require(st.history(lists, case.envelope, holders, case.keys) == (wanted, True), "history")
        few = lists[: len(holders.gates) - holders.t]
        require(st.history(few, case.envelope, holders, case.keys)[1] is False, "history of few")
        if epoch < len(data["redeals"]):
            holders, shares, tried = moved(data["redeals"][epoch], case, holders, shares, openings)
            altered += tried
    proposal(data["proposal"], openings[0][1][0])
    altered += refused(lambda d: proposal(d.hex(), openings[0][1][0]), raw(data["proposal"]))
    return len(openings), altered + held(data["holds"], case, grants)


def why(read, *args):
    """Why it is refused."""
    try:
        read(*args)
    except Refused as e:
        return str(e)
    return "taken"


def broken(data):
    """Each change that the case names is refused, and for the reason that stands beside it."""
    for change in data["broken"]:
        other = copy.deepcopy(data)
        place = other
        *path, last = change["at"]
        for step in path:
            place = place[step]
        place[last] = change["value"]
        found = why(check, other)
        require(found == change["why"], f"{change['rule']}: {found}")
    return len(data["broken"])


def main():
    data = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    openings, altered = check(data)
    rules = broken(data)
    print(f"{openings} openings through {len(data['redeals'])} redeals; {rules} broken rules, {altered} altered ones refused")


if __name__ == "__main__":
    main()
