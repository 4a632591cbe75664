"""Every address of the site, filled with what is really there and with what is not."""

import random
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import UUIDField
from django.urls import URLPattern, URLResolver, get_resolver

# What a part of a regular expression is called, or of a path.
_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
_PATH = re.compile(r"<(?:(\w+):)?(\w+)>")
_REST = re.compile(r"\\Z|\^|\$|\(\?:|\)\??|\\")


@dataclass(frozen=True)
class Address:
    """One pattern of the URL map: its text, with the language's prefix, and the view's name."""

    route: str
    name: str


def patterns() -> list[Address]:
    """Return every pattern of the map once."""
    return sorted(set(_walk(get_resolver().url_patterns, "/", "")), key=lambda one: one.route)


def _walk(found: list[Any], prefix: str, space: str) -> Iterator[Address]:
    for pattern in found:
        text = str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, prefix + text, inner)
        elif isinstance(pattern, URLPattern):
            yield Address(prefix + text, f"{space}{pattern.name or pattern.lookup_str}")


@dataclass
class Names:
    """What the parts of an address may be: read once from the database."""

    uuids: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @classmethod
    def there(cls) -> "Names":
        """Read some of everything that has a public identifier, and numbers of every table."""
        found = cls()
        for model in apps.get_models():
            rows = model._default_manager.order_by("pk")
            public = [f.name for f in model._meta.get_fields() if isinstance(f, UUIDField)]
            if public and not model._meta.proxy:
                picked = list(rows.values_list(public[0], flat=True)[:3])
                found.uuids += [str(one) for one in picked if one]
            if model._meta.pk and model._meta.pk.get_internal_type() in {
                "AutoField",
                "BigAutoField",
            }:
                found.numbers += list(rows.values_list("pk", flat=True)[:2])
        labels = {(m._meta.app_label, m._meta.model_name or "") for m in apps.get_models()}
        found.words = ["r-sample-1", "csv", "xlsx", "enrolment.students", "s03", "f07", "fa", "en",
                       "rights-under-18", "add", "delete", "index"]  # fmt: skip
        found.words += sorted({word for pair in labels for word in pair})
        found.numbers = sorted(set(found.numbers))
        return found

    def fill(self, address: Address, luck: random.Random) -> str:
        """Return an address with its parts filled, mostly with what is there."""

        def named(kind: str | None, name: str) -> str:
            if kind == "uuid" or (kind is None and name.endswith("public_id")):
                return luck.choice(self.uuids) if luck.random() < 0.9 else str(uuid.UUID(int=0))
            if kind == "int" or name in {"pk", "id"} or name.endswith("_id"):
                return str(luck.choice(self.numbers))
            return luck.choice([*self.words, *map(str, self.numbers[:20]), luck.choice(self.uuids)])

        text = _GROUP.sub(lambda found: named(None, found[1]), address.route)
        text = _PATH.sub(lambda found: named(found[1], found[2]), text)
        text = re.sub(r"\((?!\?)[^()]*\)", lambda _found: named("int", "pk"), text)
        return _REST.sub("", text)
