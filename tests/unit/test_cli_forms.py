"""A form's fields are options of the command that takes it."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from monitor.cli.forms import with_form


@dataclass(frozen=True)
class Wanted:
    colour: Annotated[str, typer.Option(help="Of what colour.")] = "red"
    most: Annotated[int | None, typer.Option("--at-most", help="How many.")] = None


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer(rich_markup_mode=None)

    @made.command()
    @with_form
    def pick(name: str, loud: bool = False, *, form: Wanted, json: bool = False) -> None:
        """Pick something."""
        typer.echo((name, loud, form, json))

    return made


def test_each_field_is_typed_as_an_option_in_the_forms_place(app: typer.Typer) -> None:
    said = CliRunner().invoke(app, ["ball", "--colour", "blue", "--at-most", "3", "--json"])
    assert said.output.strip() == str(("ball", False, Wanted("blue", 3), True))
    assert CliRunner().invoke(app, ["ball"]).output.strip() == str(("ball", False, Wanted(), False))
    shown = CliRunner().invoke(app, ["--help"]).output
    assert "Pick something." in shown
    places = [shown.index(word) for word in ("--loud", "--colour", "--at-most", "--json")]
    assert places == sorted(places)


def test_what_is_no_value_of_a_field_is_refused(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["ball", "--at-most", "many"]).exit_code == 2


def test_a_form_whose_field_has_no_default_is_no_form() -> None:
    @dataclass(frozen=True)
    class Strict:
        colour: Annotated[str, typer.Option()]

    def pick(form: Strict) -> None:
        """Never called."""

    pick.__annotations__["form"] = Strict
    with pytest.raises(TypeError, match="colour"):
        with_form(pick)
