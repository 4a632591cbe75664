"""National codes and mobile numbers: reading, checking, hiding.

Sources: the check-digit rule and the mobile forms of the domain dossier, §8. A code is never
stored: only a keyed hash (to find duplicates) and its last four digits (to recognise it).
"""

import hashlib
import hmac
import re
import unicodedata

_MOBILE = re.compile(r"(?:\+98|0098|98|0)?(9[0-9]{9})")
_STORED = re.compile(r"\+98(\d{3})(\d{3})(\d{4})")
# Format signs (direction marks, ZWNJ), spaces and dashes of every kind, controls such as a tab.
_BETWEEN = {"Cf", "Zs", "Pd", "Cc"}


def _plain(text: str) -> str:
    """Return what a person reads of a number: digits of any script as ASCII ones, nothing between.

    Two writings that look alike are one number, or the same one would be counted, found and kept
    twice.
    """
    return "".join(
        sign if digit is None else str(digit)
        for sign, digit in ((sign, unicodedata.decimal(sign, None)) for sign in text)
        if unicodedata.category(sign) not in _BETWEEN
    )


def read_national_code(text: str) -> str | None:
    """Return the ten digits of a valid code, or None.

    Zeros lost by a spreadsheet are put back (eight digits or more); all-equal digits have been
    issued and are valid.
    """
    digits = _plain(text)
    if not re.fullmatch(r"[0-9]{8,10}", digits):
        return None
    digits = digits.zfill(10)
    return digits if int(digits[9]) == check_digit(digits[:9]) else None


def check_digit(nine: str) -> int:
    """Return the tenth digit for the first nine: Σ d[i]·(10−i) mod 11, r<2 → r, else 11−r."""
    remainder = sum(int(d) * (10 - i) for i, d in enumerate(nine)) % 11
    return remainder if remainder < 2 else 11 - remainder


def hide_national_code(code: str, *, key: str) -> str:
    """Return the keyed hash (hex, 64 signs) under which a code is stored."""
    return hmac.new(key.encode(), code.encode(), hashlib.sha256).hexdigest()


def spaced_mobile(mobile: str) -> str:
    """Return a stored number as people write it, 0914 123 4567; whatever else it is, unchanged."""
    found = _STORED.fullmatch(mobile)
    return f"0{found[1]} {found[2]} {found[3]}" if found else mobile


def read_mobile(text: str) -> str | None:
    """Return a mobile number as +989XXXXXXXXX, or None."""
    found = _MOBILE.fullmatch(re.sub(r"[().]", "", _plain(text)))
    return f"+98{found[1]}" if found else None
