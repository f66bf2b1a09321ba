"""The page of ``semblance scan --html``: each match's still beside its reference."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matcher.types import Gallery, Match, ScanResult
from registry.kinds import SAMPLE_OF, Modality
from registry.presence import present, score_says, sensed
from registry.version import version
from reports.errors import EvidenceMissing
from reports.evidence.stills import NO_PLACE, cut_still, jpeg, of_second, read_reference, with_box
from reports.render.html import render_html
from reports.render.plain import clock, looked_part, places, shorten, weight
from reports.render.whole import write_whole


def write_scan_page(path: Path, results: Sequence[ScanResult], gallery: Gallery, references: Mapping[str, Path]) -> None:
    """Write one self-contained page about results. references: each reference's file by reference id.

    A picture that cannot be cut or read any more is said to be missing; it does not cost the page.
    """
    files = [_file(result, gallery, references) for result in results]
    page = render_html(
        "scan",
        {
            "files": files,
            "found": sum(len(file["matches"]) for file in files),
            "failed": sum(file["failure"] is not None for file in files),
            "in_part": sum(bool(file["in_part"]) for file in files),
            "subjects": gallery.subjects,
            "score_says": score_says(_modalities(results)),
            "version": version(),
        },
    )
    write_whole(path, page)


def _modalities(results: Sequence[ScanResult]) -> set[Modality]:
    return {match.appearance.modality for result in results for match in result.matches}


def _file(result: ScanResult, gallery: Gallery, references: Mapping[str, Path]) -> dict[str, Any]:
    return {
        "name": shorten(Path(result.media).name or result.media, 200),
        "failure": result.failure,
        "about": _about(result),
        "in_part": _in_part(result),
        "appearances": len(result.appearances),
        "sensed": sensed({seen.modality for seen in result.appearances}),
        "matches": [_match(result, match, gallery, references) for match in result.matches],
        "warnings": result.warnings,
    }


def _in_part(result: ScanResult) -> str:
    seen = looked_part(result.share, result.frames_looked_at)
    return f"Looked at in part, {seen}: {' '.join(result.unseen)}" if result.in_part else ""


def _about(result: ScanResult) -> str:
    if result.kind == "image":
        return f"A picture of {result.width} × {result.height} pixels, looked at in {result.seconds:.1f} s."
    if not result.frames_looked_at:
        return f"{clock(result.duration)} of sound, listened to in {result.seconds:.1f} s."
    shots = f"{len(result.shots)} {'shot' if len(result.shots) == 1 else 'shots'}"
    return (
        f"A video of {clock(result.duration)} in {shots}, {result.width} × {result.height} pixels; "
        f"{result.frames_looked_at} frames looked at in {result.seconds:.1f} s."
    )


def _match(result: ScanResult, match: Match, gallery: Gallery, references: Mapping[str, Path]) -> dict[str, Any]:
    subject = gallery.subjects.get(match.subject_id)
    seen = match.appearance
    reference = references.get(match.reference_id)
    still, still_gone = _still(Path(result.media), match)
    picture, reference_gone = _reference(reference, match)
    name, words = subject.name if subject else match.subject_id, present(seen.modality)
    return {
        "subject": name,
        "kind": subject.kind.value if subject else seen.modality.value,
        "span": places(seen.t_start, seen.t_end, seen.spans, seen.track) if result.duration else "in the picture",
        "sensed": words.sensed,
        "nature": words.nature,
        "frame": words.frame(clock(seen.best_t), name),
        "enrolled": words.reference,
        "best": clock(seen.best_t),
        "still": still,
        "still_gone": still_gone,
        "reference": picture,
        "reference_gone": reference_gone,
        "reference_name": _called(reference, match),
        "score": match.score,
        "threshold": match.threshold,
        "expected": match.expected_false_matches,
        "weight": _weight(match),
        "reasons": match.reasons,
        "encoder": match.encoder,
        "pack": match.pack,
    }


def _weight(match: Match) -> str:
    known = match.likelihood
    return weight(known.ratio if known else None, known.most if known else None, match.reasons)


def _called(reference: Path | None, match: Match) -> str:
    name = shorten(reference.name, 80) if reference else match.reference_id
    return name + of_second(match.shows.at if match.shows else None)


def _still(media: Path, match: Match) -> tuple[bytes | None, str]:
    seen = match.appearance
    best = seen.best
    if best is None:
        return None, NO_PLACE
    try:
        image, scale = cut_still(media, best.t, seen.track, counted=seen.counted)
    except EvidenceMissing as error:
        return None, error.what
    return jpeg(with_box(image, best.box, scale), 720), ""


def _reference(path: Path | None, match: Match) -> tuple[bytes | None, str]:
    if path is None:
        return None, "The reference's file is not known here."
    try:
        kind = SAMPLE_OF[match.appearance.modality]
        return jpeg(read_reference(path, kind, match.shows.at if match.shows else None), 480), ""
    except EvidenceMissing as error:
        return None, error.what
