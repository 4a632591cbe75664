"""An outcome's reason codes as sentences: true, naming nobody else, checkable from cutoffs."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from courses.matching.models import Application, MatchOutcome
from courses.matching.rules import StatuteBook, reasons_against_wish
from courses.people.models import PersonalRecord
from courses.vacancies.models import Vacancy


@dataclass(frozen=True)
class ExplainedWish:
    """One wish of a published result: where it stood, what became of it, why."""

    rank: int
    vacancy: Vacancy
    code: str
    status: str
    sentence: str

    @property
    def won(self) -> bool:
        """Whether this is the student's place."""
        return self.code == "placed"


def explain(
    rank: int, vacancy: Vacancy, reason: dict[str, Any], refusals: list[str]
) -> ExplainedWish:
    """Return a wish with its status in two words and its reason in a sentence.

    `refusals` are the law's sentences for this pair, used when the code is `ineligible`; the
    reason's `ranked` says whether the firm gave the wish a standing.
    """
    status, sentence = _SAID[reason["code"]](reason, refusals)
    return ExplainedWish(rank, vacancy, reason["code"], status, sentence)


def _placed(reason: dict[str, Any], refusals: list[str]) -> tuple[str, str]:
    if reason["seat"] not in ("", "open", None):
        return _("your place"), _("You were given one of the seats reserved for your own school.")
    return _("your place"), _("The workshop had a seat for your place in its order.")


def _not_reached(reason: dict[str, Any], refusals: list[str]) -> tuple[str, str]:
    return _("not looked at"), _("You reached a wish you want more, so this one was not looked at.")


def _ineligible(reason: dict[str, Any], refusals: list[str]) -> tuple[str, str]:
    return _("not allowed"), " ".join(refusals) or _("A rule does not allow this place for you.")


def _not_ranked(reason: dict[str, Any], refusals: list[str]) -> tuple[str, str]:
    return _("not suitable"), " ".join(refusals) or _(
        "The workshop gave a reason why it cannot take you."
    )


def _no_seats(reason: dict[str, Any], refusals: list[str]) -> tuple[str, str]:
    return _("no seat"), _("There was no seat here that you could have been given.")


def _outranked(reason: dict[str, Any], refusals: list[str]) -> tuple[str, str]:
    tiers = {"own": reason["own_tier"], "last": reason["last_tier"]}
    if not reason["ranked"]:
        return _("did not reach"), _(
            "The workshop did not rank you, which puts you in its last group, %(own)s; "
            "the last one admitted was in group %(last)s."
        ) % tiers
    return _("did not reach"), _(
        "The workshop put you in group %(own)s; the last one admitted was in group %(last)s."
    ) % tiers


def _lottery(reason: dict[str, Any], refusals: list[str]) -> tuple[str, str]:
    return _("did not reach"), _(
        "You were in the same group as the last one admitted; the lottery decided. "
        "Your number is %(own)s, the last admitted number %(last)s."
    ) % {"own": reason["own_ticket"], "last": reason["last_ticket"]}


def _reserved(reason: dict[str, Any], refusals: list[str]) -> tuple[str, str]:
    return _("did not reach"), _(
        "The open seats went to others before you, and the remaining seat is reserved for the "
        "workshop's partner school."
    )


_SAID = {
    "placed": _placed,
    "not_reached": _not_reached,
    "ineligible": _ineligible,
    "not_ranked": _not_ranked,
    "no_seats": _no_seats,
    "outranked": _outranked,
    "lottery": _lottery,
    "reserved": _reserved,
}


def explained(outcome: MatchOutcome) -> list[ExplainedWish]:
    """Return every wish of a published outcome with its reason in the reader's language.

    The law's sentences are formed again from the frozen rule codes' present wording; a firm's
    "not suitable" shows the sentence it wrote for the student.
    """
    wishes = {
        wish.vacancy.code: wish
        for wish in Application.objects.filter(list=outcome.list)
        .select_related("vacancy__firm", "standing")
        .prefetch_related("vacancy__skills")
    }
    record = PersonalRecord.objects.filter(user=outcome.list.student_id).first()
    book = StatuteBook()
    lines = []
    for rank, reason in enumerate(outcome.reasons, start=1):
        wish = wishes[reason["vacancy"]]
        refusals: list[str] = []
        reason = reason | {"ranked": hasattr(wish, "standing")}
        if reason["code"] == "ineligible" and record:
            refusals = [r.sentence for r in reasons_against_wish(record, wish.vacancy, book)]
        elif reason["code"] == "not_ranked":
            refusals = [f"{wish.standing.get_unsuitable_display()}: {wish.standing.sentence}"]
        lines.append(explain(rank, wish.vacancy, reason, refusals))
    return lines
