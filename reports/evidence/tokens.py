"""The timestamps of a bundle's captures: how OpenSSL checks them, and whether they hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from reports.evidence.contents import manifest_name, roots_name, stamp, token_name
from reports.signing.errors import RootsUnusable, TokenRefused
from reports.signing.timestamp import Timestamp
from reports.signing.tokens import fingerprints_of, read_token, roots_of


@dataclass(frozen=True)
class Stated:
    """A timestamp in a bundle that holds. authority: as the sender calls it. roots: the SHA-256 of each certificate to which it
    may lead, in hex: somebody who knows the authority knows it by them, and nobody else does."""

    capture_id: str
    authority: str
    at: datetime
    roots: tuple[str, ...]


def commands(rows: Sequence[Timestamp]) -> list[str]:
    """For each token what OpenSSL is asked, as of the token's own time: its certificates may have expired since."""
    return [
        f"openssl ts -verify -data {manifest_name(row.capture_id)} -in {token_name(row)} -CAfile {roots_name(row)}"
        f" -attime {int(row.stated_at.timestamp())}"
        for row in rows
        if row.stated_at is not None and row.reply_sha256 is not None
    ]


def stated(root: Path, files: Mapping[str, str], capture: Mapping[str, Any]) -> Iterator[Stated | tuple[str, str]]:
    """Each timestamp of a capture in case.json that holds, or the file with what is wrong with it.

    files: those that the seal lists, by name; no other is read. Raises what reading JSON of an unexpected shape can end in.
    """
    for entry in capture.get("timestamps", ()):
        if "absent" in entry:
            continue
        needed = (entry["file"], entry["roots"], manifest_name(capture["id"]))
        if missing := next((name for name in needed if name not in files), None):
            yield missing, "is missing: a timestamp needs it"
            continue
        reply, roots, manifest = ((root / name).read_bytes() for name in needed)
        try:
            known = roots_of(roots)
            token = read_token(reply, manifest, known)
        except TokenRefused as error:
            yield entry["file"], f"is no timestamp of the capture's manifest: {error.fault.value}"
        except RootsUnusable:
            yield entry["roots"], "holds no certificate of an authority"
        else:
            if stamp(token.at) != entry["stated_at"]:
                yield entry["file"], "states another time than the case says"
            else:
                yield Stated(capture["id"], entry["authority"], token.at, fingerprints_of(known))
