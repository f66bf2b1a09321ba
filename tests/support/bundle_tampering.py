"""Ways to change a bundle, each undone when it was looked at, and what the guide's own commands say of one."""

import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from reports.evidence import seal
from reports.signing.key_file import SigningKey, signing_key
from tests.support.evidence_desk import reseal, sign_report

MORE = ("more.txt", "timestamps-sha512.txt", "tagmanifest-sha256.txt.other.tsr", "report.pdf", "case.json", ".hidden", "a b")
RESIGNED = ("report", "key", "list", "all", "stamps", "signature")

Change = Callable[[Path, random.Random, Path], AbstractContextManager[str]]
"""Of a bundle, by chance, with a folder beside it for what is set aside; says which file it is about."""


@contextmanager
def flipped(bundle: Path, chance: random.Random, aside: Path) -> Iterator[str]:
    """One bit of a byte."""
    name = chance.choice(seal.walk(bundle).files)
    with (bundle / name).open("r+b") as stream:
        place = chance.randrange(os.fstat(stream.fileno()).st_size)
        stream.seek(place)
        before = stream.read(1)
        stream.seek(place)
        stream.write(bytes([before[0] ^ 1 << chance.randrange(8)]))
        stream.flush()
        yield name
        stream.seek(place)
        stream.write(before)


@contextmanager
def removed(bundle: Path, chance: random.Random, aside: Path) -> Iterator[str]:
    """A file is gone."""
    name = chance.choice(seal.walk(bundle).files)
    (bundle / name).rename(aside / "kept")
    yield name
    (aside / "kept").rename(bundle / name)


@contextmanager
def added(bundle: Path, chance: random.Random, aside: Path) -> Iterator[str]:
    """A file more, also one that looks like an authority's token."""
    number = chance.randrange(30)
    folders = [bundle, *sorted(path for path in bundle.rglob("*") if path.is_dir())]
    more = chance.choice(folders) / f"{number % 10}{chance.choice(MORE)}"
    if number % 3 == 0:
        more = bundle / f"tagmanifest-sha256.txt.x{number}.tsr"
    more.write_bytes(chance.randbytes(20))
    yield more.relative_to(bundle).as_posix()
    more.unlink()


@contextmanager
def renamed(bundle: Path, chance: random.Random, aside: Path) -> Iterator[str]:
    """A file by another name."""
    name = chance.choice(seal.walk(bundle).files)
    other = (bundle / name).with_name(f"{Path(name).stem}{chance.randrange(100)}{Path(name).suffix}")
    (bundle / name).rename(other)
    yield name
    other.rename(bundle / name)


@contextmanager
def exchanged(bundle: Path, chance: random.Random, aside: Path) -> Iterator[str]:
    """Two files in each other's place."""
    names = [name for name in seal.walk(bundle).files if name not in (seal.BAG.inner, seal.BAG.signed)]
    first, second = (bundle / name for name in chance.sample(names, 2))
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)
    yield first.relative_to(bundle).as_posix()
    first.write_bytes(one)
    second.write_bytes(other)


@contextmanager
def reordered(bundle: Path, chance: random.Random, aside: Path) -> Iterator[str]:
    """A list in another order of its lines."""
    name = chance.choice((seal.BAG.inner, seal.BAG.signed))
    before = (bundle / name).read_bytes()
    lines = before.splitlines(keepends=True)
    while b"".join(lines) == before:
        chance.shuffle(lines)
    (bundle / name).write_bytes(b"".join(lines))
    yield name
    (bundle / name).write_bytes(before)


@contextmanager
def linked(bundle: Path, chance: random.Random, aside: Path) -> Iterator[str]:
    """A file that lies elsewhere, by a link of either kind."""
    name, kept = chance.choice(seal.walk(bundle).files), aside / "kept"
    (bundle / name).rename(kept)
    if chance.random() < 0.5:
        (bundle / name).symlink_to(kept)
    else:
        (bundle / name).hardlink_to(kept)
    yield name
    (bundle / name).unlink()
    kept.rename(bundle / name)


@contextmanager
def resigned(bundle: Path, chance: random.Random, aside: Path) -> Iterator[str]:
    """Somebody else's signature of some of it, or of all."""
    kept = Path(shutil.copytree(bundle, aside / "whole"))
    what = chance.choice(RESIGNED)
    key_folder = aside / "keys"
    sealed_by(bundle, signing_key(key_folder), what)
    yield what
    shutil.rmtree(bundle)
    shutil.rmtree(key_folder)
    kept.rename(bundle)


CHANGES: Mapping[str, Change] = {
    "flipped": flipped,
    "removed": removed,
    "added": added,
    "renamed": renamed,
    "exchanged": exchanged,
    "reordered": reordered,
    "linked": linked,
    "resigned": resigned,
}


def sealed_by(bundle: Path, key: SigningKey, what: str) -> None:
    """Have somebody else sign this of a bundle, as far as they know how."""
    if what in ("report", "all"):
        sign_report(bundle, key)
    if what in ("key", "all", "list"):
        (bundle / seal.PUBLIC_KEY).write_bytes(key.public_pem)
    if what in ("list", "all", "report"):
        reseal(bundle, key)
    if what == "stamps":
        (bundle / f"{seal.STAMPS}.sig").write_bytes(key.sign((bundle / seal.STAMPS).read_bytes()))
    if what == "signature":
        (bundle / seal.BAG.signature).write_bytes(key.sign((bundle / seal.BAG.signed).read_bytes()))


_ASKED = re.compile(r"^    ((?:find|\(cut|sha256sum|openssl|\(head|tail) .+)$", re.MULTILINE)
_SILENT = ("find ", "(cut ", "tail ")


def commands_of(guide: str) -> list[str]:
    """What the guide's text asks to be given, in its order; without those that only print a certificate to be read."""
    return [one for one in _ASKED.findall(guide) if not one.startswith("openssl x509 -in FILE")]


def contented(bundle: Path, commands: list[str], fingerprint: str) -> bool:
    """Whether each command, given in the bundle's folder, answers as the guide says it must.

    fingerprint: of the sender's key, in hexadecimals, as whoever checks knows it from elsewhere.
    """
    return all(_answered(one, bundle, fingerprint) for one in commands)


def _answered(command: str, bundle: Path, fingerprint: str) -> bool:
    ran = subprocess.run(command, shell=True, cwd=bundle, capture_output=True, timeout=60)
    said = (ran.stdout + ran.stderr).decode("utf-8", "replace")
    if command.startswith(_SILENT):
        return ran.returncode == 0 and not said
    if command.startswith("sha256sum"):
        return ran.returncode == 0 and all(line.endswith(": OK") for line in said.splitlines())
    if command.startswith("openssl pkey"):
        return ran.returncode == 0 and said.split()[0] == fingerprint
    if command.startswith("openssl x509"):
        return ran.returncode == 0 and not said
    return ran.returncode == 0 and bool(re.search("(?i)verif(ied|ication:|ication) (ok|successful)", said))
