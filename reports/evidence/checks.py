"""What public tools are asked of a bundle, as its guide has it, and what each must answer."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from reports.evidence import seal
from reports.evidence.contents import CaseFile
from reports.evidence.stamped import expected
from reports.evidence.tokens import commands as token_commands
from reports.render.plain import moment
from reports.signing.timestamp import Timestamp

_SIGNED = seal.BAG.signed
_LISTS = f"{seal.BAG.inner} {_SIGNED}"

_UNLISTED = f"! -path ./{_SIGNED} ! -path ./{_SIGNED}.sig"


def commands(*, stamped: bool) -> tuple[str, ...]:
    """In the order in which they are to be given: the first make sure that the others read plain files of this folder alone, and
    print nothing where the folder holds what the lists name and nothing else. stamped: whether authorities stated the list."""
    lists = f"{_LISTS} {seal.STAMPS}" if stamped else _LISTS
    unlisted = f"{_UNLISTED} ! -path ./{seal.STAMPS} ! -path ./{seal.STAMPS}.sig" if stamped else _UNLISTED
    return (
        r"find . -regextype posix-extended ! -type f ! -type d -o -type f -links +1 -o -type d -empty"
        r" -o ! -regex '\.(/[A-Za-z0-9_][A-Za-z0-9._-]*)*'",
        "find . | tr A-Z a-z | sort | uniq -d",
        f"(cut -c67- {lists}; find . -type f {unlisted} | cut -c3-) | sort | uniq -u",
        f"sha256sum -c {lists}",
        f"openssl dgst -sha256 -verify {seal.PUBLIC_KEY} -signature {_SIGNED}.sig {_SIGNED}",
        f"openssl pkey -pubin -in {seal.PUBLIC_KEY} -outform DER | sha256sum",
    )


NEVER = "no timestamp authority was asked"
"""Of a capture about which nobody outside was asked anything."""

AND_TOKENS = (
    f",\n   and beside them what authorities stated of that list, with a list of its own, {seal.STAMPS}, and its signature"
)
"""What else is no file of the lists, where authorities stated them."""

_TIMESTAMPED = """\
The times in this folder are by the sender's clock, except these: an authority that owes the sender nothing was shown the digest
of a capture's manifest, which names the digests of everything that was captured, of the list that is signed, or of the report's
signature, and signed the time at which it was shown.

{told}

Each of the following must end in "Verification: OK"{verified}. What comes after -attime is the
time of the token, in seconds since 1970: the authority's certificates need to have been valid then, and may have expired since.

{commands}

The certificates in data/authorities/ came with this folder. That they are the authority's shows their fingerprint, printed by

    openssl x509 -in FILE -noout -fingerprint -sha256

which must be the one that the authority publishes."""

_OF_THE_LIST = f"openssl dgst -sha256 -verify {seal.PUBLIC_KEY} -signature {seal.STAMPS}.sig {seal.STAMPS}"


def timestamps(held: CaseFile, case: Mapping[str, Any]) -> str:
    """What an authority vouches for, what it does not yet, and how that is checked."""
    rows = [row for capture in held.captures for row in held.timestamps[capture.id]]
    told = [f"  {_stamped(row)}" for row in rows]
    told += [f"  {capture.id}: {NEVER}" for capture in held.captures if not held.timestamps[capture.id]]
    told += [
        f"  this bundle: {entry['authority']}: {entry.get('absent', entry.get('file'))}" for entry in case["seal_timestamps"]
    ]
    asked = token_commands(rows)
    if report := case["report"].get("timestamp"):
        told.append(f"  the report: {report['authority']}: {moment(datetime.fromisoformat(report['stated_at']))}")
        at = int(datetime.fromisoformat(report["stated_at"]).timestamp())
        asked.append(f"openssl ts -verify -data {report['shown']} -in {report['file']} -CAfile {report['roots']} -attime {at}")
    # The time of a token about the list is younger than this text: it is read from the token.
    asked += [_of_the_list(entry) for entry in expected(case)]
    if not asked:
        return "All times in this folder are by the sender's clock:\n\n" + "\n".join(told) + "\n"
    asked += [_OF_THE_LIST] if expected(case) else []
    return (
        _TIMESTAMPED.format(
            told="\n".join(told),
            verified=', the last one in "Verified OK"' if expected(case) else "",
            commands="\n".join(f"    {command}" for command in asked),
        )
        + "\n"
    )


def _of_the_list(entry: Mapping[str, str]) -> str:
    token = entry["file"]
    at = f"$(date -d \"$(openssl ts -reply -in {token} -text | sed -n 's/^Time stamp: //p')\" +%s)"
    return f"openssl ts -verify -data {_SIGNED} -in {token} -CAfile {entry['roots']} -attime {at}"


def report_commands(root: Path, case: Mapping[str, Any]) -> list[str]:
    """How OpenSSL checks the report's signature: of the bytes around it, by their places, which PDF calls its byte range."""
    said = case["report"]
    _, breaks, goes_on, _ = said["signed"]
    file, signature, certificate = said["file"], said["signature"], said["certificate"]
    size = (root / signature).stat().st_size
    return [
        f"(head -c {breaks} {file}; tail -c +{goes_on + 1} {file}) | openssl cms -verify -binary -inform DER -in {signature}"
        f" -content /dev/stdin -CAfile {certificate} -purpose any -out /dev/null",
        f"tail -c +{breaks + 2} {file} | head -c {goes_on - breaks - 2} | tr a-f A-F | basenc -d --base16"
        f" | cmp -n {size} - {signature}",
        f"openssl x509 -in {certificate} -noout -pubkey | cmp - {seal.PUBLIC_KEY}",
    ]


def _stamped(row: Timestamp) -> str:
    when = f"not yet timestamped, asked {moment(row.asked_at)}: {row.problem}" if row.stated_at is None else moment(row.stated_at)
    return f"{row.capture_id}: {row.authority}: {when}"
