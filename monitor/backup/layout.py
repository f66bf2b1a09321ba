"""How backups lie in their folder, and how one is told from what is half written.

FOLDER/NUMBER-MOMENT/manifest.json   written last: what has none is no backup
                     files.jsonl     a line for each file: path, size, SHA-256; one for each pack, before those in it
                     workspace/      the files, as they lie in a workspace, but for small objects of the vault
                     packs/          these, many in one plain tar file; a backup of an earlier version has none
FOLDER/.unfinished/                  one that is being made, or was broken off
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from registry.canonical_json import canonical_json
from registry.errors import ExitCode, SemblanceError
from registry.vault.digests import is_digest

FORMAT = 2
MANIFEST, FILES, INSIDE, PACKS = "manifest.json", "files.jsonl", "workspace", "packs"
UNFINISHED = ".unfinished"
DATABASE = "semblance.db"
PUBLIC, PRIVATE = "vault/sha256/", "vault/private/"
BLOCK = 1 << 20


class BackupRefused(SemblanceError):
    """A backup that cannot be made or used like that."""


class BackupDamaged(SemblanceError):
    """A backup that is not as it was made."""

    exit_code = ExitCode.DAMAGED


_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Held(NamedTuple):
    """One file of a backup. path: from the workspace's folder. sha256: of its bytes as they lie there, sealed or not.

    pack: the digest of the pack that has it from the byte begins on; "" for one that lies by itself. seen: by what the file in
    the workspace was known when it was read, its number in the file system and its two times of change there, in nanoseconds;
    nothing where these do not tell whether it is changed since.
    """

    path: str
    size: int
    sha256: str
    pack: str = ""
    begins: int = 0
    seen: tuple[int, ...] = ()

    def is_as(self, other: "Held") -> bool:
        """Whether the bytes of both are the same, and what they are called."""
        return self[:3] == other[:3]

    def line(self) -> bytes:
        """Its line in the list of files, which comes after that of its pack."""
        if self.pack:
            # Most are such, and a vault's path has nothing that JSON would spell otherwise.
            numbers = ",".join(map(str, (self.begins, *self.seen)))
            return f'["{self.path}",{self.size},"{self.sha256}",{numbers}]\n'.encode("ascii")
        return _ENCODE([*self[:3], self.begins, *self.seen]).encode() + b"\n"


class Pack(NamedTuple):
    """Small files in one. sha256: of all its bytes, by which it is called. files: how many are in it. keys: the ids of those that
    sealed any, in hex."""

    sha256: str
    size: int
    files: int
    keys: tuple[str, ...]

    def line(self) -> bytes:
        """Its line in the list of files."""
        return _ENCODE(self._asdict()).encode() + b"\n"


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
        return (line for line in self.listed() if isinstance(line, Held))

    def listed(self) -> Iterator[Held | Pack]:
        """Its files, and each pack before the files in it. Raises BackupDamaged for a list that was changed."""
        read, pack = hashlib.sha256(), ""
        try:
            with (self.place / FILES).open("rb") as stream:
                for line in stream:
                    read.update(line)
                    said = json.loads(line.decode())
                    if isinstance(said, dict):
                        found = _pack(said)
                        pack = found.sha256
                        yield found
                    else:
                        yield _held(said, pack)
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError) as error:
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


def _held(said: Any, pack: str) -> Held:
    """A line of the list. pack: the one before it. Raises ValueError or TypeError for one that leads out of the folder."""
    path, size, sha256, begins, *seen = (*said, 0)[: max(4, len(said))]
    if not _NOWHERE.isdisjoint(path.split("/")) or "\0" in path:
        raise ValueError("a path that leads elsewhere")
    if begins and not pack:
        raise ValueError("a file in no pack")
    return Held(path, int(size), str(sha256), pack if begins else "", int(begins), tuple(map(int, seen)))


_NOWHERE = frozenset({"", ".", ".."})
"""No part of a path is called so."""


def _pack(said: Any) -> Pack:
    """Raises ValueError, KeyError or TypeError for what is none."""
    if not is_digest(said["sha256"]):
        raise ValueError("a name that leads elsewhere")
    return Pack(said["sha256"], int(said["size"]), int(said["files"]), tuple(map(str, said["keys"])))
