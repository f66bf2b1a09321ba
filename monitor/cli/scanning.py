"""scan: looks at media files with references from a folder; no workspace is needed."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.matches import rate_words
from monitor.cli.opening import AcceptLicence, Json, settings_of
from monitor.cli.output import end_progress, progress_line, say, show_json, show_table, shown, tell, tell_if_any
from registry.errors import ExitCode
from registry.kinds import SubjectKind
from registry.presence import sensed

if TYPE_CHECKING:
    from matcher.types import Appearance, ScanResult
    from monitor.file_scan import FileScan, FoundMatch
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
    from monitor.file_scan import files_in, scanned, write_page

    settings, files = _settings(context, pack, accept_licence), files_in(media)
    with scanned(settings, files, references, kind, progress_line(), _tell_begun) as made:
        end_progress()
        _show(made, json)
        if html is not None:
            write_page(html, made)
            tell(f"The page is {shown(html)}.")
    if not made.whole:
        raise typer.Exit(ExitCode.FOUND)


def _tell_begun(loaded: "LoadedReferences", weaker: str) -> None:
    end_progress()
    tell_if_any(weaker)
    for path, reason in loaded.refused:
        tell(f"{shown(path)}: not used as a reference. {shown(reason)}")


def _settings(context: typer.Context, pack: str | None, accept_licence: bool) -> "Settings":
    from monitor.settings import accepting

    settings = settings_of(context)
    if pack is not None:
        settings = settings.model_copy(update={"pack": pack})
    return accepting(settings, *settings.packs) if accept_licence else settings


def _show(made: "FileScan", as_json: bool) -> None:
    from matcher.bands import BANDS_IN_WORDS

    if as_json:
        refused = [{"file": str(path), "reason": reason} for path, reason in made.references.refused]
        results = [_result_fields(result, made.found(result)) for result in made.results]
        show_json({"results": results, "references_refused": refused})
        return
    for result in made.results:
        _show_result(result, made.found(result))
    if any(result.matches for result in made.results):
        say(BANDS_IN_WORDS)


def _show_result(result: "ScanResult", found: "list[FoundMatch]") -> None:
    from reports.render.plain import looked_part
    from reports.screen_labels import said as said_of

    if result.failure is not None:
        say(f"{shown(result.media)}: could not be looked at. {shown(result.failure.what)} {shown(result.failure.remedy)}")
        return
    seen = f"{len(result.appearances)} {sensed({each.modality for each in result.appearances})}, {len(found)} matched"
    in_part = f"looked at in part ({looked_part(result.share, result.frames_looked_at)}): " if result.in_part else ""
    say(f"{shown(result.media)}: {in_part}{seen} ({result.duration:.1f} s of {result.kind}, {result.seconds:.1f} s to look)")
    for said in result.unseen:
        say(f"  not looked at: {shown(said)}")
    for mark in result.words.marks if result.words else ():
        say(f"  {shown(said_of(mark))}")
    for warning in result.warnings:
        say(f"  note: {shown(warning)}")
    if found:
        columns = ("subject", "kind", "from-to", "best", "score", "band", "false_per_1000_videos")
        show_table(columns, [_match_cells(each) for each in found])


def _match_cells(found: "FoundMatch") -> list[str]:
    match = found.match
    return [
        found.subject,
        found.kind.value,
        _where(match.appearance),
        f"{match.appearance.best_t:.2f} s",
        f"{match.score:.3f}",
        found.band,
        rate_words(match.expected_false_matches),
    ]


def _where(seen: "Appearance") -> str:
    in_places = f", {len(seen.spans)} places" if seen.spans else ""
    return f"{seen.t_start:.2f}-{seen.t_end:.2f} s" + in_places + (f", track {seen.track}" if seen.track else "")


def _result_fields(result: "ScanResult", found: "list[FoundMatch]") -> dict[str, Any]:
    fields = {**asdict(result), "in_part": result.in_part}
    fields["matches"] = [
        {
            **asdict(each.match),
            "band": each.band,
            "subject": each.subject,
            "kind": each.kind.value,
            "reference": str(each.reference),
        }
        for each in found
    ]
    return fields
