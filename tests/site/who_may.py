"""Who may what, written by hand: the second hand beside every room's `rights.py`.

It is never made from them: `test_who_may.py` compares the two, and the table of doors is made from
this page. A new role is a person in `CAST` and their name in the lines of what they may.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from courses.people.models import User
from tests.site.world import World

# Who knocks at every door. The guild's is an officer, but of no office.
CAST = (
    "anonymous", "stranger", "aylin", "sara", "teacher", "registrar", "editor", "counsellor",
    "onlooker", "owner", "mentor", "rival", "officer", "guild", "admin",
)  # fmt: skip


def who(world: World, name: str) -> User | None:
    """Return somebody of the cast; nobody for the anonymous visitor."""
    found = {"anonymous": None, **vars(world), **vars(world.people)}[name]
    assert found is None or isinstance(found, User)
    return found


@dataclass(frozen=True)
class Right:
    """An ability, who of the cast has it, and on what."""

    ability: str
    who: frozenset[str]
    about: Callable[[World], Any]


def _nothing(world: World) -> None:
    return None


def right(ability: str, names: str, about: Callable[[World], Any] = _nothing) -> Right:
    """Return a line of the page; the names are parted by blanks."""
    return Right(ability, frozenset(names.split()), about)


# fmt: off
RIGHTS = (
    # --- the site and what it tells people
    right("site.keep",                  "admin"),
    right("notices.keep_outbox",        "admin"),
    right("notices.give_ways_back",     "admin"),
    right("notices.reset_factors",      "admin"),
    right("notices.hear_as_student",    "stranger aylin sara guild"),
    # --- organisations
    right("organisations.speak_for_body", "officer",            lambda w: w.bodies.office),
    right("organisations.speak_for_body", "guild",
        lambda w: w.guild.memberships.get().organisation),
    # --- curricula, enrolment and learning: the girls' school, Aylin's place in its intake
    right("curricula.write",            "editor",               lambda w: w.bodies.school),
    right("enrolment.see_rosters",      "registrar teacher",    lambda w: w.intake),
    right("enrolment.see_rosters",      "onlooker",             lambda w: w.bodies.other_school),
    right("enrolment.know_desk",        "registrar teacher editor", lambda w: w.bodies.school),
    right("enrolment.keep_intakes",     "registrar",            lambda w: w.bodies.school),
    right("enrolment.keep_intakes",     "registrar",            lambda w: w.intake),
    right("enrolment.keep_intakes",     "registrar",            lambda w: w.intake.pools.get()),
    right("enrolment.keep_intakes",     "registrar",            lambda w: w.enrolment),
    right("enrolment.keep_intakes",     "registrar",            lambda w: w.document),
    right("enrolment.keep_intakes",     "registrar",      lambda w: w.intake.requirements.get()),
    right("enrolment.keep_intakes",     "onlooker",             lambda w: w.bodies.other_school),
    right("enrolment.decide_seats",     "registrar officer",    lambda w: w.change),
    right("enrolment.decide_all_seats", "officer"),
    right("enrolment.keep_place",       "aylin registrar",      lambda w: w.enrolment),
    right("enrolment.keep_place",       "aylin registrar",      lambda w: w.document),
    right("enrolment.answer_offer",     "aylin",                lambda w: w.enrolment),
    right("learning.study",             "aylin",                lambda w: w.enrolment),
    # --- vacancies: asked about the bag studio, whose owner and mentor they are
    right("vacancies.see_desk",   "owner mentor",   lambda w: w.bodies.firm),
    right("vacancies.see_desk",   "owner mentor",   lambda w: w.draft),
    right("vacancies.see_desk",   "rival",          lambda w: w.bodies.other_firm),
    right("vacancies.keep",       "owner",          lambda w: w.bodies.firm),
    right("vacancies.keep",       "owner",          lambda w: w.vacancy),
    right("vacancies.keep",       "rival",          lambda w: w.bodies.other_firm),
    # --- matching: Aylin's result, the bag studio's applicants, the girls' school's students
    right("matching.keep_wishes",       "stranger aylin sara"),
    right("matching.answer_result",     "aylin",                lambda w: w.outcome),
    right("matching.rank_applicants",   "owner mentor",         lambda w: w.vacancy),
    right("matching.rank_applicants",   "rival",                lambda w: w.bodies.other_firm),
    right("matching.counsel",           "registrar counsellor", lambda w: w.bodies.school),
    right("matching.counsel",           "onlooker",             lambda w: w.bodies.other_school),
    right("matching.run_rounds",        "officer"),
    right("matching.answer_objections", "officer"),
)
# fmt: on


def have(ability: str) -> frozenset[str]:
    """Return who has an ability by the first line that names it."""
    return next(line.who for line in RIGHTS if line.ability == ability)
