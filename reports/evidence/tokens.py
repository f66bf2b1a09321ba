"""The timestamps of a bundle's captures: how OpenSSL checks them, and whether they hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources.abc import Traversable
from typing import Any

from reports.evidence.contents import stamp
from reports.evidence.names import manifest_name, roots_name, token_name
from reports.signing.errors import RootsUnusable, TokenRefused
from reports.signing.timestamp import Timestamp
from reports.signing.tokens import fingerprints_of, read_token, roots_of


@dataclass(frozen=True)
class Stated:
    """A timestamp in a bundle that holds. about: what the authority was shown, in words, and capture_id: of which capture, "" of
    what is of none. authority: as the sender calls it. roots: the SHA-256 of each certificate to which it may lead, in hex:
    somebody who knows the authority knows it by them, and nobody else does."""

    capture_id: str
    authority: str
    at: datetime
    roots: tuple[str, ...]
    about: str


def commands(rows: Sequence[Timestamp]) -> list[str]:
    """For each token what OpenSSL is asked, as of the token's own time: its certificates may have expired since."""
    return [
        f"openssl ts -verify -data {manifest_name(row.capture_id)} -in {token_name(row)} -CAfile {roots_name(row)}"
        f" -attime {int(row.stated_at.timestamp())}"
        for row in rows
        if row.stated_at is not None and row.reply_sha256 is not None
    ]


def stated(root: Traversable, files: Mapping[str, str], capture: Mapping[str, Any]) -> Iterator[Stated | tuple[str, str]]:
    """Each timestamp of a capture in case.json that holds, or the file with what is wrong with it.

    files: those that the seal lists, by name; no other is read. Raises what reading JSON of an unexpected shape can end in.
    """
    for entry in capture.get("timestamps", ()):
        if "absent" in entry:
            continue
        needed = (entry["file"], manifest_name(capture["id"]))
        if missing := next((name for name in needed if name not in files), None):
            yield missing, "is missing: a timestamp needs it"
            continue
        yield check(root, files, entry, needed[1], "the capture's manifest", capture["id"])


def check(
    root: Traversable, files: Mapping[str, str], entry: Mapping[str, str], shown: str, about: str, capture_id: str = ""
) -> Stated | tuple[str, str]:
    """A token that the case tells of, if it holds, or the file with what is wrong with it. shown: the file that the authority was
    shown. about, capture_id: see Stated. The token is there, and so is what was shown."""
    if entry["roots"] not in files:
        return entry["roots"], "is missing: a timestamp needs it"
    reply, roots, content = ((root / name).read_bytes() for name in (entry["file"], entry["roots"], shown))
    try:
        known = roots_of(roots)
        token = read_token(reply, content, known)
    except TokenRefused as error:
        return entry["file"], f"is no timestamp of {about}: {error.fault.value}"
    except RootsUnusable:
        return entry["roots"], "holds no certificate of an authority"
    if entry.get("stated_at", stamp(token.at)) != stamp(token.at):
        return entry["file"], "states another time than the case says"
    return Stated(capture_id, entry["authority"], token.at, fingerprints_of(known), about)
