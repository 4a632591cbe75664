"""Who may do what: abilities by name, asked in one way by views, actions, pages and navigation.

Every room writes its table in `rights.py`: ability → predicate over (user, thing). The library
`rules` combines predicates and answers; it is imported here alone, for a room's `rules.py` is
something else: what is possible, whoever asks.

An ability is named `<room>.<verb>_<noun>`. What it is asked about stands beside it in the table.
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from rules import Predicate, RuleSet, always_deny, is_active, is_superuser, predicate

from courses.kit.refusal import NotAllowed

__all__ = [
    "ABILITIES", "Predicate", "SetPredicate", "asks", "declare", "keeps_the_site", "may",
    "may_somewhere", "must", "predicate", "remembered", "where_may", "who_may", "who_may_each",
]  # fmt: skip

T = TypeVar("T")

ABILITIES = RuleSet()

# The site's keeper: an account with the mark that is not switched off.
keeps_the_site: Predicate = is_active & is_superuser


class SetPredicate(Predicate):
    """A predicate that can also be asked the other way round, so that lists need one query."""

    def where(self, user: Any) -> QuerySet[Any]:
        """Return the things on which somebody has the ability."""
        raise NotImplementedError

    def who(self, thing: Any) -> QuerySet[Any]:
        """Return the people who have it on a thing."""
        raise NotImplementedError

    def who_each(self, keys: Iterable[int]) -> dict[int, list[Any]]:
        """Return by each thing's key the people who have it there; one query."""
        raise NotImplementedError

    def somewhere(self, user: Any) -> bool:
        """Tell whether somebody has it on anything at all."""
        raise NotImplementedError

    # What is combined is a plain predicate: its sets would be something else.
    def __and__(self, other: Predicate) -> Predicate:
        """Ask both."""
        return Predicate(self) & other

    def __or__(self, other: Predicate) -> Predicate:
        """Ask either."""
        return Predicate(self) | other

    def __invert__(self) -> Predicate:
        """Ask for the contrary."""
        return ~Predicate(self)


def declare(abilities: Mapping[str, Predicate]) -> None:
    """Add a room's table; an ability declared twice is a mistake of the program."""
    for name, asked in abilities.items():
        ABILITIES.add_rule(name, asked)


def may(user: Any, ability: str, thing: Any = None) -> bool:
    """Tell whether somebody has an ability on a thing; nobody signed in has none."""
    asked: Predicate = ABILITIES[ability]
    return bool(user.is_authenticated) and asked.test(user, thing)


def must(by: Any, ability: str, thing: Any = None) -> None:
    """Refuse unless somebody has an ability on a thing."""
    if not may(by, ability, thing):
        raise NotAllowed


def remembered(key: object, read: Callable[[], T]) -> T:
    """Return what predicates read of somebody: read once while one question is answered."""
    # The library keeps a context for every question; any predicate shows the present one.
    kept = always_deny.context
    if kept is None:
        return read()
    if key not in kept:
        kept[key] = read()
    found: T = kept[key]
    return found


def may_somewhere(user: Any, abilities: Collection[str]) -> set[str]:
    """Return which of several abilities somebody has on anything; what is read is read once."""
    asked = {name: ABILITIES[name] for name in abilities}
    found: set[str] = set()

    @predicate
    def each(user: Any) -> bool:
        # In one invocation predicates share what they have read.
        for name, one in asked.items():
            if one.somewhere(user) if isinstance(one, SetPredicate) else one(user, None):
                found.add(name)
        return bool(found)

    if user.is_authenticated:
        each.test(user)
    return found


def where_may(user: Any, ability: str) -> QuerySet[Any]:
    """Return the things on which somebody has an ability."""
    return _sets(ability).where(user)


def who_may(ability: str, thing: Any = None) -> QuerySet[Any]:
    """Return the people who have an ability on a thing."""
    return _sets(ability).who(thing)


def who_may_each(ability: str, keys: Iterable[int]) -> dict[int, list[Any]]:
    """Return by each thing's key the people who have an ability there; one query."""
    return _sets(ability).who_each(keys)


def _sets(ability: str) -> SetPredicate:
    asked = ABILITIES[ability]
    if not isinstance(asked, SetPredicate):
        raise TypeError(f"{ability} is asked one thing at a time")
    return asked


Find = Callable[..., Any]
View = Callable[..., HttpResponse]


def asks(ability: str, find: Find | None = None, *, hidden: bool = False) -> Callable[[View], View]:
    """Let a view in only whom the table lets; the others are answered 403, or 404 where `hidden`.

    `find` turns those parts of the address it names into the thing asked about, and answers 404
    for what somebody may not know of; the view is given the thing in their place.
    """
    taken = list(inspect.signature(find).parameters)[1:] if find else []

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **address: Any) -> HttpResponse:
            found = []
            if find:
                found.append(find(request, **{name: address.pop(name) for name in taken}))
            user = getattr(request, "user", None) or AnonymousUser()
            if not may(user, ability, *found):
                raise Http404 if hidden else NotAllowed
            return view(request, *found, **address)

        return guarded

    return guard
