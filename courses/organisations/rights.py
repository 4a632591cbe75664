"""Who may, by the roles people hold; the rooms above build their tables of these predicates."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from courses.kit.rights import ABILITIES, SetPredicate, declare, predicate, remembered
from courses.organisations import queries
from courses.organisations.models import Kind, Membership, Organisation, Role
from courses.people.models import PersonalRecord, User


class Holds(SetPredicate):
    """Somebody holds one of the roles now: in the organisation asked about.

    `of` says for each model that can be asked about where its organisation stands, as a query
    writes it (`intake__school`). With `kind` the thing does not matter: the role is held in any
    organisation of that kind.
    """

    def __init__(self, *roles: str, of: Mapping[Any, str] | None = None, kind: str = "") -> None:
        """Keep the roles and where they are held."""
        self.roles, self.of, self.kind = frozenset(roles), of or {}, kind
        super().__init__(self._held, name=f"holds:{','.join(sorted(roles))}")

    def _held(self, user: User, thing: Any) -> bool:
        if self.kind:
            return self.somewhere(user)
        key = self._organisation_of(thing)
        return any(where == key for where, _kind, _role in self._standings(user))

    def somewhere(self, user: User) -> bool:
        """Tell whether somebody holds one of the roles anywhere."""
        return bool(self._standings(user))

    def where(self, user: User) -> QuerySet[Organisation]:
        """Return the organisations in which somebody holds one of the roles."""
        found = queries.organisations_where(user, *self.roles)
        return found.filter(kind=self.kind) if self.kind else found

    def who(self, thing: Any) -> QuerySet[User]:
        """Return who holds one of the roles; with `kind` in any organisation of it."""
        if self.kind:
            return queries.members_of_kind(self.kind, *self.roles)
        return queries.members(self._organisation_of(thing), *self.roles)

    def who_each(self, keys: Iterable[int]) -> dict[int, list[User]]:
        """Return by each organisation's key who holds one of the roles there; one query."""
        return queries.members_by_organisation(keys, *self.roles)

    def _organisation_of(self, thing: Any) -> int:
        """Return the key of the organisation; a question about nothing is a mistake."""
        if isinstance(thing, Organisation):
            return thing.pk
        if type(thing) not in self.of:
            raise TypeError(f"{self} cannot be asked about {thing!r}")
        *path, last = self.of[type(thing)].split("__")
        for step in path:
            thing = getattr(thing, step)
        return int(getattr(thing, f"{last}_id"))

    def _standings(self, user: User) -> list[tuple[int, str, str]]:
        """Return where the person holds one of the roles."""
        return [
            (where, kind, role)
            for where, kind, role in _standings(user)
            if role in self.roles and (not self.kind or kind == self.kind)
        ]


def _standings(user: User) -> list[tuple[int, str, str]]:
    """Return every organisation, its kind and the role a person holds there now."""
    held = queries.memberships_of(user)
    return remembered(
        ("standings", user.pk),
        lambda: list(held.values_list("organisation_id", "organisation__kind", "role")),
    )


@predicate
def is_new(user: User, thing: Any) -> bool:
    """Tell whether somebody has no role yet, and does not keep the site either."""
    return not user.is_superuser and not _standings(user)


# Who runs rounds and answers for them: an officer of an office, not of a guild or a chamber.
serves_the_office = Holds(Role.OFFICER, kind=Kind.OFFICE)


@predicate
def hears_as_student(user: User, thing: Any) -> bool:
    """Tell whether somebody hears what students hear: who learns, or may enrol.

    Whoever has a personal record, or no role yet, may enrol. An officer of no office is told
    nothing as such; a keeper neither.
    """
    told = [
        role for _where, kind, role in _standings(user)
        if role != Role.OFFICER or kind == Kind.OFFICE
    ]  # fmt: skip
    return (
        Role.STUDENT in told
        or (not told and not user.is_superuser)
        or PersonalRecord.objects.filter(user=user).exists()
    )


declare(
    {
        # What a notice is for unless it says otherwise; who learns is known on this floor.
        "notices.hear_as_student": hears_as_student,
        # Act for a guild, a chamber or an office; what an office does more has names of its own.
        "organisations.speak_for_body": Holds(Role.OFFICER),
    }
)


def gives(membership: Membership, ability: str) -> bool:
    """Tell whether a role gives an ability, so that a new one can be told from an idle one."""
    asked = ABILITIES[ability]
    if not isinstance(asked, Holds) or membership.role not in asked.roles:
        return False
    return not asked.kind or membership.organisation.kind == asked.kind
