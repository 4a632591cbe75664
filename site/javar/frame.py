"""What stands around every page: navigation, the other language, the person."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse, translate_url
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from wagtail.models import Page

from courses.kit.http import visitor
from courses.kit.rights import may_somewhere
from courses.kit.rooms import NavEntry, navigation
from courses.notices.queries import unread_count

# The site's own, beside what the rooms declare.
UPKEEP = NavEntry("upkeep:upkeep_detail", gettext_lazy("Upkeep"), "shield", "site.keep")


@dataclass(frozen=True)
class NavItem:
    """One entry of the navigation bar."""

    url: str
    label: str
    icon: str
    current: bool


@dataclass(frozen=True)
class OtherLanguage:
    """Where the same page is in the other language."""

    url: str
    code: str
    label: str


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's values; lazily, so that a page without a frame asks nothing."""
    return {
        "nav_items": SimpleLazyObject(lambda: _nav(request)),
        "other_language": SimpleLazyObject(lambda: _other_language(request)),
        "demo": settings.DEMO,
        "home_url": home_url(),
        "my_page_url": reverse("desk:my_page"),
        "sign_in_url": reverse("account_login"),
        "notice_count": SimpleLazyObject(lambda: _notice_count(request)),
    }


def home_url() -> str:
    """Return where the site begins in the active language."""
    return "/en/" if get_language() == "en" else "/"


def _signed_in(request: HttpRequest) -> bool:
    return bool(getattr(request, "user", None) and request.user.is_authenticated)


def _notice_count(request: HttpRequest) -> int:
    return unread_count(visitor(request)) if _signed_in(request) else 0


def _drawn(entry: NavEntry) -> tuple[str, str, str]:
    return reverse(entry.address), str(entry.label), entry.icon


def _nav(request: HttpRequest) -> list[NavItem]:
    home = home_url()
    declared = [*navigation(), UPKEEP]
    entries = [
        (home, _("Home"), "home"),
        (f"{home}programmes/", _("Programmes"), "book"),
        *(_drawn(entry) for entry in declared if not entry.ability),
    ]
    if _signed_in(request):
        entries[0] = (reverse("desk:my_page"), _("Today"), "home")
        asked = [entry.ability for entry in declared if entry.ability]
        opens = may_somewhere(visitor(request), asked)
        entries += [_drawn(entry) for entry in declared if entry.ability in opens]
        entries.append((reverse("notices:notice_list"), _("Notices"), "bell"))
    else:
        entries.append((f"{home}schools/", _("Schools"), "shield"))
    best = max(
        (url for url, _label, _icon in entries if request.path.startswith(url)),
        key=len,
        default="",
    )
    return [NavItem(url, label, icon, (url == best and url != home) or request.path == url)
            for url, label, icon in entries]  # fmt: skip


def _other_language(request: HttpRequest) -> OtherLanguage:
    code, label = ("fa", "فارسی") if get_language() == "en" else ("en", "English")
    page = getattr(request, "javar_page", None)
    if isinstance(page, Page):
        translation = page.get_translations().filter(locale__language_code=code).live().first()
        url = translation.get_url(request) if translation else None
        return OtherLanguage(url or ("/en/" if code == "en" else "/"), code, label)
    try:
        return OtherLanguage(translate_url(request.get_full_path(), code), code, label)
    except NoReverseMatch:
        return OtherLanguage("/en/" if code == "en" else "/", code, label)
