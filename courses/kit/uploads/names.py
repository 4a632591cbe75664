"""Names of files: which signs they may have."""

import unicodedata

# Control characters, and the marks that turn the direction of writing, so that one ending looks
# like another; ZWNJ and ZWJ belong to Persian names.
_STRANGE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"


def is_strange(sign: str) -> bool:
    """Tell whether a sign breaks headers or misleads the eye."""
    return sign not in _JOINERS and unicodedata.category(sign) in _STRANGE
