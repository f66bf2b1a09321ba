"""What a backup takes besides database and vault: documents, and what the settings name. What stays out is said in words."""

from collections.abc import Iterator
from pathlib import Path

from sqlmodel import Session, select

from monitor.backup.files import inside
from monitor.settings import Settings
from registry.documents import REPORTS, Document

KEYS = "keys"


def documents(root: Path, session: Session, left_out: list[str]) -> Iterator[str]:
    """What lies in the folder of reports, and what is on record elsewhere in the workspace, by paths from its folder."""
    tops = [root / REPORTS]
    for path in session.exec(select(Document.path).distinct().order_by(Document.path)):
        if Path(path).is_absolute():
            left_out.append(f"the document {path}, outside of the workspace")
        else:
            tops.append(root / path)
    for top in tops:
        for file in inside(top) if top.is_dir() else [top]:
            name = file.relative_to(root).as_posix()
            if not any(part.startswith(".") for part in Path(name).parts):
                yield name


def beside_settings(settings: Settings, left_out: list[str]) -> Iterator[str]:
    """Files of certificates that the settings name; the one with the mail password stays out."""
    named = [authority.roots for authority in settings.timestamps.authorities]
    named += [settings.mail.certificates] if settings.mail.certificates else []
    yield from (path.as_posix() for path in named if not path.is_absolute() and ".." not in path.parts)
    if settings.mail.password_file is not None:
        left_out.append(f"the file with the mail password, {settings.mail.password_file}")


def key_files(root: Path, settings: Settings, left_out: list[str]) -> set[str]:
    """The files of the folder of keys, and that with the key for data at rest where it lies in the workspace."""
    found = {file.relative_to(root).as_posix() for file in inside(root / KEYS) if not file.name.startswith(".")}
    if _key_in(root, settings) is None:
        left_out.append("the key for data at rest, which does not lie in the workspace")
    elif (root / settings.keys.file).is_file():
        found.add(settings.keys.file.as_posix())
    return found


def _key_in(root: Path, settings: Settings) -> Path | None:
    """The file in the workspace that holds the key; None where it comes from elsewhere."""
    if settings.keys.secret is not None or settings.keys.command:
        return None
    place = (root / settings.keys.file).resolve()
    return place if place.is_relative_to(root.resolve()) else None
