"""Firms' standings of their applicants."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.kit import audit
from courses.kit.moves import lock
from courses.kit.persian import normalise
from courses.kit.refusal import NotAllowed, Refusal
from courses.kit.rights import must
from courses.matching import queries, rules
from courses.matching.market import UNRANKED
from courses.matching.models import Application, MatchRound, Standing
from courses.matching.refusals import NoSuchStanding, RankingIsClosed, RuleRanks
from courses.matching.states import Unsuitable
from courses.people.models import User
from courses.vacancies.models import Vacancy

# Whom a firm does not rank stands after the last of its groups.
TIERS = (None, *range(1, UNRANKED + 1))


class AReasonIsOwed(Refusal):
    """Nobody is turned away without a reason they can contest."""

    code = "a_reason_is_owed"
    sentence = _("Say in a sentence why this applicant is not suitable; the student will read it.")


@dataclass(frozen=True)
class Verdict:
    """Where an applicant is put: a tier from 1 to 9, or a coded reason and a sentence, or neither.

    Neither takes an earlier standing back: acceptable, last tier.
    """

    tier: int | None = None
    unsuitable: str = ""
    sentence: str = ""


@transaction.atomic
def rank_applicants(
    vacancy: Vacancy,
    match_round: MatchRound,
    verdicts: dict[Application, Verdict],
    *,
    by: User,
    at: datetime | None = None,
) -> list[Standing]:
    """Write the firm's standings of some of a vacancy's applicants, all or none.

    What is said again as it stood stays its first speaker's; those that changed are returned.
    Where a scoring rule was published it ranks: applicants are then only turned away.
    """
    at = at or timezone.now()
    must(by, "matching.rank_applicants", vacancy)
    if any(
        (wish.vacancy_id, wish.list.round_id) != (vacancy.pk, match_round.pk) for wish in verdicts
    ):
        raise NotAllowed
    # The round's row first: a freeze and a ranking cannot pass each other.
    lock(match_round, fields=["state", "wishes_close_at", "ranking_closes_at"])
    if not rules.firms_rank(match_round, at):
        raise RankingIsClosed
    if any(
        verdict.tier is not None and not verdict.unsuitable for verdict in verdicts.values()
    ) and (queries.scoring_rule(vacancy, match_round) is not None):
        raise RuleRanks
    stood = {
        standing.application_id: standing
        for standing in Standing.objects.filter(application__in=list(verdicts))
    }
    taken_back, written, changed = [], [], []
    for application, verdict in verdicts.items():
        if verdict.unsuitable not in ("", *Unsuitable.values) or verdict.tier not in TIERS:
            raise NoSuchStanding
        sentence = normalise(verdict.sentence)
        if verdict.unsuitable and not sentence:
            raise AReasonIsOwed
        given = Standing(
            application=application,
            tier=None if verdict.unsuitable else verdict.tier,
            unsuitable=verdict.unsuitable,
            sentence=sentence if verdict.unsuitable else "",
            given_by=by,
            given_at=at,
        )
        if _same(stood.get(application.pk), given):
            continue
        changed.append([application.list.pseudonym, given.tier, given.unsuitable])
        if given.unsuitable or given.tier is not None:
            written.append(given)
        else:
            taken_back.append(application.pk)
    if not changed:
        return []
    Standing.objects.filter(application__in=taken_back).delete()
    Standing.objects.bulk_create(
        written,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["application"],
        update_fields=["tier", "unsuitable", "sentence", "given_by", "given_at"],
    )
    audit.record(
        vacancy, "rank_applicants", by=by, at=at, round=match_round.code, standings=changed
    )
    return written


def _same(stood: Standing | None, given: Standing) -> bool:
    """Tell whether an applicant would stand as before; without a standing, as not ranked."""
    before = (stood.tier, stood.unsuitable, stood.sentence) if stood else (None, "", "")
    return before == (given.tier, given.unsuitable, given.sentence)
