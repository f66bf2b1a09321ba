"""Whose a place in a bucket is: two workspaces on one would remove each other's objects."""

from io import BytesIO
from pathlib import Path
from uuid import uuid4

from registry.private import put
from registry.vault.bucket import Bucket
from registry.vault.files import VaultUnusable, mapped

MARK = "semblance-vault"
"""The object that says whose the place is."""
_DONE = "\nclaimed\n"


def claim(bucket: Bucket, file: Path) -> None:
    """See that the place is this workspace's, and take it where it is nobody's.

    file: holds this workspace's id there, and whether it took the place. Raises VaultUnusable for another's place, for one that
    lost its mark since, and for a bucket that would lock what must be erasable.
    """
    ours, there = _own(file), _mark(bucket)
    if there is not None and not ours:
        # Who writes the mark writes the file before: another opening of this workspace may have done both between the two looks.
        ours = _own(file)
    if ours.endswith(_DONE):
        if there is None:
            raise VaultUnusable(
                f"{bucket.place} is not, or not any more, where this workspace keeps its objects: the mark {MARK} is absent.",
                "Check vault.url and vault.endpoint; where the bucket was emptied, restore it.",
            )
        if there == ours.split()[0]:
            return
        raise _anothers(bucket)
    if there is not None and (not ours or there != ours.split()[0]):
        raise _anothers(bucket)
    _take(bucket, file, ours)


def _take(bucket: Bucket, file: Path, ours: str) -> None:
    if bucket.locks_by_default():
        raise VaultUnusable(
            f"The bucket {bucket.place.bucket} locks everything that is put there, and references must be erasable.",
            "Take the default retention off the bucket; evidence alone is locked, by vault.lock_days.",
        )
    with mapped("write"):
        put(file, f"{ours.split()[0] if ours else uuid4().hex}\n".encode(), replace=False)
    own = file.read_text("ascii").split()[0]
    bucket.put(MARK, BytesIO(own.encode()), len(own), only_new=True)
    if _mark(bucket) != own:
        raise _anothers(bucket)
    with mapped("write"):
        put(file, f"{own}{_DONE}".encode(), replace=True)


def _own(file: Path) -> str:
    return file.read_text("ascii") if file.is_file() else ""


def _mark(bucket: Bucket) -> str | None:
    chunks = bucket.read(MARK)
    return None if chunks is None else b"".join(chunks).decode("ascii", "replace")


def _anothers(bucket: Bucket) -> VaultUnusable:
    return VaultUnusable(
        f"{bucket.place} holds the objects of another workspace.",
        "Give this one another bucket, or another prefix, in vault.url.",
    )
