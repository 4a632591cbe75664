"""The verifiable lottery: a commitment before, tickets anybody can recompute after.

Every field is UTF-8 (or the seed's bytes) with its length in eight big-endian bytes before it, so
that no two different inputs hash alike. A ticket depends on nobody else and on no database order.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def _field(field: bytes) -> bytes:
    return len(field).to_bytes(8, "big") + field


def _digest(*fields: bytes) -> str:
    return hashlib.sha256(b"".join(map(_field, fields))).hexdigest()


def _front(seed: bytes, public_value: str, round_id: str) -> tuple[bytes, ...]:
    return seed, public_value.encode(), round_id.encode()


def commitment(seed: bytes, round_id: str) -> str:
    """Return the hash published at the opening of a round (hex)."""
    return _digest(seed, round_id.encode())


def ticket(seed: bytes, public_value: str, round_id: str, pseudonym: str) -> str:
    """Return one student's ticket (hex); smaller is earlier."""
    return _digest(*_front(seed, public_value, round_id), pseudonym.encode())


def draw(
    seed: bytes, public_value: str, round_id: str, pseudonyms: Sequence[str]
) -> tuple[str, ...]:
    """Return the pseudonyms in the order of (ticket, pseudonym)."""
    names = sorted(pseudonyms)
    return tuple(names[number] for number in _order(seed, public_value, round_id, names).tolist())


def places(
    seed: bytes, public_value: str, round_id: str, pseudonyms: Sequence[str]
) -> NDArray[np.int32]:
    """Return each pseudonym's place in the lottery, 0 first; the pseudonyms are sorted."""
    place = np.empty(len(pseudonyms), np.int32)
    place[_order(seed, public_value, round_id, pseudonyms)] = np.arange(len(pseudonyms))
    return place


def _order(
    seed: bytes, public_value: str, round_id: str, pseudonyms: Sequence[str]
) -> NDArray[np.int64]:
    # What all tickets have in front is hashed once, and tickets are compared as four numbers:
    # a million are drawn in a second.
    front = hashlib.sha256(b"".join(map(_field, _front(seed, public_value, round_id))))
    drawn = bytearray()
    for pseudonym in pseudonyms:
        own = front.copy()
        own.update(_field(pseudonym.encode()))
        drawn += own.digest()
    tickets = np.frombuffer(bytes(drawn), ">u8").reshape(-1, 4).astype(np.uint64)
    order = np.argsort(tickets[:, 0], kind="stable")
    first = tickets[order, 0]
    if (first[1:] == first[:-1]).any():
        order = np.lexsort(tickets.T[::-1])
    return np.asarray(order, np.int64)
