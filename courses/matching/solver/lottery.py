"""The verifiable lottery: a commitment before, tickets anybody can recompute after.

Every field is UTF-8 (or the seed's bytes) with its length in eight big-endian bytes before it, so
that no two different inputs hash alike. A ticket depends on nobody else and on no database order.
"""

import hashlib
from collections.abc import Iterable


def _digest(*fields: bytes) -> str:
    whole = b"".join(len(field).to_bytes(8, "big") + field for field in fields)
    return hashlib.sha256(whole).hexdigest()


def commitment(seed: bytes, round_id: str) -> str:
    """Return the hash published at the opening of a round (hex)."""
    return _digest(seed, round_id.encode())


def ticket(seed: bytes, public_value: str, round_id: str, pseudonym: str) -> str:
    """Return one student's ticket (hex); smaller is earlier."""
    return _digest(seed, public_value.encode(), round_id.encode(), pseudonym.encode())


def draw(
    seed: bytes, public_value: str, round_id: str, pseudonyms: Iterable[str]
) -> tuple[str, ...]:
    """Return the pseudonyms in the order of (ticket, pseudonym)."""
    return tuple(sorted(pseudonyms, key=lambda p: (ticket(seed, public_value, round_id, p), p)))
