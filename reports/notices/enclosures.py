"""What goes with a letter: stills cut again from the captured bytes, with and without the place marked."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from matcher.types import Box
from registry.types import Image
from registry.vault.base import Vault
from reports.cases import ConfirmedMatch
from reports.errors import EvidenceMissing
from reports.evidence import seal
from reports.evidence.bystanders import still_to_send, without
from reports.evidence.stills import cut_still, jpeg, png, with_box
from reports.notices.base import Letter, Still
from reports.render.whole import write_whole

ANNEX_SIDE = 560
"""The longer side of a still in the annex, in pixels; the enclosed file has the frame's own size."""


def stills_of(vault: Vault, matches: Sequence[tuple[ConfirmedMatch, str]], names: Mapping[str, str]) -> tuple[Still, ...]:
    """One for each match at its best moment; none for what has no place in a picture. matches: each with the SHA-256 of its
    media; names: of subjects, by id.

    Raises EvidenceMissing and what the vault raises.
    """
    made = []
    placed = ((match, match.best_box, digest) for match, digest in matches if match.best_box is not None)
    for number, (match, box, digest) in enumerate(placed, 1):
        corners = (box.x1, box.y1, box.x2, box.y2)
        with vault.as_file(digest) as media:
            sent = still_to_send(media, match.best_t, box, match.modality, match.track, counted=match.counted)
        plain, marked = sent.image, with_box(sent.image, box, sent.scale)
        made.append(
            Still(
                match_id=match.id,
                subject=names[match.subject_id],
                media_sha256=digest,
                t=match.best_t,
                corners=corners,
                name=f"still-{number}.png",
                sha256=_sha256(png(plain)),
                marked_name=f"still-{number}-marked.png",
                marked_sha256=_sha256(png(marked)),
                track=match.track,
                counted=match.counted,
                hidden=sent.hidden.places,
                others=sent.hidden.said,
            )
        )
    return tuple(made)


def annex(vault: Vault, letter: Letter, enclosures: Path | None = None) -> dict[str, bytes]:
    """Small JPEG pictures for the annex, by the names of the files that they show, with .jpg in place of .png.

    enclosures: a new folder that the stills are written to as PNG files, with a list of their digests, as they are cut. Raises
    EvidenceMissing when they are not those of the letter any more.
    """
    pictures, digests = {}, {}
    for name, wanted, image in (each for still in letter.stills for each in _named(vault, still)):
        pictures[_small(name)] = jpeg(image, ANNEX_SIDE)
        if enclosures is not None:
            _enclose(enclosures / name, wanted, image)
            digests[name] = wanted
    if enclosures is not None:
        write_whole(enclosures / seal.SUMS, seal.sums_text(digests))
    return pictures


def _enclose(file: Path, wanted: str, image: Image) -> None:
    content = png(image)
    if _sha256(content) != wanted:
        raise EvidenceMissing(f"{file.name} comes out otherwise than when the letter was drafted.", "Draft the letter anew.")
    write_whole(file, content)


def _small(name: str) -> str:
    return Path(name).with_suffix(".jpg").name


def small_names(still: Still) -> tuple[str, str]:
    """The names of a still's pictures in the annex: as it is, and with the place marked."""
    return _small(still.name), _small(still.marked_name)


def _named(vault: Vault, still: Still) -> Iterator[tuple[str, str, Image]]:
    with vault.as_file(still.media_sha256) as media:
        image, scale = cut_still(media, still.t, still.track, counted=still.counted)
    # What was hidden when the letter was drafted is hidden again, whatever a detector would find today.
    plain = without(image, still.hidden, scale)
    yield still.name, still.sha256, plain
    yield still.marked_name, still.marked_sha256, with_box(plain, Box(*still.corners), scale)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
