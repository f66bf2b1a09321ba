"""Every target by its name, such as ``pages.feed``: the module in which it stands, and its own."""

from collections.abc import Iterator
from importlib import import_module

from fuzz.target import Target

MODULES = ("pages", "web", "labels", "tables", "bundles", "media", "sound", "words")


def all_targets() -> Iterator[Target]:
    for module in MODULES:
        yield from import_module(f"fuzz.{module}").TARGETS


def target_named(name: str) -> Target:
    """Imports its module alone. Raises LookupError."""
    module = name.partition(".")[0]
    if module in MODULES:
        for target in import_module(f"fuzz.{module}").TARGETS:
            if target.name == name:
                return target
    raise LookupError(f"there is no target {name!r}")
