"""Writing seeds into the database again and again without harm.

What was sown is marked in the audit trail: the hash of the seed and the hash of what then stood
in the database. At the next sowing

- an unchanged seed is left alone, whatever has become of its row or page;
- a changed seed replaces what nobody touched since;
- what somebody touched since is kept, and the report says so, one line each;
- a page somebody deleted stays deleted; a row comes back, because other seeds refer to it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import models
from wagtail.fields import StreamField
from wagtail.models import Locale, Page

from courses.kit import audit
from courses.kit.models import AuditEntry

VERB = "sow"


def digest(value: Any) -> str:
    """Return the hash of plain values; key order does not matter."""
    text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def without_ids(value: Any) -> Any:
    """Return a stream's prepared value without the random ids of its blocks."""
    if isinstance(value, list):
        return [without_ids(item) for item in value]
    if isinstance(value, dict):
        return {key: without_ids(item) for key, item in value.items() if key != "id"}
    return value


class Report:
    """What a sowing did: counts by kind of thing, and a line for all that was kept."""

    def __init__(self) -> None:
        self.created: Counter[str] = Counter()
        self.changed: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.kept: list[str] = []

    def lines(self) -> list[str]:
        """Return the report, one line a kind, then one line for each thing kept."""
        kinds = sorted({*self.created, *self.changed, *self.left})
        counted = [
            f"{kind}: {self.created[kind]} created, {self.changed[kind]} changed, "
            f"{self.left[kind]} left alone"
            for kind in kinds
        ]
        return counted + self.kept


class Sower:
    """Writes seeds for one run of the command."""

    def __init__(self, *, at: datetime) -> None:
        self.at = at
        self.report = Report()
        marks = AuditEntry.objects.filter(verb=VERB).order_by("pk")
        self._marks: dict[str, tuple[str, dict[str, Any]]] = {
            facts["key"]: (object_id, facts)
            for object_id, facts in marks.values_list("object_id", "facts")
        }

    def row(
        self,
        model: type[models.Model],
        by: dict[str, Any],
        values: dict[str, Any],
        links: dict[str, list[models.Model]] | None = None,
    ) -> Any:
        """Sow one row found by its own key; `links` are its many-to-many sets. Return it."""
        links = links or {}
        kind = model._meta.verbose_name_raw
        key = f"{model._meta.label_lower}:{':'.join(str(value) for value in by.values())}"
        seed = digest(
            [_plain(values), {name: [o.pk for o in sets] for name, sets in links.items()}]
        )
        found = model._default_manager.filter(**by).first()
        if found is not None and not self._may_write(
            key, kind, seed, lambda: _row_state(found, values, links)
        ):
            return found
        fresh = found is None
        sown: Any = found or model(**by)
        for name, value in values.items():
            setattr(sown, name, value)
        sown.save()
        for name, sets in links.items():
            getattr(sown, name).set(sets)
        sown.refresh_from_db()
        self._mark(sown, key, seed, digest(_row_state(sown, values, links)))
        (self.report.created if fresh else self.report.changed)[kind] += 1
        return sown

    def once(self, kind: str, exists: models.Model | None, make: Callable[[], Any]) -> Any:
        """Make what lives its own life afterwards (a vacancy, an intake); never change it."""
        if exists is not None:
            self.report.left[kind] += 1
            return exists
        self.report.created[kind] += 1
        return make()

    def page(
        self,
        model: type[Page],
        key: str,
        parent: Page | None,
        values: dict[str, Any],
        *,
        slug: str,
        publish: bool = True,
    ) -> Any:
        """Sow a Persian page under a parent; return it, or None where it was deleted."""
        if parent is None:
            return None
        seed = digest(_plain(values))
        found, gone = self._page_of(model, key)
        if gone:
            self.report.kept.append(f"page “{values['title']}”: deleted on the site, left so")
            return None
        if found is not None:
            if self._may_write(
                key, model._meta.verbose_name_raw, seed, lambda: page_state(found, values)
            ):
                self._rewrite(found, key, seed, values)
            return found
        made = model(slug=slug, live=publish, locale=parent.locale, **_own(model, values))
        parent.add_child(instance=made)
        _link(made, values)
        return self._made(made, key, seed, values)

    def translation(self, page: Page | None, key: str, values: dict[str, Any]) -> Any:
        """Sow a page's English translation; return it, or None where page or it was deleted."""
        if page is None:
            return None
        model = type(page)
        seed = digest(_plain(values))
        key = f"{key}@en"
        found, gone = self._page_of(model, key)
        if gone:
            self.report.kept.append(f"page “{values['title']}”: deleted on the site, left so")
            return None
        if found is not None:
            if self._may_write(
                key, model._meta.verbose_name_raw, seed, lambda: page_state(found, values)
            ):
                self._rewrite(found, key, seed, values)
            return found
        english = Locale.objects.get(language_code="en")
        made = page.copy_for_translation(english)
        for name, value in _own(model, values).items():
            setattr(made, name, value)
        made.live, made.has_unpublished_changes = page.live, not page.live
        made.full_clean()
        made.save(clean=False)
        made.revisions.all().delete()
        made.latest_revision = None
        made.save(update_fields=["latest_revision"], clean=False)
        return self._made(made, key, seed, values)

    def _made(self, made: Page, key: str, seed: str, values: dict[str, Any]) -> Page:
        made = type(made)._default_manager.get(pk=made.pk)
        self._mark(made, key, seed, digest(page_state(made, values)))
        self.report.created[type(made)._meta.verbose_name_raw] += 1
        return made

    def _page_of(self, model: type[Page], key: str) -> tuple[Page | None, bool]:
        """Return the page sown under a key, and whether it has been deleted since."""
        mark = self._marks.get(key)
        if mark is None:
            return None, False
        found = model._default_manager.filter(pk=mark[0]).first()
        return found, found is None

    def _rewrite(self, page: Page, key: str, seed: str, values: dict[str, Any]) -> None:
        for name, value in _own(type(page), values).items():
            setattr(page, name, value)
        _link(page, values)
        revision = page.save_revision(log_action=True)
        if page.live:
            revision.publish()
        page.refresh_from_db()
        self._mark(page, key, seed, digest(page_state(page, values)))
        self.report.changed[type(page)._meta.verbose_name_raw] += 1

    def _may_write(self, key: str, kind: str, seed: str, state: Callable[[], Any]) -> bool:
        """Tell whether a changed seed may replace what stands there; count what is left."""
        mark = self._marks.get(key)
        if mark and mark[1]["seed"] == seed:
            self.report.left[kind] += 1
            return False
        if mark and mark[1]["state"] != digest(state()):
            self.report.left[kind] += 1
            self.report.kept.append(f"{kind} “{key}”: changed on the site since, left alone")
            return False
        return True

    def _mark(self, sown: models.Model, key: str, seed: str, state: str) -> None:
        audit.record(sown, VERB, by=None, at=self.at, key=key, seed=seed, state=state)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return values with rows as their keys."""
    return {name: _key(value) for name, value in values.items()}


def _key(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    return [_key(item) for item in value] if isinstance(value, list) else value


def _row_state(
    row: Any, values: dict[str, Any], links: dict[str, list[models.Model]]
) -> dict[str, Any]:
    state = {name: _key(getattr(row, name)) for name in values}
    return state | {name: sorted(getattr(row, name).values_list("pk", flat=True)) for name in links}


def _is_set(model: type[Page], name: str) -> bool:
    return bool(model._meta.get_field(name).many_to_many)


def _own(model: type[Page], values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that are set by assignment; streams become JSON."""
    found = {}
    for name, value in values.items():
        if _is_set(model, name):
            continue
        stream = isinstance(model._meta.get_field(name), StreamField)
        found[name] = json.dumps(value, ensure_ascii=False) if stream else value
    return found


def _link(page: Page, values: dict[str, Any]) -> None:
    sets = {name: value for name, value in values.items() if _is_set(type(page), name)}
    for name, value in sets.items():
        setattr(page, name, value)
    if sets:
        page.save()


def page_state(page: Page, values: dict[str, Any]) -> dict[str, Any]:
    """Return what a page says now, its newest draft included, for the fields a seed speaks of."""
    newest: Any = page.get_latest_revision_as_object() if page.latest_revision_id else page
    state = {}
    for name in values:
        field = type(page)._meta.get_field(name)
        value = getattr(newest, name)
        if isinstance(field, StreamField):
            value = without_ids(value.stream_block.get_prep_value(value))
        elif field.many_to_many:
            value = sorted(item.pk for item in value.all())
        state[name] = _key(value)
    return state
