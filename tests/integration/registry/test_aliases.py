"""What else a subject is called: kept, searched for, looked for on the screen, given to whoever it is about, gone with them."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session
from typer.testing import CliRunner

from crawler.types import SourceKind
from crawler.watchlist import SearchPlan, planned_searches
from monitor.cli.main import app
from monitor.privacy_export import export_subject
from monitor.runs.gallery import load_gallery
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.aliases import MOST, AliasRefused, add_alias, remove_alias
from registry.db import now
from registry.erase import ErasureRefused, erase_subject
from registry.errors import Conflict, NotFound
from registry.names import NameRefused
from registry.paging import Part
from registry.parties import add_party
from registry.references import listed_subjects
from registry.subjects import Subject, add_subject, find_subject, rename_subject
from registry.types import PartyKind, SubjectKind
from tests.support.direct_database import held_by_database
from tests.support.mandated import mandate_all
from tests.support.shared_people import RECOGNISER

CHINESE = "阿达·例子"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as opened:
        with opened.session() as session:
            union = add_party(session, "Union", PartyKind.UNION)
            for name in ("Ada Example", "Bo Plain"):
                add_subject(session, union, name, SubjectKind.PERSON)
            session.commit()
        yield opened


def ada_called(session: Session, *aliases: str) -> Subject:
    ada = find_subject(session, "Ada Example")
    for alias in aliases:
        add_alias(session, ada, alias)
    session.commit()
    return ada


def test_each_is_kept_once_however_it_is_written(workspace: Workspace) -> None:
    with workspace.session() as session:
        ada = ada_called(session, CHINESE, "  Ада   Пример ")
        assert ada.aliases == [CHINESE, "Ада Пример"]
        for same in (CHINESE, "ада пример", "ADA EXAMPLE"):
            with pytest.raises(Conflict, match="called"):
                add_alias(session, ada, same)
        remove_alias(session, ada, "АДА ПРИМЕР")
        with pytest.raises(NotFound, match="no alias"):
            remove_alias(session, ada, "Ада Пример")
        rename_subject(session, ada, CHINESE)
        assert ada.aliases == []
        for nothing in ("...", "\u200b", "a" * 121):
            with pytest.raises((AliasRefused, NameRefused)):
                add_alias(session, ada, nothing)
        for number in range(MOST):
            add_alias(session, ada, f"Name {number}")
        with pytest.raises(AliasRefused, match="already"):
            add_alias(session, ada, "One more")


def test_searches_are_made_for_it_in_the_words_of_its_script(workspace: Workspace) -> None:
    with workspace.session() as session:
        before = planned_searches(session, SearchPlan(SourceKind.YOUTUBE, subjects=["Ada Example"]))
        ada_called(session, CHINESE)
        after = planned_searches(session, SearchPlan(SourceKind.YOUTUBE, subjects=["Ada Example"]))
    added = [each.name for each in after if each not in before]
    assert added
    assert all(CHINESE in name for name in added)
    assert any("生成" in name for name in added)


def test_the_gallery_has_it_beside_the_name(workspace: Workspace) -> None:
    with workspace.session() as session:
        ada = ada_called(session, CHINESE)
        mandate_all(session)
        session.commit()
        subjects = load_gallery(session, [RECOGNISER]).subjects
        assert subjects[ada.id].names == ("Ada Example", CHINESE)
        assert subjects[find_subject(session, "Bo Plain").id].names == ("Bo Plain",)


def test_whoever_it_is_about_is_given_it_and_nothing_of_it_outlives_them(workspace: Workspace, tmp_path: Path) -> None:
    with workspace.session() as session:
        ada = ada_called(session, CHINESE, "Countess Quillfeather")
        place = export_subject(workspace, session, ada, tmp_path / "out", now())
        assert json.loads((place / "data.json").read_text("utf-8"))["person"]["aliases"] == ada.aliases
        assert CHINESE in (place / "index.html").read_text("utf-8")
        with pytest.raises(ErasureRefused, match="names the subject"):
            erase_subject(session, workspace.vault, ada, now() + timedelta(minutes=1), "asked by countess QUILLFEATHER")
        erase_subject(session, workspace.vault, ada, now() + timedelta(minutes=1), "asked")
        assert ada.aliases == []
        assert list(listed_subjects(session, Part(search="quillfeather")).rows) == []
    escaped = json.dumps(CHINESE)[1:-1].encode()
    content = held_by_database(workspace.root)
    assert [word for word in (b"Quillfeather", b"quillfeather", CHINESE.encode(), escaped) if word in content] == []


def test_a_subject_is_found_by_it_and_not_by_two_of_them_together(workspace: Workspace) -> None:
    with workspace.session() as session:
        ada_called(session, CHINESE, "Countess  Straße")

        def found(text: str) -> list[str]:
            return [line.name for line, _ in listed_subjects(session, Part(search=text)).rows]

        for text in ("阿达", "子", "countess", "ESS STRASSE", "Example"):
            assert found(text) == ["Ada Example"], text
        for text in ("子 countess", "子countess", "%", "_", "[", '"', "\\u963f"):
            assert found(text) == [], text
        rename_subject(session, find_subject(session, "Ada Example"), "Ada Other")
        remove_alias(session, find_subject(session, "Ada Other"), CHINESE)
        assert found("阿达") == []
        assert found("countess") == ["Ada Other"]


def test_the_command_adds_and_removes_it(workspace: Workspace) -> None:
    def typed(*words: str) -> str:
        return CliRunner().invoke(app, ["-w", str(workspace.root), *words], catch_exceptions=False).output

    assert f"Ada Example is also called {CHINESE}." in typed("subject", "alias", "Ada Example", CHINESE)
    assert json.loads(typed("subject", "show", "Ada Example", "--json"))["aliases"] == [CHINESE]
    assert CHINESE in typed("subject", "list", "--search", CHINESE[1:3], "--json")
    assert "No subject fits that." in typed("subject", "list", "--search", "阿波")
    assert "has no alias" in typed("subject", "alias", "Ada Example", CHINESE, "--remove")
