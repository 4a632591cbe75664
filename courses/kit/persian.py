"""Persian text on its way in, out and into a search.

One normaliser serves storing and searching, so that what was written with an Arabic keyboard is
found with a Persian one (the complaint: كفش ≠ کفش, ۱۴۰۳ ≠ 1403, کفشها ≠ کفش‌ها).
"""

import re
import unicodedata
from collections.abc import Iterable

from django.utils.translation import get_language

ZWNJ = "\u200c"
PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
_TO_ASCII = {
    **{ord(p): str(i) for i, p in enumerate(PERSIAN_DIGITS)},
    **{ord(a): str(i) for i, a in enumerate("٠١٢٣٤٥٦٧٨٩")},
    ord("٫"): ".",
    ord("٬"): ",",
}
_TO_PERSIAN = {ord(str(i)): p for i, p in enumerate(PERSIAN_DIGITS)}
_LETTERS = {ord("ي"): "ی", ord("ى"): "ی", ord("ك"): "ک", ord("ـ"): None}
# Sound marks (fatha … sukun, superscript alef): written or not, the word is the same.
_MARKS = dict.fromkeys([*range(0x064B, 0x0653), 0x0670])
_FOR_SEARCH = {ord("ة"): "ه", ord("ۀ"): "ه", ord("ۂ"): "ه", ord("أ"): "ا", ord("إ"): "ا",
               ord("ؤ"): "و", ord("ئ"): "ی", 0x0654: None}  # fmt: skip
# A word with a Latin letter is a name or a code (`keeper-2`, an address): it is typed as it stands.
_NAME = re.compile(r"[\w.@:/+*\-]*[A-Za-z][\w.@:/+*\-]*", re.ASCII)
_CONTROL = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\x00]")


def to_ascii_digits(text: str) -> str:
    """Return the text with Persian and Arabic digits and separators as ASCII ones."""
    return text.translate(_TO_ASCII)


def to_persian_digits(text: str) -> str:
    """Return the text with every ASCII digit as a Persian one."""
    return text.translate(_TO_PERSIAN)


def local_digits(text: str) -> str:
    """Return the text with the active language's digits; user names and codes stay as typed."""
    if not (get_language() or "fa").startswith("fa"):
        return text
    names = _NAME.findall(text)
    words = [to_persian_digits(word) for word in _NAME.split(text)]
    return words[0] + "".join(name + word for name, word in zip(names, words[1:], strict=True))


def listed(words: Iterable[object]) -> str:
    """Return words joined with the active language's comma."""
    comma = "، " if (get_language() or "fa").startswith("fa") else ", "
    return comma.join(str(word) for word in words)


def normalise(text: str) -> str:
    """Return text as it is stored: one form of each letter, tidy spaces, no invisible marks.

    Arabic ya and kaf become Persian, tatweel and direction marks go, ZWNJ stays where it
    stands between letters. Digits stay as typed: they may be part of a name.
    """
    text = unicodedata.normalize("NFC", text)
    text = _CONTROL.sub("", text).translate(_LETTERS)
    text = re.sub(rf"[ \t\u00a0]*{ZWNJ}+[ \t\u00a0]+|[ \t\u00a0]+{ZWNJ}+", " ", text)
    text = re.sub(rf"{ZWNJ}+", ZWNJ, text)
    text = re.sub(r"[ \t\u00a0]+", " ", text)
    return text.strip(f" \t\n\r{ZWNJ}")


def search_form(text: str) -> str:
    """Return the form in which text is compared: used on what is indexed and on every query.

    NFKC, lower case, one form of each letter and digit, marks out, and a word with ZWNJ both
    split and joined, so that «کفش‌ها», «کفش ها» and «کفشها» meet.
    """
    text = unicodedata.normalize("NFKC", normalise(text)).lower()
    text = to_ascii_digits(text).translate(_MARKS).translate(_LETTERS).translate(_FOR_SEARCH)
    words: list[str] = []
    for word in re.split(rf"[^\w{ZWNJ}]+", text):
        if ZWNJ in word:
            words += [*word.split(ZWNJ), word.replace(ZWNJ, "")]
        elif word:
            words.append(word)
    return " ".join(words)


def is_same_name(one: str, other: str) -> bool:
    """Tell whether two whole names are one, however they are spaced and whichever keyboard wrote.

    «محمد رضا کریم‌پور» and «محمدرضا كريم پور» are one; so are «آیدا» and «ایدا».
    """
    return _bare_name(one) == _bare_name(other)


def _bare_name(name: str) -> str:
    joined = normalise(name).replace(ZWNJ, "").replace("آ", "ا")
    return search_form(joined).replace(" ", "")


def matches(query: str, indexed: str) -> bool:
    """Tell whether every word of the query begins a word of the indexed search form."""
    hay = f" {indexed}"
    words = [w for w in re.split(rf"[^\w{ZWNJ}]+", query) if w]
    return all(any(f" {form}" in hay for form in _readings(word)) for word in words)


def _readings(word: str) -> list[str]:
    """Return the ways a queried word may stand in an index: joined, or its first part."""
    form = search_form(word)
    return [form.split(" ")[-1], form] if " " in form else [form]
