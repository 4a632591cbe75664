"""What everybody may read of a round: its course, and the account an auditor's program compares.

Officers are numbered in the order in which they first acted: the public sees that two people
looked at a result, not who they are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BinaryField
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy as _

from courses.kit.audit import trail
from courses.matching.models import FrozenMarket, MatchRound, MatchRun, VacancyResult
from courses.matching.models.outcomes import FEW_SEATS
from courses.matching.models.runs import Purpose
from courses.matching.queries.rounds import RESULT_STATES
from courses.people.models import User

FORMAT = "javar-ledger/1"
# So many bytes of a frozen round are read at once.
PIECE = 1 << 23
# The moves everybody may read with their reasons; the words of the others are the house's own.
PUBLIC_VERBS = {
    "draft_round": _("drafted"),
    "open_round": _("opened"),
    "set_deadlines": _("deadlines moved"),
    "freeze_round": _("frozen"),
    "type_in_public_value": _("public value typed in"),
    "start_run": _("run started"),
    "propose": _("result proposed by the verifier"),
    "withhold": _("result withheld by the verifier"),
    "approve_result": _("result approved"),
    "publish_round": _("published"),
    "check_result": _("solved again for a check"),
    "close_round": _("closed"),
}
INNER_VERBS = {
    "change_draft": _("draft changed"),
    "acknowledge_effect": _("read whom a reserve makes worse off"),
    "make_auditor_link": _("link made for an auditor"),
    "close_auditor_link": _("link of an auditor closed"),
}
VERBS = PUBLIC_VERBS | INNER_VERBS


@dataclass(frozen=True)
class CourseLine:
    """One move of a round: what, when, which officer (None: a program) and why."""

    verb: str
    label: str
    at: datetime
    officer: int | None
    by: User | None
    reason: str


def course_of(match_round: MatchRound, *, public: bool) -> list[CourseLine]:
    """Return the moves of a round, oldest first; `public` leaves the inner ones out."""
    numbers: dict[int, int] = {}
    lines = []
    for line in trail(match_round):
        officer = None
        if line.by_id is not None:
            officer = numbers.setdefault(line.by_id, len(numbers) + 1)
        if line.verb in (PUBLIC_VERBS if public else VERBS):
            lines.append(
                CourseLine(
                    line.verb, str(VERBS[line.verb]), line.at, officer,
                    None if public else line.by,
                    line.reason,
                )
            )  # fmt: skip
    return lines


def frozen_of(match_round: MatchRound) -> FrozenMarket | None:
    """Return what was frozen, without its bytes; None before the freeze."""
    return (
        FrozenMarket.objects.filter(round=match_round)
        .defer("content")
        .select_related("frozen_by")
        .first()
    )


def frozen_bytes(match_round: MatchRound) -> bytes:
    """Return the canonical bytes a round was frozen into.

    They are read in pieces: a driver keeps room for twice the largest answer it was given.
    """
    frozen, whole = FrozenMarket.objects.filter(round=match_round), bytearray()
    while len(whole) % PIECE == 0:
        at = Substr("content", len(whole) + 1, PIECE, output_field=BinaryField())
        piece = frozen.values_list(at).get()[0]
        if not piece:
            break
        whole += piece
    return bytes(whole)


def published_run(match_round: MatchRound) -> MatchRun | None:
    """Return the run whose result was published; None before."""
    if match_round.state not in RESULT_STATES:
        return None
    return match_round.runs.filter(
        purpose=Purpose.RESULT, finished_at__isnull=False, violations=[]
    ).last()


def public_seats(run: MatchRun) -> list[VacancyResult]:
    """Return the published seats of every vacancy, in the order of codes' signs."""
    return sorted(
        VacancyResult.objects.filter(run=run).select_related("vacancy__firm"),
        key=lambda row: row.vacancy.code,
    )


def checks_of(match_round: MatchRound) -> list[MatchRun]:
    """Return the finished runs that solved a published round again."""
    return list(match_round.runs.filter(purpose=Purpose.CHECK, finished_at__isnull=False))


def account_of(match_round: MatchRound) -> dict[str, Any]:
    """Return a round's public account, JSON-ready.

    Once published it holds what the auditor's program compares, and more for people. Before that
    what is known so far: never the seed. Where few seats were given by points, the last admitted's
    exact points would tell who that was: everybody reads null, and only auditors work them out.
    """
    frozen = frozen_of(match_round)
    run = published_run(match_round)
    account: dict[str, Any] = {
        "format": FORMAT,
        "round": match_round.code,
        "title": {"fa": match_round.title_fa, "en": match_round.title_en},
        "state": match_round.state,
        "is_sample": match_round.is_sample,
        "commitment": match_round.commitment,
        "longest_list": match_round.longest_list,
        "public_source": match_round.public_source,
        "public_value": match_round.public_value,
        "public_value_source": match_round.public_value_source,
        "wishes_close_at": _moment(match_round.wishes_close_at),
        "ranking_closes_at": _moment(match_round.ranking_closes_at),
        "moves": [
            {
                "verb": line.verb, "at": _moment(line.at), "reason": line.reason,
                "by": "program" if line.officer is None else f"officer {line.officer}",
            }
            for line in course_of(match_round, public=True)
        ],
    }  # fmt: skip
    if frozen is not None:
        account |= {
            "snapshot_sha256": match_round.snapshot_sha256,
            "counts": {
                name: getattr(frozen, name)
                for name in ("students", "vacancies", "seats", "wishes", "forbidden", "full_lists")
            },
        }
    if run is not None:
        by_points = set(match_round.scoring_rules.values_list("vacancy", flat=True))
        account |= {
            "seed": bytes(match_round.seed or b"").hex(),
            "lottery_sha256": run.report["lottery_sha256"],
            "placed": run.placed,
            "result_sha256": run.result_sha256,
            "vacancies": [
                {
                    "code": row.vacancy.code,
                    "seats": [
                        [
                            kind, room, used,
                            None
                            if tier is None
                            or (row.vacancy_id in by_points and min(room, used) < FEW_SEATS)
                            else tier + 1,
                        ]
                        for kind, room, used, tier, _ticket in row.seats
                    ],
                }
                for row in public_seats(run)
            ],
            "verifier": {"violations": run.violations, "finished_at": _moment(run.finished_at)},
            "wishes_met": run.report["ranks"],
            "versions": run.versions,
            "checks": [
                {"at": _moment(check.finished_at), "same": check.same,
                 "result_sha256": check.result_sha256}
                for check in checks_of(match_round)
            ],
        }  # fmt: skip
    return account


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
