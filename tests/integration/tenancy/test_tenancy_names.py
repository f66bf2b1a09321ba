"""Whoever signed in is who decides: no account decides in another's name, at the command line or in a session of its own."""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from monitor.cli.main import main
from monitor.workspace import Workspace
from registry.accounts import AccessRefused, Account, issue_token
from registry.allowances import add_allowance
from registry.db import now
from registry.mandates import Mandate
from registry.parties import find_party
from registry.tenancy import AccountSession, caller_of
from reports.notices.notice import Notice
from reports.review import Decision, Review, review
from tests.support.tenancy.two_parties import AT, caller

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(place: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process for Alpha's clerk, or without a token for the machine's owner."""
    with place.session() as session:
        account = session.exec(select(Account).where(Account.name == "Alpha clerk")).one()
        secret = issue_token(session, account, "cli")[1]
        session.commit()

    def ran(*arguments: str, owner: bool = False) -> tuple[int, str]:
        monkeypatch.delenv("SEMBLANCE_TOKEN", raising=False)
        if not owner:
            monkeypatch.setenv("SEMBLANCE_TOKEN", secret)
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(place.root), *arguments])
        code = main()
        said = capsys.readouterr()
        return code, said.out if code == 0 else said.err

    return ran


def latest(place: Workspace) -> str:
    with place.session() as session:
        newest = select(Review).where(Review.match_id == "Alpha match").order_by(col(Review.id).desc())
        return session.exec(newest).all()[0].reviewer


def test_a_review_is_the_accounts_that_is_signed_in(place: Workspace, run: Run) -> None:
    code, said = run("review", "reopen", "Alpha match", "--reason", "again", "--reviewer", "Beta reviewer")
    assert (code, "Alpha clerk is signed in, and decides in no other name." in said) == (2, True)
    assert latest(place) == "Alpha reviewer"
    assert run("review", "reopen", "Alpha match", "--reason", "again")[0] == 0
    assert latest(place) == "Alpha clerk"
    assert run("review", "confirm", "Alpha match", "--reason", "seen", "--reviewer", "Alpha  clerk")[0] == 0
    assert latest(place) == "Alpha clerk"
    code, said = run("review", "reopen", "Alpha match", "--reason", "x", owner=True)
    assert (code, "Give the person's name with --reviewer." in said) == (2, True)
    assert run("review", "reopen", "Alpha match", "--reason", "x", "--reviewer", "Jo Doe", owner=True)[0] == 0
    assert latest(place) == "Jo Doe"
    assert run("review", "confirm", "Alpha match", "--reason", "x", "--reviewer", "Jo Doe", owner=True)[0] == 0


def test_what_another_verified_is_entered_by_the_account(run: Run, tmp_path: Path) -> None:
    proof = tmp_path / "proof.pdf"
    proof.write_bytes(b"%PDF-1.7 a proof\n%%EOF\n")
    since = ("--from", "2026-01-01", "--json")
    named = []
    for who in ((), ("--verified-by", "Dr. Notary"), ("--verified-by", "Alpha clerk")):
        code, said = run("mandate", "add", "Alpha figure", str(proof), *since, *who)
        assert code == 0, said
        named.append(json.loads(said)["verified_by"])
    assert named == ["Alpha clerk", "Dr. Notary (entered by Alpha clerk)", "Alpha clerk"]
    code, said = run("mandate", "declare", "Alpha figure", owner=True)
    assert (code, "--verified-by" in said) == (2, True)


def test_the_allow_list_names_the_account(run: Run) -> None:
    entry = ("--party", "Alpha union", "--uploader", "Somebody", "--host", "a.example", "--reason", "r")
    assert run("allow", "add", *entry, "--by", "Jo Doe")[0] == 2
    code, said = run("allow", "add", *entry, "--json")
    assert (code, json.loads(said)["allowed_by"]) == (0, "Alpha clerk")


def test_no_session_of_an_account_writes_another_name(place: Workspace, alpha: AccountSession) -> None:
    assert caller_of(alpha) == caller(place)
    own = find_party(alpha, "Alpha union")
    with pytest.raises(AccessRefused, match="in its own name alone"):
        review(alpha, "Alpha match", Decision.REOPEN, "Jo Doe", "again", now())
    alpha.rollback()
    with pytest.raises(AccessRefused, match="in its own name alone"):
        add_allowance(alpha, own, uploader="X", host="h.example", allowed_by="Jo Doe", reason="r", starts_at=AT)
    alpha.rollback()
    alpha.add(Mandate(party_id=own.id, document_sha256="0" * 64, verified_by="Jo Doe", starts_at=AT))
    with pytest.raises(AccessRefused, match="entered by Alpha clerk"):
        alpha.flush()
    alpha.rollback()
    notice = alpha.exec(select(Notice)).one()
    notice.drafted_by = "Jo Doe"
    with pytest.raises(AccessRefused, match="in its own name alone"):
        alpha.flush()
    alpha.rollback()


def test_a_decision_that_follows_another_keeps_the_name_of_whoever_made_it(alpha: AccountSession) -> None:
    first = alpha.exec(select(Review).where(Review.match_id == "Alpha match")).first()
    assert first is not None
    kept = {"decision": first.decision, "reason": first.reason, "match_id": first.match_id, "at": first.at + timedelta(1)}
    alpha.add(Review(reviewer=first.reviewer, follows=first.id, **kept))
    alpha.flush()
    alpha.add(Review(reviewer="Jo Doe", follows=first.id, **kept))
    with pytest.raises(AccessRefused, match="in its own name alone"):
        alpha.flush()
    alpha.rollback()
