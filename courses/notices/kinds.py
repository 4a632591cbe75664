"""The kinds of notice: each room declares its own in its `kinds.py`, gathered at start-up.

A value that is a date or a moment in ISO form is said in words of the reader's language.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.utils import dateformat
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from courses.kit.calendars import TEHRAN, jalali_words
from courses.kit.persian import to_persian_digits
from courses.kit.rights import may_somewhere
from courses.notices.states import CodeShare
from courses.people.models import User

Words = Mapping[str, Mapping[str, str | Promise]]
# The group of sign-in codes: they are asked for, so nobody chooses whether they come.
CODES = "account"
# Whom a kind is told, unless it says otherwise: an ability, declared where one knows who learns.
STUDENTS = ("notices.hear_as_student",)
# Who chooses nothing: guardians have no account, and keepers are told what they must know.
GUARDIANS, KEEPERS = ("guardian",), ("keeper",)
_PLACE = re.compile(r"%\(\w+\)s")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:\d\d|Z)?)?")


@dataclass(frozen=True)
class NoticeKind:
    """A kind of notice: its code `<room>.<event>` and the sentence with `%(name)s` places.

    `sms` is the shorter sentence for a text message; a kind with one is worth leaving the site
    for, unless somebody chooses otherwise. A `legal` kind is one people have a right to: it always
    goes out. An `urgent` one does not wait for the end of the quiet hours. `group` is what people
    find it under. `words` say, by a value's name, what its codes are called in a sentence.
    The `audience` are the abilities by which a kind can reach somebody.
    """

    code: str
    sentence: str | Promise
    sms: str | Promise | None = None
    legal: bool = False
    urgent: bool = False
    group: str = ""
    audience: frozenset[str] = frozenset(STUDENTS)
    words: Words = field(default_factory=dict, hash=False)

    @property
    def goes_out(self) -> bool:
        """Tell whether the kind leaves the site unless somebody chooses otherwise."""
        return self.sms is not None or self.legal

    def says(self, values: dict[str, Any]) -> str:
        """Return the sentence in the active language."""
        return str(self.sentence) % _worded(values, self.words)

    @property
    def shape(self) -> str:
        """Return the sentence with its places left open, for who chooses whether to get it."""
        return _PLACE.sub("…", str(self.sentence)).replace(": …", "").replace("%%", "%")

    def texts(self, values: dict[str, Any]) -> str:
        """Return the shorter sentence for a text message, in the active language."""
        return str(self.sentence if self.sms is None else self.sms) % _worded(values, self.words)


KINDS: dict[str, NoticeKind] = {}


def declare(
    code: str,
    sentence: str | Promise,
    *,
    sms: str | Promise | None = None,
    legal: bool = False,
    urgent: bool = False,
    group: str = "",
    audience: Collection[str] = STUDENTS,
    words: Words | None = None,
) -> NoticeKind:
    """Add a kind; a code declared twice is a mistake of the program.

    Without a group of its own a kind belongs to the group named after its room.
    """
    if code in KINDS:
        raise ValueError(f"notice kind {code} is declared twice")
    group = group or code.split(".")[0]
    KINDS[code] = NoticeKind(
        code, sentence, sms, legal, urgent, group, frozenset(audience), words or {}
    )
    return KINDS[code]


def also_told(code: str, *abilities: str) -> None:
    """Let a higher room say who of its own people is told a kind as well."""
    KINDS[code] = replace(KINDS[code], audience=KINDS[code].audience | {*abilities})


def groups_for(user: User) -> dict[str, list[NoticeKind]]:
    """Return every group with the kinds that can reach somebody, in the order of declaration."""
    asked = set[str]().union(*(kind.audience for kind in KINDS.values()))
    has = may_somewhere(user, asked - {*GUARDIANS, *KEEPERS})
    found: dict[str, list[NoticeKind]] = defaultdict(list)
    for kind in KINDS.values():
        if has & kind.audience:
            found[kind.group].append(kind)
    return dict(found)


def group_title(group: str) -> str:
    """Return what people read for a group: the name of the room it is called after."""
    config = apps.app_configs.get(group)
    return str(config.verbose_name) if config else group


def _worded(values: dict[str, Any], words: Words) -> dict[str, Any]:
    """Return the values as a sentence says them; a link that is not given is empty."""
    return {"link": ""} | {
        name: words.get(name, {}).get(value) or _said(value) for name, value in values.items()
    }


def _said(value: Any) -> Any:
    """Return a date or a moment in words, anything else as it is."""
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if "T" not in value:
        return _day(moment.date())
    local = moment.astimezone(TEHRAN) if moment.tzinfo else moment
    return _("%(day)s, at %(clock)s") % {"day": _day(local.date()), "clock": _clock(local)}


def _day(day: date) -> str:
    return jalali_words(day) if get_language() == "fa" else dateformat.format(day, "j F Y")


def _clock(moment: datetime) -> str:
    clock = f"{moment.hour}:{moment.minute:02d}"
    return to_persian_digits(clock) if get_language() == "fa" else clock


declare(
    "notices.sign_in_code",
    gettext_lazy("Your code to sign in to Javar: %(code)s. Tell it to nobody."),
    legal=True,
    urgent=True,
    group=CODES,
)
declare(
    "notices.reset_code",
    gettext_lazy("Your code for a new password at Javar: %(code)s. Tell it to nobody."),
    legal=True,
    urgent=True,
    group=CODES,
)
declare(
    "notices.prove_code",
    gettext_lazy("Your code to confirm this address at Javar: %(code)s. Tell it to nobody."),
    legal=True,
    urgent=True,
    group=CODES,
)
declare(
    "notices.reset_link",
    gettext_lazy(
        "A new password for %(username)s at Javar is chosen here, once and within %(minutes)s "
        "minutes: %(link)s"
    ),
    legal=True,
    urgent=True,
    group=CODES,
)
declare(
    "notices.contact_changed",
    gettext_lazy(
        "Javar: the account %(username)s no longer uses this number or address. If this was not "
        "you, tell your school or who keeps the site at once."
    ),
    legal=True,
    urgent=True,
    group=CODES,
)
declare(
    "notices.password_changed",
    gettext_lazy("Your password was changed. If this was not you, tell your school at once."),
    sms=gettext_lazy(
        "Javar: your password was changed. If this was not you, tell your school at once."
    ),
    legal=True,
    urgent=True,
    group=CODES,
)
declare(
    "notices.codes_ceiling",
    gettext_lazy(
        "So many codes were asked for today that no more go out: %(ceiling)s. Somebody may be "
        "misusing them; look at the outbox."
    ),
    legal=True,
    urgent=True,
    audience=KEEPERS,
    words={
        "ceiling": {
            # Before the site's codes had shares.
            "site": gettext_lazy("the whole site's"),
            "address": gettext_lazy("those asked for from one address of the internet"),
            "number": gettext_lazy("those to one number or e-mail, from unknown browsers"),
            "known_number": gettext_lazy("those to one number or e-mail, from known browsers"),
            **dict(CodeShare.choices),
        }
    },
)
declare(
    "notices.way_back_made",
    gettext_lazy(
        "A one-time link into your account %(username)s was made. If you did not ask for it, tell "
        "your school or who keeps the site at once."
    ),
    sms=gettext_lazy(
        "Javar: a one-time link into your account %(username)s was made. If you did not ask for "
        "it, tell your school at once."
    ),
    legal=True,
    urgent=True,
    group=CODES,
)
declare(
    "notices.way_back_asked",
    gettext_lazy(
        "Another keeper asks to let the owner of %(username)s back in; it takes your approval."
    ),
    audience=KEEPERS,
)
declare(
    "notices.ways_back_ceiling",
    gettext_lazy(
        "%(who)s has made %(most)s one-time links into accounts in one day and can make no more "
        "until tomorrow. Look whether that is right."
    ),
    legal=True,
    urgent=True,
    audience=KEEPERS,
)
declare(
    "notices.welcome",
    gettext_lazy("Javar: your school has made an account for you. Choose a password: %(link)s"),
    legal=True,
    group=CODES,
)
declare(
    "notices.trail_head",
    gettext_lazy(
        "The audit trail of Javar stands at %(head)s and entry %(entry)s. Keep this mail: "
        "“manage.py verify_trail --head” compares it with the database."
    ),
    legal=True,
    audience=KEEPERS,
)
declare(
    "notices.second_factor_reset",
    gettext_lazy(
        "Two keepers of the site have taken your second step of signing in away. If you did not "
        "ask for it, tell your school at once."
    ),
    sms=gettext_lazy(
        "Javar: your second step of signing in was taken away. If you did not ask for it, tell "
        "your school at once."
    ),
    legal=True,
    urgent=True,
    group=CODES,
)
