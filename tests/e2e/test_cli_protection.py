"""Data protection on the command line, as a registrar and a data protection officer do it."""

import csv
import json
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.patterns import save_photo
from monitor.cli.main import main
from monitor.workspace import open_workspace
from registry.db import now
from registry.references import add_reference
from registry.standing import standing_of
from registry.subjects import find_subject
from tests.support.proofs import PDF

SINCE = ("--verified-by", "R. Reader", "--from", "2026-01-01")


@dataclass(frozen=True)
class Said:
    stdout: str
    stderr: str


class Union:
    """Runs commands in one workspace, one after the other in this process."""

    def __init__(self, root: Path, capture: "pytest.CaptureFixture[str]", patch: pytest.MonkeyPatch) -> None:
        self.root, self._capture, self._patch = root, capture, patch

    def run(self, *arguments: str | Path, code: int = 0) -> Said:
        self._patch.setattr(sys, "argv", ["semblance", "-w", str(self.root), *map(str, arguments)])
        self._capture.readouterr()
        ended = main()
        said = Said(*self._capture.readouterr())
        assert ended == code, (arguments, said)
        return said

    def json(self, *arguments: str | Path) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)

    def why(self, name: str) -> str:
        """Whether the person may be looked for now, or why not."""
        with open_workspace(self.root) as workspace, workspace.session() as session:
            found = standing_of(session, find_subject(session, name), now())
            return "allowed" if found.allowed else found.reason


@pytest.fixture
def union(tmp_path: Path, capsys: "pytest.CaptureFixture[str]", monkeypatch: pytest.MonkeyPatch) -> Union:
    made = Union(tmp_path / "work", capsys, monkeypatch)
    made.run("init")
    made.run("party", "add", "Guild", "--kind", "union", "--email", "office@guild.invalid")
    for name in ("Ada Byron", "Bo Stays"):
        made.run("subject", "add", name, "--kind", "person", "--party", "Guild")
    (tmp_path / "statute.txt").write_text("Members authorise the guild.", encoding="utf-8")
    made.run("mandate", "add-for-all", "Guild", tmp_path / "statute.txt", *SINCE)
    (tmp_path / "consent.pdf").write_bytes(PDF)
    with open_workspace(made.root) as workspace, workspace.session() as session:
        save_photo(tmp_path / "ada.png", 1, 0)
        add_reference(session, workspace.vault, find_subject(session, "Ada Byron"), tmp_path / "ada.png", era=(1990, 1999))
        session.commit()
    return made


def test_a_consent_is_what_it_is_called_and_comes_out_again_as_it_went_in(union: Union, tmp_path: Path) -> None:
    (tmp_path / "fake.pdf").write_text("I agree.", encoding="utf-8")
    refused = union.run("mandate", "add", "Ada Byron", tmp_path / "fake.pdf", *SINCE, "--consent", code=2)
    assert "is called .pdf, and is a text" in refused.stderr
    assert len(union.json("mandate", "list")) == 1
    made = union.json("mandate", "add", "Ada Byron", tmp_path / "consent.pdf", *SINCE, "--consent")
    out = tmp_path / "out" / "for ada.pdf"
    union.run("mandate", "document", made["id"], "--out", out)
    assert out.read_bytes() == PDF
    assert out.stat().st_mode & 0o777 == 0o600
    assert "is there already" in union.run("mandate", "document", made["id"], "--out", out, code=2).stderr
    entries = union.json("audit", "list")
    assert [("export", "mandate", [made["id"]])] == [
        (row["action"], row["table"], row["rows"]) for row in entries if row["action"] == "export"
    ]
    receipt = union.json("erase", "Ada Byron", "--reason", "asked for", "--yes")
    assert not out.exists()
    assert str(out) in receipt["paths"]


def test_members_of_a_union_need_their_own_consent_unless_the_union_says_otherwise(union: Union, tmp_path: Path) -> None:
    assert union.why("Ada Byron") == "there is no consent"
    assert union.json("party", "edit", "Guild", "--no-consent-needed")["consent_needed"] is False
    assert union.why("Ada Byron") == "allowed"
    assert "the party's mandate alone" in union.json("privacy", "basis", "Ada Byron")["ground"]
    refused = union.run(
        "privacy", "basis", "Ada Byron", "--ground", "contract", "--evidence", "No. 7", "--by", "D. Officer", code=2
    )
    assert "Art. 9(2)" in refused.stderr
    special = ("--special", "Art. 9(2)(f)", "--evidence", "agreement No. 7", "--by", "D. Officer")
    noted = union.json("privacy", "basis", "Ada Byron", "--ground", "contract", *special)
    assert noted["ground"] == "contract (GDPR Art. 6(1)(b); Art. 9(2)(f))"
    assert noted["evidence"] == "agreement No. 7"
    union.run("party", "edit", "Guild", "--consent-needed")
    consent = union.json("mandate", "add", "Ada Byron", tmp_path / "consent.pdf", *SINCE, "--consent")
    assert union.why("Ada Byron") == "allowed"
    assert consent["id"] in union.json("privacy", "basis", "Ada Byron")["evidence"]
    (held,) = union.json("privacy", "records")
    assert sorted(held["legal_bases"]) == [
        "1 person: consent (GDPR Art. 6(1)(a), 9(2)(a); BIPA 15(b))",
        "1 person: the party's mandate alone: no ground of the person's own is on record",
    ]


def test_a_minor_is_looked_for_with_a_guardians_consent_alone(union: Union, tmp_path: Path) -> None:
    consent = ("mandate", "add", "Ada Byron", tmp_path / "consent.pdf", *SINCE, "--consent")
    union.run(*consent)
    assert union.why("Ada Byron") == "allowed"
    union.run("privacy", "minor", "Ada Byron", "--born", f"{now().year - 12}-05-31")
    assert "guardian" in union.why("Ada Byron")
    assert union.json("privacy", "basis", "Ada Byron")["ground"].startswith("the party's mandate alone")
    assert "no consent of a guardian, which a minor needs" in union.run(*consent).stderr
    assert (
        "Give --consent to say that it proves the person's own consent."
        in union.run("mandate", "add", "Ada Byron", tmp_path / "consent.pdf", *SINCE, "--guardian", "M. Byron", code=2).stderr
    )
    assert union.run(*consent, "--guardian", "M. Byron").stderr == ""
    assert union.why("Ada Byron") == "allowed"
    assert union.json("privacy", "basis", "Ada Byron")["evidence"].endswith("given by M. Byron as guardian")
    union.run("privacy", "minor", "Ada Byron", "--born", f"{now().year - 30}-02-28")
    assert union.why("Ada Byron") == "allowed"  # by the consent of her own
    assert "M. Byron" not in union.json("privacy", "basis", "Ada Byron")["evidence"]
    union.run("privacy", "minor", "Ada Byron", "--of-age")
    assert "not said how old" in union.run("privacy", "minor", "Ada Byron", code=2).stderr


def test_who_comes_of_age_is_named_three_months_before(union: Union, tmp_path: Path) -> None:
    for days, named in ((120, []), (60, ["Ada Byron"])):
        turns = (now() + timedelta(days=days)).date()
        union.run("privacy", "minor", "Ada Byron", "--born", f"{turns.year - 18}-{turns:%m-%d}")
        told = union.json("privacy", "report")["coming_of_age"]
        assert [row["name"] for row in told] == named
    guardian = ("mandate", "add", "Ada Byron", tmp_path / "consent.pdf", *SINCE, "--consent", "--guardian", "M. Byron")
    union.run(*guardian)
    assert f"Ada Byron is of age from {turns}: a guardian's consent ends then" in union.run("privacy", "report").stdout
    union.run("mandate", "add", "Ada Byron", tmp_path / "consent.pdf", *SINCE, "--consent")
    assert union.json("privacy", "report")["coming_of_age"] == []


def test_tokens_and_days_of_removal_are_listed_in_parts(union: Union) -> None:
    union.run(
        "account", "add", "clerk", "--role", "registrar", "--password", "a sentence of several odd words", "--party", "Guild"
    )
    for number in range(5):
        union.run("account", "token", "clerk", "--label", f"machine {number}")
    first = union.json("account", "tokens", "clerk", "--limit", "2")
    rest = union.json("account", "tokens", "clerk", "--after", first[-1]["cursor"])
    assert [row["label"] for row in (*first, *rest)] == [f"machine {number}" for number in range(5)]
    assert [row["label"] for row in union.json("account", "tokens", "clerk", "--search", "CHINE 3")] == ["machine 3"]
    assert "3 more: --after" in union.run("account", "tokens", "clerk", "--limit", "2").stderr
    due = union.json("privacy", "retention")
    assert len(due) == 2
    assert union.json("privacy", "retention", "--search", "byron") == [row for row in due if row["name"] == "Ada Byron"]


def test_leaving_stops_at_once_keeps_the_past_and_is_undone_by_a_new_consent(union: Union, tmp_path: Path) -> None:
    consent = ("mandate", "add", "Ada Byron", tmp_path / "consent.pdf", *SINCE, "--consent")
    union.run(*consent)
    union.run("members", "leave", "Ada Byron", "--yes")
    assert union.why("Ada Byron").startswith(f"they left on {now():%Y-%m-%d}, and no consent")
    union.run("party", "edit", "Guild", "--no-consent-needed")
    assert union.why("Ada Byron").startswith("they left on")
    assert union.json("subject", "show", "Ada Byron")["references"] == 1
    (due,) = [row for row in union.json("privacy", "retention") if row["name"] == "Ada Byron"]
    with open_workspace(union.root) as workspace, workspace.session() as session:
        left = find_subject(session, "Ada Byron").left_at
        assert left is not None
        days = workspace.settings.retention.after_mandate_days
    assert due["due_at"][:10] == f"{left.fromtimestamp(left.timestamp() + days * 86400, left.tzinfo):%Y-%m-%d}"
    union.run(*consent)
    assert union.why("Ada Byron") == "allowed"


def test_the_release_that_was_shown_is_proved_by_its_version_and_day(union: Union, tmp_path: Path) -> None:
    union.run("party", "edit", "Guild", "--recipients", "Example Law LLP", "--officer", "D. Officer, dpo@guild.invalid")
    made = union.json("privacy", "release", "--party", "Guild")
    text = made["text"]
    for element in ("biometric identifiers", "scans of your face geometry", "specific purpose", "Length of term", "Signature"):
        assert element in text
    assert "Example Law LLP" in text
    assert "dpo@guild.invalid" in text
    assert union.json("privacy", "release", "--party", "Guild")["version"] == made["version"]
    shown = ("--release", made["version"][:16], "--shown-on", "2026-01-01")
    consent = union.json("mandate", "add", "Ada Byron", tmp_path / "consent.pdf", *SINCE, "--consent", *shown)
    assert consent["release_version"] == made["version"]
    assert consent["release_shown_at"].startswith("2026-01-01")
    union.run("party", "edit", "Guild", "--recipients", "nobody")
    assert union.json("privacy", "release", "--party", "Guild")["version"] != made["version"]
    wrong = ("--release", "0" * 16)
    said = union.run("mandate", "add", "Bo Stays", tmp_path / "consent.pdf", *SINCE, "--consent", *wrong, code=2)
    assert "No release text" in said.stderr
    assert union.run("mandate", "add", "Bo Stays", tmp_path / "consent.pdf", *SINCE, *shown, code=2)


def test_the_record_of_processing_says_what_is_not_filled_in(union: Union) -> None:
    (row,) = union.json("privacy", "records")
    assert row["controller"] == "Guild"
    assert row["data_protection_officer"] == row["transfers"] == "not filled in"
    assert [line.partition(":")[0] for line in row["missing"]] == [
        "address",
        "data_protection_officer",
        "purposes",
        "recipients",
        "transfers",
    ]
    said = (
        "--officer",
        "D. Officer",
        "--purposes",
        "defence",
        "--recipients",
        "none",
        "--transfers",
        "none",
        "--address",
        "1 A St",
    )
    union.run("party", "edit", "Guild", *said)
    (row,) = union.json("privacy", "records")
    assert row["missing"] == []
    assert row["data_protection_officer"] == "D. Officer"


def test_a_person_gets_a_folder_that_they_can_read_and_nothing_of_others(union: Union, tmp_path: Path) -> None:
    union.run("mandate", "add", "Ada Byron", tmp_path / "consent.pdf", *SINCE, "--consent")
    union.run("party", "edit", "Guild", "--officer", "D. Officer")
    out = tmp_path / "for-ada"
    union.run("privacy", "export", "Ada Byron", "--out", out)
    told = json.loads((out / "data.json").read_text("utf-8"))
    assert told["person"]["name"] == "Ada Byron"
    assert told["controller"]["officer"] == "D. Officer"
    assert told["photos"][0]["era"] == "1990-1999"
    assert (out / told["photos"][0]["file"]).read_bytes() == (tmp_path / "ada.png").read_bytes()
    (consent,) = [row for row in told["mandates"] if row["basis"] == "consent"]
    assert (out / consent["file"]).read_bytes() == PDF
    page = (out / "index.html").read_text("utf-8")
    for words in ("Ada Byron", "Your rights", "D. Officer", "(Art. 17)", "consent (GDPR Art. 6(1)(a)", "data:image/jpeg"):
        assert words in page
    assert not any(link in page for link in ('src="http', "<script", 'href="http'))
    files = [path for path in out.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (out, *out.rglob("*")) if path.is_dir()} == {0o700}
    everything = b"".join(path.read_bytes() for path in files)
    assert b"Bo Stays" not in everything
    assert b"R. Reader" not in everything
    assert [row["table"] for row in union.json("audit", "list") if row["action"] == "export"] == ["subject"]
    assert "is there already" in union.run("privacy", "export", "Ada Byron", "--out", out, code=2).stderr
    union.run("erase", "Ada Byron", "--reason", "asked for", "--yes")
    assert not out.exists()


def test_a_link_for_self_enrolment_is_made_checked_and_withdrawn(union: Union, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("number,name\n7,Cy New\n", encoding="utf-8")
    union.run("members", "invite", tmp_path / "roster.csv", "--party", "Guild", "--until", f"{now().year + 1}-01-01")
    (link,) = csv.DictReader((tmp_path / "roster.links.csv").read_text("utf-8-sig").splitlines())
    assert "Cy" not in link["link"]
    found = union.json("members", "check-link", link["link"])
    assert (found["name"], found["number"], found["state"]) == ("Cy New", "7", "open")
    one = union.json("members", "link", "Di New", "--party", "Guild", "--until", f"{now().year + 1}-01-01")
    assert [row["name"] for row in union.json("members", "links", "--party", "Guild")] == ["Di New", "Cy New"]
    assert "waits for no decision" in union.run("members", "take-in", one["id"], code=2).stderr
    union.run("members", "end-link", one["id"])
    assert "does not work" in union.run("members", "check-link", one["link"], code=2).stderr
    assert "withdrawn" in union.run("members", "links", "--party", "Guild").stdout
