"""No service knows a face: what a person can do next is a value, and each face says how it is done there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from monitor.cli.actions import COMMANDS, OPTIONS, command, typed, worded
from monitor.cli.main import app
from registry.actions import Action, Step
from registry.errors import NotFound

ROOT = Path(__file__).parents[2]
FACES = ("monitor/cli", "monitor/demo", "monitor/web/console")
DOCUMENTS = ("reports/render/scan_page.py", "reports/evidence/guide.py", "reports/evidence/checks.py")
"""A scan's page is made at a terminal; a bundle's guide and its checks name commands for whoever reads it, in court too."""


def paths(group: "typer.core.TyperGroup", before: str = "") -> Iterator[str]:
    for name, found in group.commands.items():
        yield f"{before}{name}"
        if isinstance(found, typer.core.TyperGroup):
            yield from paths(found, f"{before}{name} ")


def all_commands() -> set[str]:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    return set(paths(group))


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """Strings of a module that are no documentation."""
    tree = ast.parse(file.read_text("utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def test_every_action_has_its_command() -> None:
    known = all_commands()
    assert (set(COMMANDS) | set(OPTIONS), set(COMMANDS) & set(OPTIONS)) == (set(Action), set())
    for action in COMMANDS:
        words = command(Step(action)).removeprefix("semblance ").split(" ")
        assert any(" ".join(words[:count]) in known for count in range(len(words), 0, -1)), action


def test_errors_say_what_to_do_in_words_for_any_face_and_the_command_line_says_what_to_type() -> None:
    error = NotFound("There is no party 'Gild'.", "Look at the spelling.", Action.SEE_PARTIES, Action.ADD_PARTY)
    assert str(error) == "There is no party 'Gild'. Look at the spelling. See the parties, or add a party."
    assert worded(error.advice, error.steps) == (
        "Look at the spelling. Type `semblance party list` to see the parties, or `semblance party add` to add a party."
    )
    assert (typed(()), worded("Wait.", ())) == ("", "Wait.")


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (Action.CONFIRM_MATCH.of("0a1b"), "semblance review confirm 0a1b"),
        (Action.SEE_MATCHES.of("pending"), "semblance review list --status pending"),
        (Action.SEE_GROUP.of("Two Words"), 'semblance group show "Two Words"'),
        (Step(Action.SEE_GROUP), "semblance group show GROUP"),
    ],
)
def test_what_it_is_done_to_stands_in_the_command(step: Step, line: str) -> None:
    assert command(step) == line


def test_no_service_tells_people_to_type_a_command() -> None:
    begun = re.compile(rf"\bsemblance ({'|'.join(sorted({path.split(' ')[0] for path in all_commands()}))})\b")
    found = []
    for room in ("isolation", "registry", "crawler", "matcher", "reports", "monitor"):
        for file in sorted((ROOT / room).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            if not name.startswith((*FACES, *DOCUMENTS)):
                found += [f"{name}:{line}: {text}" for line, text in texts(file) if begun.search(text)]
    assert found == []


@pytest.mark.parametrize("room", ["isolation", "registry", "matcher", "reports", "monitor"])
def test_what_a_service_says_is_worded_without_the_options_of_a_command(room: str) -> None:
    """In a sentence, that is: what a program of the system is started with begins with its option."""
    option, sentence = re.compile(r"(^|[\s(])--[a-z]{2,}"), re.compile(r"[a-z,.] \(?--[a-z]{2,}")
    # The server is started at a terminal, and its port is chosen there.
    but = (*FACES, *DOCUMENTS, "monitor/web/server.py", "monitor/migrations")
    found = []
    for file in sorted((ROOT / room).rglob("*.py")):
        if not (name := file.relative_to(ROOT).as_posix()).startswith(but):
            said = option if room == "registry" else sentence
            found += [f"{name}:{line}: {text}" for line, text in texts(file) if said.search(text)]
    assert found == []
