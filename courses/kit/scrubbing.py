"""Taking out of a text what no log, report or table of errors may keep.

Hidden are the secret parts of our own addresses (derived from the URL table, never listed by
hand), one-time codes, national codes, mobile numbers in every writing, e-mail addresses, and
whatever stands behind words such as `password=`. A log is read by more people than a database,
and copied to more places: what it never held cannot be lost.

The rules would rather hide too much: a count of ten digits loses its value, a secret does not pass.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.urls import URLResolver, get_resolver

from courses.kit.identity import read_national_code
from courses.kit.persian import to_ascii_digits

HIDDEN = "•••"
# What an address may name of secrets. `tests/site/test_logs.py` fails on a name it does not know.
SECRET_PARTS = frozenset({"token", "key", "uidb36", "uidb64", "signature"})

# Persian and Arabic digits as browsers and JSON write them.
_ESCAPED_DIGIT = re.compile(r"%DB%B([0-9])|%D9%A([0-9])|\\u06f([0-9])|\\u066([0-9])", re.IGNORECASE)
# What people and phones put between the digits of a number, direction marks included.
_BETWEEN = r"[ \-().\u00a0\u200b-\u200f\u202a-\u202e]{0,3}"
_MOBILE = re.compile(
    rf"(?<!\d)(?:(?:\+|%2B|00)?{_BETWEEN}98{_BETWEEN}0?{_BETWEEN}|0{_BETWEEN})?"
    rf"9(?:{_BETWEEN}\d){{9}}(?!\d)",
    re.IGNORECASE,
)
_NATIONAL_CODE = re.compile(rf"(?<!\d)\d{{3}}{_BETWEEN}\d{{6}}{_BETWEEN}\d(?!\d)")
_SHORT_NATIONAL_CODE = re.compile(r"(?<![\w.])\d{8,9}(?!\w)")
_CODE = re.compile(r"(?<![\w.%/#-])\d{6}(?![\w%-]|\.\d)")
_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_NAMED = re.compile(
    r"(\b[\w-]*(?:password|passwd|secret|token|otp|cookie|sessionid|session|csrf\w*|authorization|"
    r"api[_-]?key)[\w-]*[\"']?\s*[:=]\s*)(?:Bearer\s+)?(&quot;|&#x27;|[\"']?)([^\s\"',;&{}\[<>]+)",
    re.IGNORECASE,
)
_RANDOM = (
    # token_urlsafe and its like: 20 signs or more of both cases and digits.
    re.compile(r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[A-Za-z0-9_-]{20,}(?![\w-])"),
    # The name of a session: 32 small letters and digits, more than a hash has.
    re.compile(r"(?<![\w-])(?=[a-z]*\d)(?=[0-9a-f]*[g-z])[a-z0-9]{32}(?![\w-])"),
    # A reset key outside its address.
    re.compile(r"(?<![\w-])(?:[0-9a-z]{1,13}-)?[0-9a-z]{6}-[0-9a-f]{32}(?![\w-])"),
)
_PLACE = re.compile(r"%\((\w+)\)s")


def scrub(text: str) -> str:
    """Return the text with everything secret or personal replaced by “•••”."""
    text = to_ascii_digits(_ESCAPED_DIGIT.sub(lambda found: found[found.lastindex or 0], text))
    for address, hide in _secret_addresses():
        text = address.sub(hide, text)
    text = _NAMED.sub(rf"\1\2{HIDDEN}", text)
    for random in _RANDOM:
        text = random.sub(HIDDEN, text)
    text = _EMAIL.sub(HIDDEN, text)
    text = _MOBILE.sub(HIDDEN, text)
    text = _NATIONAL_CODE.sub(HIDDEN, text)
    text = _SHORT_NATIONAL_CODE.sub(_hide_valid_code, text)
    return _CODE.sub(HIDDEN, text)


def _hide_valid_code(found: re.Match[str]) -> str:
    return HIDDEN if read_national_code(found[0]) else found[0]


def _secret_addresses() -> tuple[tuple[re.Pattern[str], Any], ...]:
    """Return a pattern for every address of ours that holds a secret, and how to hide it.

    Nothing while the site is still being put together, or cannot be: a line about that must be
    written too, and belongs to no visitor.
    """
    if not apps.ready:
        return ()
    try:
        return _patterns_of(get_resolver())
    except Exception:
        return ()


@lru_cache(maxsize=4)
def _patterns_of(resolver: URLResolver) -> tuple[tuple[re.Pattern[str], Any], ...]:
    found = {}
    for way, names in addresses(resolver):
        if SECRET_PARTS & set(names):
            found[way] = re.compile(_as_pattern(way), re.IGNORECASE), _hider(names)
    # The longer address first: a shorter one may be its beginning.
    return tuple(found[way] for way in sorted(found, key=len, reverse=True))


def addresses(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield every address as Django would write it, `start/%(token)s/`, and its parts' names."""
    for ways in resolver.reverse_dict.values():
        for way, names in ways[0] if isinstance(ways[0], list) else []:
            yield before + way, list(names)
    for prefix, inner in resolver.namespace_dict.values():
        yield from addresses(inner, before + prefix)


def _as_pattern(way: str) -> str:
    """Return an address as a regular expression that finds it anywhere, quoted for a query too."""
    # What stands between two places: text, name, text, name, …
    pieces = _PLACE.split(way.rstrip("/"))
    whole = "".join(
        r"((?:(?!%2F)[^/\s?#\"'<>&])+)"
        if number % 2
        else re.escape(piece).replace("/", "(?:/|%2F)")
        for number, piece in enumerate(pieces)
    )
    return rf"(?:(?<=%2F)|(?<![\w-])){whole}"


def _hider(names: list[str]) -> Any:
    """Return what hides the secret parts of an address that was found."""

    def hide(found: re.Match[str]) -> str:
        whole, start = found[0], found.start()
        for number in range(len(names), 0, -1):
            if names[number - 1] in SECRET_PARTS:
                begin, end = found.start(number) - start, found.end(number) - start
                whole = whole[:begin] + HIDDEN + whole[end:]
        return whole

    return hide
