"""The life of a letter by its commands: sent, recorded by hand, followed, listed with what is due."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.cli.main import main
from reports.notices.recipients import RECIPIENTS, before_sending, recipient_of
from tests.support.letters_desk import Desks, Furnish, approved
from tests.support.mail_server import MailServer

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in the workspace: its code, what it said, and what it told beside it."""

    def typed(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["semblance", "-w", str(tmp_path / "work"), *words])
        code = main()
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed


@pytest.fixture(scope="module")
def beginning() -> Furnish:
    return approved


@pytest.fixture
def letter(desks: Desks, tmp_path: Path, server: MailServer) -> str:
    """The id of an approved letter."""
    with desks.opened(tmp_path) as desk:
        (notice,) = desk.notices()
    with (tmp_path / "work" / "semblance.toml").open("a", encoding="utf-8") as settings:
        settings.write(server.settings)
    return notice.id


def test_a_letter_is_sent_answered_and_over(run: Run, letter: str, server: MailServer) -> None:
    assert "somebody sends it" in run("notice", "status")[1]
    code, said, told = run("notice", "send", letter, "--by", "C. Ounsel", "--signed", "S. Igner", "--yes")
    assert (code, len(server.desk.taken)) == (0, 1), told
    assert f"<notice.{letter}@studio.example>" in said
    assert "may pass the whole letter to the uploader" in told
    code, _, told = run("notice", "send", letter, "--by", "C. Ounsel", "--yes")
    assert code == 2
    assert "The notice is: sent. After that it cannot be: sending." in told
    assert "What may come next: acknowledged, removed, refused, counter-noticed, reposted, expired." in told
    today = datetime.now(UTC).date()
    code, said, _ = run("notice", "record", letter, "acknowledged", "--by", "C. Ounsel", "--on", str(today), "--reference", "T-1")
    assert (code, said) == (0, f"Recorded by C. Ounsel: acknowledged, {today}.\n")
    (line,) = json.loads(run("notice", "status", "--json")[1])
    assert (line["state"], line["late"], line["dues"][0]["who"]) == ("acknowledged", False, "the recipient")
    assert run("notice", "record", letter, "restored", "--by", "C. Ounsel")[0] == 2
    tomorrow = str(today + timedelta(days=1))
    assert "is still to come" in run("notice", "record", letter, "refused", "--by", "C. Ounsel", "--on", tomorrow)[2]
    assert "lies before" in run("notice", "record", letter, "refused", "--by", "C. Ounsel", "--on", "2020-01-01")[2]
    code, _, told = run("notice", "record", letter, "expired", "--by", "C. Ounsel")
    assert (code, "Give --how to say how it is known, or why." in told) == (2, True)
    assert run("notice", "record", letter, "expired", "--by", "C. Ounsel", "--how", "nobody answered")[0] == 0
    assert run("notice", "status")[1] == "No letter is under way.\n"
    events = json.loads(run("notice", "show", letter, "--json")[1])["events"]
    wanted = ["draft", "approved", "sending", "handed over", "sent", "acknowledged", "expired"]
    assert [event["event"] for event in events] == wanted
    assert events[5]["reference"] == "T-1"
    assert run("audit", "verify")[0] == 0


def test_a_letter_that_went_out_by_hand_is_recorded_and_its_blocks_are_shown(run: Run, letter: str, server: MailServer) -> None:
    code, said, _ = run("notice", "form", letter)
    assert code == 0
    assert "== Recipient ==\nTube Hosting" in said
    assert "== Evidence and enclosures ==" in said
    assert run("notice", "sent", letter, "--by", "C. Ounsel", "--how", "web form", "--reference", "77")[0] == 0
    assert server.desk.taken == []
    assert "web form" in run("notice", "show", letter)[1]


def test_a_letter_is_not_sent_unless_somebody_says_so(
    run: Run, letter: str, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run("notice", "send", letter, "--by", "C. Ounsel")[0] != 0
    assert server.desk.taken == []
    assert json.loads(run("notice", "show", letter, "--json")[1])["state"] == "approved"


def test_what_platforms_do_with_the_senders_data_is_said_with_its_day_and_source() -> None:
    for known in RECIPIENTS:
        words = " ".join(before_sending(known, "dsa_16", known.checked_on))
        assert known.sender_data in words
        assert str(known.checked_on) in words
        assert known.source in words
        assert "long ago" not in words
        assert "long ago" in " ".join(before_sending(known, "dsa_16", known.checked_on + timedelta(days=91)))
    told = recipient_of(["X Corp."], [])
    assert told is not None
    assert "whole complaint" in told.sender_data
    assert recipient_of(["Box Corp"], ["a@notx.com"]) is None
    assert recipient_of(["The agent"], ["copyright@x.com"]) is told
    assert "not known here" in before_sending(None, "dsa_16", RECIPIENTS[0].checked_on)[0]
