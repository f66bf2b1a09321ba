"""How backups lie in their folder, and how one is told from what is half written.

FOLDER/NUMBER-MOMENT/manifest.json   written last: what has none is no backup
                     files.jsonl     a line for each file: path, size, SHA-256
                     workspace/      the files, as they lie in a workspace
FOLDER/.unfinished/                  one that is being made, or was broken off
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any

from registry.canonical_json import canonical_json
from registry.errors import ExitCode, SemblanceError

FORMAT = 1
MANIFEST, FILES, INSIDE = "manifest.json", "files.jsonl", "workspace"
UNFINISHED = ".unfinished"
DATABASE = "semblance.db"
PUBLIC = "vault/sha256/"
BLOCK = 1 << 20


class BackupRefused(SemblanceError):
    """A backup that cannot be made or used like that."""


class BackupDamaged(SemblanceError):
    """A backup that is not as it was made."""

    exit_code = ExitCode.DAMAGED


@dataclass(frozen=True)
class Held:
    """One file of a backup. path: from the workspace's folder. sha256: of its bytes as they lie there, sealed or not."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup is. number: one more than that of the backup before it in the folder. made_at: of its database, in UTC.

    revision: of the database's schema. files, bytes: how many there are, and their size. listed: the SHA-256 of their list.
    audit_head, custody_head: the last digests of the two chains. needs_keys: the ids of the keys that what is sealed needs.
    with_keys: whether the folder keys is in it. left_out: in words. damaged: what was wrong with the workspace's own files.
    """

    format: int
    program: str
    number: int
    made_at: str
    revision: str
    files: int
    bytes: int
    listed: str
    audit_head: str
    custody_head: str
    with_keys: bool
    needs_keys: tuple[str, ...]
    left_out: tuple[str, ...]
    damaged: tuple[str, ...]


@dataclass(frozen=True)
class Backup:
    """A whole backup. digest: of its manifest, which whoever notes it elsewhere knows it by."""

    place: Path
    manifest: Manifest
    digest: str

    @property
    def inside(self) -> Path:
        return self.place / INSIDE

    def held(self) -> Iterator[Held]:
        """Its files, in the order in which they were copied. Raises BackupDamaged for a list that was changed."""
        read = hashlib.sha256()
        try:
            with (self.place / FILES).open("rb") as stream:
                for line in stream:
                    read.update(line)
                    yield _held(json.loads(line))
        except (FileNotFoundError, ValueError, TypeError) as error:
            raise _changed(self.place / FILES) from error
        if read.hexdigest() != self.manifest.listed:
            raise _changed(self.place / FILES)


def written(manifest: Manifest) -> bytes:
    """The bytes of manifest.json, which hold a digest of themselves."""
    told = asdict(manifest)
    return canonical_json({"backup": told, "digest": _digest(told)}) + b"\n"


def _digest(told: Any) -> str:
    return hashlib.sha256(canonical_json(told)).hexdigest()


def find_backup(place: Path) -> Backup:
    """The backup in that folder, or the last one of a folder of backups. Raises BackupRefused where there is none, and
    BackupDamaged."""
    if (place / MANIFEST).is_file():
        return _read(place)
    found = sorted(_places(place), key=lambda held: (number_of(held), held.name))
    if found:
        return _read(found[-1])
    if (place / INSIDE).is_dir() or (place / UNFINISHED).is_dir() or place.name == UNFINISHED:
        raise BackupRefused(
            f"The backup in {place} was broken off: it has no {MANIFEST}, which is written last.",
            "Make it again, which goes on from there; or name an earlier backup.",
        )
    raise BackupRefused(f"There is no backup in {place}.", "Name the folder of a backup, or one that holds backups.")


def backups_in(folder: Path) -> tuple[list[Backup], list[SemblanceError]]:
    """The whole backups in a folder, the first one first, and what is wrong with the others that end in a manifest."""
    found, wrong = list[Backup](), list[SemblanceError]()
    for place in _places(folder):
        try:
            found.append(_read(place))
        except (BackupDamaged, BackupRefused) as error:
            wrong.append(error)
    return sorted(found, key=lambda backup: backup.manifest.number), wrong


def next_number(folder: Path) -> int:
    """One more than that of any backup there, whole or not."""
    return max((number_of(place) for place in _places(folder)), default=0) + 1


def number_of(place: Path) -> int:
    """A backup's number, by the name that it was given; 0 for one that was named otherwise since."""
    number = place.name.partition("-")[0]
    return int(number) if number.isdecimal() else 0


def _places(folder: Path) -> list[Path]:
    places = sorted(folder.iterdir()) if folder.is_dir() else []
    return [place for place in places if not place.name.startswith(".") and (place / MANIFEST).is_file()]


def _read(place: Path) -> Backup:
    try:
        content = (place / MANIFEST).read_bytes()
        said = json.loads(content)
        told, digest = said["backup"], said["digest"]
        if told["format"] > FORMAT:
            raise BackupRefused(
                f"The backup in {place} was made by a newer version (format {told['format']}; this one knows {FORMAT}).",
                "Install that version.",
            )
        lists = {name: tuple(told[name]) for name in ("needs_keys", "left_out", "damaged")}
        manifest = Manifest(**{field.name: told[field.name] for field in fields(Manifest)} | lists)
    except (ValueError, KeyError, TypeError) as error:
        raise _changed(place / MANIFEST) from error
    if written(manifest) != content:
        raise _changed(place / MANIFEST)
    return Backup(place, manifest, digest)


def _changed(place: Path) -> BackupDamaged:
    return BackupDamaged(f"{place} is not as it was written.", "Use another backup.")


def _held(said: Any) -> Held:
    """A line of the list. Raises ValueError or TypeError for one that leads out of the folder."""
    path, size, sha256 = said
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise ValueError("a path that leads elsewhere")
    return Held(path, int(size), str(sha256))
