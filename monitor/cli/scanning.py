"""scan: looks at media files with references from a folder; no workspace is needed."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.matches import rate_words
from monitor.cli.opening import AcceptLicence, Json, NotUnderstood, settings_of
from monitor.cli.output import end_progress, progress_line, say, show_json, show_table, shown, tell, tell_if_any
from registry.errors import ExitCode
from registry.kinds import SubjectKind

if TYPE_CHECKING:
    from matcher.types import Appearance, Gallery, Match, ScanResult
    from monitor.reference_folder import LoadedReferences
    from monitor.settings import Settings


def join(app: typer.Typer) -> None:
    app.command()(scan)


def scan(
    context: typer.Context,
    media: Annotated[list[Path], typer.Argument(help="Videos and pictures, or folders of them.")],
    references: Annotated[Path, typer.Option(help="DIR/<subject>/* are the references; a loose picture is its own subject.")],
    kind: Annotated[SubjectKind | None, typer.Option(help="What all subjects are; found out when not given.")] = None,
    pack: Annotated[str | None, typer.Option(help="The pack for faces, instead of the settings'.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with the stills beside their references.")] = None,
    accept_licence: AcceptLicence = False,
    json: Json = False,
) -> None:
    """Say which subjects appear in media files, when, and how surely. Exit code 1 when one was not looked at as a whole."""
    from matcher.decoding import decoding
    from monitor.confinement import decoding_bounds, weaker_in
    from monitor.engine.scanner import scan_all
    from monitor.reference_folder import load_references
    from monitor.wiring import build_recognisers, prepare_packs, recogniser_spec

    settings, files = _settings(context, pack, accept_licence), _files(media)
    progress = progress_line()
    prepare_packs(settings, progress)
    spec = recogniser_spec(settings)
    with decoding(decoding_bounds(settings.scan), tuple(files)) as decoder:
        decoder.start_soon()
        loaded = load_references(references, build_recognisers(spec), kind)
        end_progress()
        tell_if_any(weaker_in(decoder))
        for path, reason in loaded.refused:
            tell(f"{shown(path)}: not used as a reference. {shown(reason)}")
        results = []
        for number, result in enumerate(scan_all(spec, loaded.gallery, settings.scan, files), 1):
            progress(f"Scanned {number} of {len(files)}: {files[number - 1].name}")
            results.append(result)
        end_progress()
        _show(results, loaded, json)
        if html is not None:
            _write_page(html, results, loaded)
    if any(result.failure or result.in_part for result in results):
        raise typer.Exit(ExitCode.FOUND)


def _settings(context: typer.Context, pack: str | None, accept_licence: bool) -> "Settings":
    from monitor.settings import accepting

    settings = settings_of(context)
    if pack is not None:
        settings = settings.model_copy(update={"pack": pack})
    return accepting(settings, *settings.packs) if accept_licence else settings


def _files(media: Sequence[Path]) -> list[Path]:
    """Every file named, and every file in every folder named, whatever its extension."""
    files: list[Path] = []
    for path in media:
        if path.is_dir():
            files += sorted(inside for inside in path.rglob("*") if inside.is_file())
        else:
            files.append(path)
    if not files:
        raise NotUnderstood("There is no file to scan.", "Name a video, a picture, or a folder that holds some.")
    return files


def _show(results: "Sequence[ScanResult]", loaded: "LoadedReferences", as_json: bool) -> None:
    from matcher.bands import BANDS_IN_WORDS

    if as_json:
        refused = [{"file": str(path), "reason": reason} for path, reason in loaded.refused]
        show_json({"results": [_result_fields(result, loaded) for result in results], "references_refused": refused})
        return
    for result in results:
        _show_result(result, loaded.gallery)
    if any(result.matches for result in results):
        say(BANDS_IN_WORDS)


def _show_result(result: "ScanResult", gallery: "Gallery") -> None:
    from reports.render.plain import percent

    if result.failure is not None:
        say(f"{shown(result.media)}: could not be looked at. {shown(result.failure.what)} {shown(result.failure.remedy)}")
        return
    seen = f"{len(result.appearances)} seen, {len(result.matches)} matched"
    in_part = f"looked at in part ({percent(result.share)}): " if result.in_part else ""
    say(f"{shown(result.media)}: {in_part}{seen} ({result.duration:.1f} s of {result.kind}, {result.seconds:.1f} s to look)")
    for said in result.unseen:
        say(f"  not looked at: {shown(said)}")
    for warning in result.warnings:
        say(f"  note: {shown(warning)}")
    if result.matches:
        columns = ("subject", "kind", "from-to", "best", "score", "band", "false_per_1000_videos")
        show_table(columns, [_match_cells(match, gallery) for match in result.matches])


def _match_cells(match: "Match", gallery: "Gallery") -> list[str]:
    from matcher.bands import band

    subject, seen = gallery.subjects[match.subject_id], match.appearance
    return [
        subject.name,
        subject.kind.value,
        _where(seen),
        f"{seen.best.t:.2f} s",
        f"{match.score:.3f}",
        band(match.expected_false_matches),
        rate_words(match.expected_false_matches),
    ]


def _where(seen: "Appearance") -> str:
    in_places = f", {len(seen.spans)} places" if seen.spans else ""
    return f"{seen.t_start:.2f}-{seen.t_end:.2f} s" + in_places + (f", track {seen.track}" if seen.track else "")


def _result_fields(result: "ScanResult", loaded: "LoadedReferences") -> dict[str, Any]:
    from matcher.bands import band

    fields = {**asdict(result), "in_part": result.in_part}
    fields["matches"] = [
        {
            **asdict(match),
            "band": band(match.expected_false_matches),
            "subject": loaded.gallery.subjects[match.subject_id].name,
            "kind": loaded.gallery.subjects[match.subject_id].kind.value,
            "reference": str(loaded.files[match.reference_id]),
        }
        for match in result.matches
    ]
    return fields


def _write_page(path: Path, results: "Sequence[ScanResult]", loaded: "LoadedReferences") -> None:
    from reports.render.scan_page import write_scan_page

    try:
        write_scan_page(path, results, loaded.gallery, loaded.files)
    except OSError as error:
        raise NotUnderstood(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from error
    tell(f"The page is {shown(path)}.")
