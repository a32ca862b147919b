"""Which partition a series belongs to: a hash of its id that is the same on every machine."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

PARTITION = "partition"


def hashes_of(ids: Iterable[str], what_for: str) -> Hashes:
    """Return a number from 0 to 2⁶⁴ − 1 for each id.

    Args:
        ids: as text.
        what_for: hashes for different ends have nothing to do with each other.
    """
    person = blake2b(what_for.encode(), digest_size=blake2b.PERSON_SIZE).digest()
    digests = b"".join(
        blake2b(one.encode("utf-8", "surrogatepass"), digest_size=8, person=person).digest()
        for one in ids
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def partitions_of(ids: Iterable[str], partitions: int) -> NDArray[np.intp]:
    """Return the partition of each id, from 0 to `partitions` - 1."""
    found: NDArray[np.intp] = (hashes_of(ids, PARTITION) % np.uint64(partitions)).astype(np.intp)
    return found
