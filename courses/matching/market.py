"""The frozen market of a round: from rows to the canonical snapshot, and to the solver.

The snapshot is a value: students by pseudonym with their wishes, vacancies with capacity, tiers
and reserves, groups, the pairs the law forbids with its reasons. It holds no lottery: tickets
are drawn from the committed seed, after the snapshot's hash is known.
"""

import hashlib
import json
from typing import Any

from courses.enrolment.queries import schools_of
from courses.matching.models import Application, MatchRound
from courses.matching.rules import StatuteBook, reasons_against_wish
from courses.matching.solver.lottery import draw
from courses.matching.solver.market import Market
from courses.organisations.models import Organisation
from courses.people.models import PersonalRecord, User
from courses.vacancies.queries import published


def canonical(value: Any) -> bytes:
    """Return the bytes a value is hashed as: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def fingerprint(value: Any) -> str:
    """Return the SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def snapshot_of(match_round: MatchRound) -> dict[str, Any]:
    """Return the round's market and the law's refusals, from a constant number of queries.

    A vacancy its firm took back before the freeze is dropped from every list; a student who is
    left without a wish stays in the market and is told so.
    """
    vacancies = list(
        published().filter(rounds=match_round).prefetch_related("reserves__school").order_by("code")
    )
    by_key = {vacancy.pk: vacancy for vacancy in vacancies}
    wishes = list(
        Application.objects.filter(list__round=match_round)
        .select_related("list", "standing")
        .order_by("list__pseudonym", "rank")
    )
    student_ids = {wish.list.student_id for wish in wishes}
    records = PersonalRecord.objects.in_bulk(student_ids)
    schools = schools_of(User.objects.filter(pk__in=student_ids))
    school_codes = dict(Organisation.objects.filter(kind="school").values_list("pk", "code"))

    book = StatuteBook()
    students: dict[str, list[str]] = {}
    groups: dict[str, list[str]] = {}
    tiers: dict[str, dict[int | None, list[str]]] = {v.code: {} for v in vacancies}
    refusals = []
    for wish in wishes:
        name, vacancy = wish.list.pseudonym, by_key.get(wish.vacancy_id)
        students.setdefault(name, [])
        groups[name] = sorted(school_codes[pk] for pk in schools.get(wish.list.student_id, ()))
        if vacancy is None:
            continue
        students[name].append(vacancy.code)
        record = records.get(wish.list.student_id)
        codes = (
            [f"{r.rule}:{r.code}" for r in reasons_against_wish(record, vacancy, book)]
            if record
            else ["record:missing"]
        )
        if codes:
            refusals.append({"student": name, "vacancy": vacancy.code, "rules": codes})
        standing = getattr(wish, "standing", None)
        if standing is None or not standing.unsuitable:
            tier = standing.tier if standing else None
            tiers[vacancy.code].setdefault(tier, []).append(name)
    return {
        "schema": 1,
        "round": match_round.code,
        "market": {
            "students": students,
            "vacancies": {
                vacancy.code: {
                    "capacity": vacancy.seats,
                    "order": _order(tiers[vacancy.code]),
                    "reserves": [
                        {"group": r.school.code, "seats": r.seats, "kind": r.kind}
                        for r in vacancy.reserves.all()
                    ],
                }
                for vacancy in vacancies
            },
            "groups": {name: codes for name, codes in groups.items() if codes},
            "ineligible": [[refusal["student"], refusal["vacancy"]] for refusal in refusals],
        },
        "refusals": refusals,
    }


def _order(tiers: dict[int | None, list[str]]) -> list[list[str]]:
    """Return the tiers best first; applicants without a standing share the last one."""
    ranked = [sorted(tiers[tier]) for tier in sorted(t for t in tiers if t is not None)]
    return [*ranked, sorted(tiers[None])] if None in tiers else ranked


def market_of(match_round: MatchRound) -> Market:
    """Return the frozen market with its lottery drawn from the round's seed."""
    snapshot: Any = match_round.snapshot
    seed: Any = match_round.seed
    data = snapshot["market"]
    lottery = draw(bytes(seed), "", match_round.code, list(data["students"]))
    return Market.from_json({**data, "lottery": list(lottery)})
