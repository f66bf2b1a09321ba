"""The weekly reports that were made and still lie in the workspace, for whoever may see them."""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from registry.documents import REPORTS, root_of
from registry.errors import NotFound
from registry.parties import Party
from registry.tenancy import caller_of
from reports.errors import ReportsError
from reports.week import Week, parse_week

FORMS = ("pdf", "html", "xlsx", "json")
OF_ALL = "all"
"""In place of a party's id, for the report of all parties."""


@dataclass(frozen=True)
class MadeReport:
    """One week's report of a party, or of all. of: the party's id, or OF_ALL. files: its forms by name, with sizes in bytes."""

    week: Week
    of: str
    party: str
    files: tuple[tuple[str, int], ...]


def made_reports(session: Session) -> list[MadeReport]:
    """The newest week first; of a party its own, and the report of all parties for the machine's owner alone."""
    found = [each for of, party, folder in _folders(session) for each in _in_folder(of, party, folder)]
    return sorted(found, key=lambda each: (str(each.week), each.party), reverse=True)


def report_file(session: Session, of: str, name: str) -> Path:
    """Where a form of a report lies. Raises NotFound for a file that is no report which the session sees."""
    for key, _, folder in _folders(session):
        if key == of and any(name == made for each in _in_folder(key, "", folder) for made, _ in each.files):
            return folder / name
    raise NotFound(f"There is no report {name!r}.", "Choose one from the list.")


def _folders(session: Session) -> list[tuple[str, str, Path]]:
    top = root_of(session) / REPORTS
    caller = caller_of(session)
    own = [(OF_ALL, "All parties", top)] if caller is None else []
    return own + [(row.id, row.name, top / row.folder) for row in session.exec(select(Party).order_by(col(Party.name)))]


def _in_folder(of: str, party: str, folder: Path) -> list[MadeReport]:
    weeks: dict[str, list[tuple[str, int]]] = {}
    for path in sorted(folder.glob("weekly-*.*")) if folder.is_dir() else []:
        if path.suffix[1:] in FORMS and path.is_file() and not path.is_symlink():
            weeks.setdefault(path.stem, []).append((path.name, path.stat().st_size))
    return [MadeReport(week, of, party, tuple(files)) for stem, files in weeks.items() if (week := _week(stem)) is not None]


def _week(stem: str) -> Week | None:
    try:
        return parse_week("-".join(stem.split("-")[1:3]))
    except ReportsError:
        return None
