"""Which module has which command: it is imported, and its commands are made, when one of them is asked for."""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

_ALONE = {
    "demo": "setup",
    "init": "setup",
    "doctor": "setup",
    "scan": "scanning",
    "erase": "parties",
    "crawl": "sources",
    "run": "sources",
    "followup": "following",
    "serve": "serving",
    "evaluate": "evaluation",
    "backup": "backing_up",
    "restore": "backing_up",
    "resume": "backing_up",
}
_GROUPS = {
    "party": "parties",
    "subject": "parties",
    "reference": "references",
    "identity": "identities",
    "account": "accounts",
    "members": "members",
    "licence": "licences",
    "allow": "allowing",
    "mandate": "mandates",
    "group": "groups",
    "portrayal": "groups",
    "source": "sources",
    "review": "reviews",
    "case": "reviews",
    "family": "families",
    "report": "reporting",
    "evidence": "evidence",
    "notice": "notices",
    "models": "models",
    "keys": "keys",
    "vault": "vaults",
    "privacy": "privacy",
    "audit": "auditing",
    "webhook": "webhooks",
    "check": "checks",
    "capture": "captures",
}
MODULES = {**_ALONE, **_GROUPS}
"""The modules of monitor.cli by the first word of their commands, in the order in which help tells them."""


class _Commands(MutableMapping[str, Any]):
    """All first words; what stands behind one is made when it is asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, word: str) -> Any:
        if word not in self._made:
            self._made.update(_commands_of(MODULES[word]))
        return self._made[word]

    def __setitem__(self, word: str, command: Any) -> None:
        self._made[word] = command

    def __delitem__(self, word: str) -> None:
        del self._made[word]

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)


_JOINED: dict[str, typer.Typer] = {}


def _commands_of(module: str) -> dict[str, Any]:
    if module not in _JOINED:
        joined = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
        import_module(f"monitor.cli.{module}").join(joined)
        _JOINED[module] = joined
    return dict(typer.main.get_group(_JOINED[module]).commands)


class Parts(TyperGroup):
    """The program's own group, which knows its commands by name and makes those that are asked for."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands()
