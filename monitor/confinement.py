"""What holds the processes that meet strangers' files: their bounds by the settings, and what to say where a wall is missing."""

from collections.abc import Set

from isolation.level import REMEDIES, in_words, missing_here
from isolation.limits import DESCRIBED, Layer
from matcher.decoding import Bounds, Decoder
from monitor.settings import ScanSettings


def decoding_bounds(settings: ScanSettings) -> Bounds:
    return Bounds(settings.picture_seconds, settings.max_seconds, settings.max_memory)


def weaker(layers: Set[Layer]) -> str:
    """One line for whoever has strangers' files decoded in processes that these layers hold; "" when all are in force."""
    missing = tuple(layer for layer in Layer if layer not in layers)
    if not missing:
        return ""
    return f"Strangers' files are decoded with less protection here; {named(missing)}. The doctor says what to do."


def weaker_here() -> str:
    """The same of this machine; starts a process to find out."""
    return weaker(frozenset(Layer) - set(missing_here()))


def weaker_in(decoder: Decoder) -> str:
    """The same of the processes that a decoder has started; "" where it has started none."""
    return "" if decoder.layers is None else weaker(decoder.layers)


def named(missing: tuple[Layer, ...]) -> str:
    """The missing layers, as the end of a sentence."""
    return "not in force: " + "; ".join(DESCRIBED[layer] for layer in missing)


def level() -> tuple[str, str]:
    """What holds a confined process on this machine, in a sentence, and how to get what is missing, "" where nothing is."""
    missing = missing_here()
    if not missing:
        return f"Strangers' files are decoded with {in_words(frozenset(Layer))}.", ""
    remedies = dict.fromkeys(REMEDIES[layer] for layer in missing if REMEDIES[layer])
    held = in_words(frozenset(Layer) - set(missing))
    return f"Strangers' files are decoded with {held} only; {named(missing)}.", " ".join(remedies)
