"""Looking at media files with references from a folder: what needs no workspace and keeps nothing."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from matcher.bands import band
from matcher.decoding import decoding
from matcher.types import Match, ScanResult
from monitor.confinement import decoding_bounds, weaker_in
from monitor.engine.scanner import scan_all
from monitor.recognisers import build_recognisers, prepare_packs, recogniser_spec
from monitor.reference_folder import LoadedReferences, load_references
from monitor.settings import Settings
from registry.errors import ExitCode, SemblanceError
from registry.kinds import SubjectKind
from reports.render.scan_page import write_scan_page


class NotScannable(SemblanceError):
    """Nothing that could be looked at, or a page that cannot be written."""

    exit_code = ExitCode.WRONG_USE


@dataclass(frozen=True)
class FoundMatch:
    """A match and whom it shows. kind: of the subject. reference: the file that it resembles most. band: see matcher.bands."""

    match: Match
    subject: str
    kind: SubjectKind
    reference: Path
    band: str


@dataclass(frozen=True)
class FileScan:
    """What was looked for and what came of each file, in the files' order."""

    references: LoadedReferences
    results: tuple[ScanResult, ...]

    @property
    def whole(self) -> bool:
        """Whether every file was looked at, and all of it."""
        return not any(result.failure or result.in_part for result in self.results)

    def found(self, result: ScanResult) -> list[FoundMatch]:
        """The matches of one file."""
        return [self._found(match) for match in result.matches]

    def _found(self, match: Match) -> FoundMatch:
        subject = self.references.gallery.subjects[match.subject_id]
        file = self.references.files[match.reference_id]
        return FoundMatch(match, subject.name, subject.kind, file, band(match.expected_false_matches))


def files_in(media: Sequence[Path]) -> list[Path]:
    """Every file named, and every file in every folder named, whatever its extension. Raises NotScannable for none."""
    files: list[Path] = []
    for path in media:
        if path.is_dir():
            files += sorted(inside for inside in path.rglob("*") if inside.is_file())
        else:
            files.append(path)
    if not files:
        raise NotScannable("There is no file to scan.", "Name a video, a picture, or a folder that holds some.")
    return files


@contextmanager
def scanned(
    settings: Settings,
    files: Sequence[Path],
    references: Path,
    kind: SubjectKind | None,
    progress: Callable[[str], None],
    begun: Callable[[LoadedReferences, str], None],
) -> Iterator[FileScan]:
    """What was found of the subjects of the references' folder in each file; the files may be decoded as long as it is held.

    begun: told the references, and in words what this machine lacks to hold decoders, before the first file is looked at. Raises
    PackError and NoReferences.
    """
    prepare_packs(settings, progress)
    spec = recogniser_spec(settings)
    with decoding(decoding_bounds(settings.scan), tuple(files)) as decoder:
        decoder.start_soon()
        loaded = load_references(references, build_recognisers(spec), kind)
        begun(loaded, weaker_in(decoder))
        results = []
        for number, result in enumerate(scan_all(spec, loaded.gallery, settings.scan, files), 1):
            progress(f"Scanned {number} of {len(files)}: {files[number - 1].name}")
            results.append(result)
        yield FileScan(loaded, tuple(results))


def write_page(page: Path, scan: FileScan) -> None:
    """A page with the stills beside their references, while the scan is held. Raises NotScannable."""
    try:
        write_scan_page(page, scan.results, scan.references.gallery, scan.references.files)
    except OSError as error:
        raise NotScannable(f"{page} cannot be written: {error.strerror}.", "Choose another place.") from error
