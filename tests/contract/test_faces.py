"""A command reads options, calls a service, and shows what it returns: it knows neither the database nor a room's tables."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel

COMMANDS = sorted(Path("monitor/cli").glob("*.py"))
OF_THE_DATABASE = {"exec", "execute", "add", "add_all", "delete", "merge", "flush", "get", "get_one", "scalar", "scalars"}
"""Methods of a session; that it is committed or rolled back is said where it is opened."""


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each module from which something is imported, anywhere in the file, with the name of that."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def _is_table(module: str, name: str) -> bool:
    if module.partition(".")[0] not in ("registry", "crawler", "matcher", "reports", "monitor") or not name:
        return False
    found = getattr(importlib.import_module(module), name, None)
    return isinstance(found, type) and issubclass(found, SQLModel) and hasattr(found, "__table__")


def _calls_of_sessions(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            continue
        if node.value.id == "session" and node.attr in OF_THE_DATABASE:
            yield f"session.{node.attr}"


def faults(text: str) -> list[str]:
    """What a command's source does that is not its own to do."""
    tree = ast.parse(text)
    found = [f"imports {module}.{name}" for module, name in _imports(tree) if _is_table(module, name)]
    found += [
        f"imports {name} of {module}"
        for module, name in _imports(tree)
        if module.partition(".")[0] in ("sqlmodel", "sqlalchemy") and name != "Session"
    ]
    return found + list(_calls_of_sessions(tree))


@pytest.mark.parametrize("file", COMMANDS, ids=lambda path: path.name)
def test_a_command_leaves_the_database_to_services(file: Path) -> None:
    assert faults(file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "from sqlmodel import select",
        "def command():\n    from registry.parties import Party",
        "def command(session):\n    session.add(row)",
        "import sqlalchemy",
    ],
)
def test_what_a_command_must_not_do_is_seen(text: str) -> None:
    assert faults(text)
