"""What goes with a letter: stills cut again from the captured bytes, with and without the place marked."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Enclosed:
    """Stills as they were cut. pictures: of the annex, as small JPEG files, by the names of what they show with .jpg in place of
    .png."""

    stills: tuple[Still, ...]
    pictures: Mapping[str, bytes]


def stills_of(
    vault: Vault, matches: Sequence[tuple[ConfirmedMatch, str]], names: Mapping[str, str], folder: Path | None = None
) -> Enclosed:
    """One for each match at its best moment; none for what has no place in a picture. matches: each with the SHA-256 of its
    media; names: of subjects, by id. folder: a new one that the stills are written to as PNG files, with a list of their digests.

    Raises EvidenceMissing and what the vault raises.
    """
    made, cut = list[Still](), _Cut(folder)
    placed = ((match, match.best_box, digest) for match, digest in matches if match.best_box is not None)
    for number, (match, box, digest) in enumerate(placed, 1):
        corners = (box.x1, box.y1, box.x2, box.y2)
        with vault.as_file(digest) as media:
            sent = still_to_send(media, match.best_t, box, match.modality, match.track, counted=match.counted)
        name, marked_name = f"still-{number}.png", f"still-{number}-marked.png"
        made.append(
            Still(
                match_id=match.id,
                subject=names[match.subject_id],
                media_sha256=digest,
                t=match.best_t,
                corners=corners,
                name=name,
                sha256=cut.keep(name, sent.image),
                marked_name=marked_name,
                marked_sha256=cut.keep(marked_name, with_box(sent.image, box, sent.scale)),
                track=match.track,
                counted=match.counted,
                hidden=sent.hidden.places,
                others=sent.hidden.said,
            )
        )
    if folder is not None:
        write_whole(folder / seal.SUMS, seal.sums_text(cut.digests))
    return Enclosed(tuple(made), cut.pictures)


@dataclass
class _Cut:
    """What was cut until now: pictures as of Enclosed, and the digests of the whole ones by their names, which go into folder."""

    folder: Path | None
    pictures: dict[str, bytes] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    def keep(self, name: str, image: Image) -> str:
        """The picture's digest as a PNG file."""
        content = png(image)
        self.pictures[_small(name)], self.digests[name] = jpeg(image, ANNEX_SIDE), _sha256(content)
        if self.folder is not None:
            write_whole(self.folder / name, content)
        return self.digests[name]


def annex(vault: Vault, letter: Letter, enclosures: Path | None = None) -> dict[str, bytes]:
    """The pictures of a letter that was drafted before, cut once more: see Enclosed.

    enclosures: a new folder that the stills are written to as stills_of does. Raises EvidenceMissing when they are not those of
    the letter any more.
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
