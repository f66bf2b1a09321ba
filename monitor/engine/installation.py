"""What is installed on a machine and decides what a scan gives: two machines with the same give the same."""

import hashlib
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from matcher.packs.spec import MANIFEST
from matcher.packs.store import folder_of

PROGRAM = "semblance"
_ROOMS = ("isolation", "registry", "crawler", "matcher", "reports", "monitor")
_ROOT = Path(__file__).resolve().parents[2]
_NONE = "none"


def installed(models: Path, packs: Sequence[str]) -> dict[str, str]:
    """Names of what is installed here, each with its version or the beginning of its digest. A pack's manifest names the digests
    of its files, which are verified as it is loaded."""
    return {**_program(), **{f"the pack {pack}": _of_pack(models, pack) for pack in packs}}


def differences(wanted: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    """What is installed otherwise here than wanted, in words; empty where nothing is."""
    return [
        f"{name}: {here.get(name, _NONE)} instead of {wanted.get(name, _NONE)}"
        for name in sorted({*wanted, *here})
        if here.get(name, _NONE) != wanted.get(name, _NONE)
    ]


@cache
def _program() -> Mapping[str, str]:
    code = hashlib.sha256()
    for path in _sources():
        code.update(path.read_bytes())
    return {
        PROGRAM: f"{_version(PROGRAM)}, code {code.hexdigest()[:12]}",
        "Python": platform.python_version(),
        **{name: _version(name) for name in _libraries()},
    }


def _sources() -> Iterator[Path]:
    """The code, and the figures that it reckons with."""
    for room in _ROOMS:
        yield from sorted(path for path in (_ROOT / room).rglob("*") if path.suffix in (".py", ".npy"))


def _libraries() -> list[str]:
    """What the program needs in any installation: extras change nothing that is found."""
    wanted = (need for need in requires(PROGRAM) or () if "extra ==" not in need)
    return sorted({found[0] for need in wanted if (found := re.match(r"[A-Za-z0-9._-]+", need))})


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return _NONE


def _of_pack(models: Path, pack: str) -> str:
    folder = folder_of(models, pack)
    return _NONE if folder is None else f"manifest {hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()[:12]}"
