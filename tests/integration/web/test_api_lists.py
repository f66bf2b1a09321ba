"""What programs read: the same as the command line shows, in parts, each account its own."""

import json
import sys
from pathlib import Path

import pytest

from monitor.cli.main import main
from registry.kinds import Scope
from tests.support.api_desk import ApiDesk, Asker

LISTS = {
    "/v1/matches?status=all": ("review", "list", "--status", "all"),
    "/v1/cases": ("case", "list"),
    "/v1/notices": ("notice", "list"),
    "/v1/notices/under-way": ("notice", "status"),
    "/v1/parties": ("party", "list"),
    "/v1/subjects": ("subject", "list"),
    "/v1/references": ("reference", "list"),
    "/v1/licences": ("licence", "list"),
    "/v1/mandates": ("mandate", "list"),
    "/v1/sources": ("source", "list"),
}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_says_what_the_command_line_says_by_the_same_names(
    desk: ApiDesk, clerk: Asker, path: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEMBLANCE_TOKEN", clerk.token or "")
    monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(desk.workspace.root), *LISTS[path], "--json"])
    capsys.readouterr()
    assert main() == 0
    shown = json.loads(capsys.readouterr().out)
    for row in shown:
        row.pop("cursor", None)
    said = clerk.get(path).json()
    assert said["items"] == [
        {**row, **dict.fromkeys((k for k, v in row.items() if v == "" and k.endswith("_at")))} for row in shown
    ]
    assert (said["more"], said["next"]) == (0, None)


ONES = ("matches", "cases", "notices", "parties", "subjects", "references", "licences", "mandates", "sources")


@pytest.mark.parametrize("kind", ONES)
def test_each_thing_of_a_list_is_shown_alone(clerk: Asker, kind: str) -> None:
    every = clerk.get(f"/v1/{kind}", **({"status": "all"} if kind == "matches" else {})).json()["items"]
    assert every
    for row in every:
        alone = clerk.get(f"/v1/{kind}/{row['id']}")
        assert alone.status_code == 200, alone.text
        shared = {name: value for name, value in alone.json().items() if name in row and name != "matches"}
        assert shared == {name: row[name] for name in shared}


def test_the_parts_of_a_list_together_are_the_list(desk: ApiDesk, clerk: Asker) -> None:
    whole = clerk.get("/v1/audit", limit=500).json()["items"]
    parts, cursor = [], None
    while True:
        said = clerk.get("/v1/audit", limit=7, **({"after": cursor} if cursor else {})).json()
        parts += said["items"]
        cursor = said["next"]
        if cursor is None:
            break
    assert len(whole) > 7
    assert [row["seq"] for row in parts[-len(whole) :]] == [row["seq"] for row in whole]


def test_a_cursor_is_good_for_one_caller_one_list_and_its_filters(desk: ApiDesk, clerk: Asker) -> None:
    first = clerk.get("/v1/subjects", limit=1, search="Alpha").json()
    cursor = first["next"]
    assert cursor
    assert clerk.get("/v1/subjects", limit=5, search="Alpha", after=cursor).status_code == 200
    foreign = [
        desk.asker("Beta clerk").get("/v1/subjects", search="Alpha", after=cursor),
        desk.asker("Alpha auditor").get("/v1/subjects", search="Alpha", after=cursor),
        clerk.get("/v1/subjects", search="Alph", after=cursor),
        clerk.get("/v1/subjects", after=cursor),
        clerk.get("/v1/parties", search="Alpha", after=cursor),
        *(clerk.get("/v1/subjects", search="Alpha", after=altered) for altered in _altered(cursor)),
    ]
    assert {answer.status_code for answer in foreign} == {422}
    assert all("cursor is not one of this list" in answer.json()["detail"] for answer in foreign)


def _altered(cursor: str) -> list[str]:
    body, mac = cursor.split(".")
    other = "A" if body[3] != "A" else "B"
    return [body, f"{body}.", f".{mac}", f"{body[:3]}{other}{body[4:]}.{mac}", f"{body}.{mac[::-1]}", "x", "é.ü", f"{mac}.{body}"]


def test_errors_are_problems_with_a_way_out(desk: ApiDesk, clerk: Asker) -> None:
    nobody = Asker(desk.base, None)
    wanted = {
        401: [nobody.get("/v1/matches"), Asker(desk.base, "smb_no").get("/v1/matches")],
        404: [clerk.get("/v1/nothing"), clerk.get("/v1/matches/none"), clerk.get("/v1/subjects/none")],
        405: [clerk.post("/v1/subjects"), clerk.ask("DELETE", "/v1/matches")],
        422: [clerk.get("/v1/matches", status="odd"), clerk.get("/v1/matches", limit="many"), clerk.get("/v1/audit", limit=0)],
        403: [desk.asker("Alpha auditor").post("/v1/licences", {})],
    }
    for status, answers in wanted.items():
        for answer in answers:
            assert answer.status_code == status, answer.text
            assert answer.headers["content-type"].startswith("application/problem+json")
            said = answer.json()
            assert (said["status"], bool(said["title"]), bool(said["detail"])) == (status, True, True)
            assert said["remedy"] or status == 403


def test_a_token_is_for_its_scopes_alone(
    desk: ApiDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = desk.asker("Alpha clerk", Scope.READ)
    assert reader.get("/v1/matches").status_code == 200
    refused = reader.post("/v1/licences", {"subject": "Alpha person", "licensee": "X", "starts_at": "2026-01-01T00:00:00Z"})
    assert refused.status_code == 403
    assert "scope registry" in refused.json()["remedy"]
    assert desk.asker("Alpha clerk", Scope.REGISTRY).get("/v1/matches").status_code == 403
    monkeypatch.setenv("SEMBLANCE_TOKEN", reader.token or "")
    monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(desk.workspace.root), "party", "list"])
    assert main() == 2
    assert "not for the command line" in capsys.readouterr().err


def test_a_body_is_bounded_before_it_is_read(clerk: Asker) -> None:
    assert clerk.ask("POST", "/v1/licences", data=b"x" * 70_000).status_code == 413
    assert clerk.ask("POST", "/v1/licences", data=(b"x" * 1024 for _ in range(70))).status_code == 413
    deep = clerk.ask("POST", "/v1/licences", data=b'{"a":' + b"[" * 20_000, headers={"content-type": "application/json"})
    assert deep.status_code == 422
    assert "deeper" in deep.json()["detail"]


def test_a_report_on_record_is_listed_and_taken_by_those_who_may_read_all_of_it(desk: ApiDesk, clerk: Asker) -> None:
    with desk.workspace.session() as session:
        from registry.db import now
        from registry.documents import Document, digest_of
        from registry.parties import find_party
        from registry.subjects import find_subject

        def lay(folder: str, name: str, *subjects: str) -> None:
            place = Path("reports") / folder / name
            (desk.workspace.root / place).parent.mkdir(parents=True, exist_ok=True)
            (desk.workspace.root / place).write_bytes(name.encode())
            digest = digest_of(desk.workspace.root / place)
            for subject in subjects:
                key = find_subject(session, subject).id
                session.add(Document(subject_id=key, path=place.as_posix(), kind="weekly report", made_at=now(), digest=digest))

        lay(find_party(session, "Alpha union").folder, "of-alpha.pdf", "Alpha person", "Local person")
        lay("", "of-all.pdf", "Alpha person", "Beta person")
        session.commit()
    said = clerk.get("/v1/reports").json()["items"]
    assert [row["name"] for row in said] == ["of-alpha.pdf"]
    taken = clerk.get(f"/v1/reports/{said[0]['id']}/file")
    assert taken.content == b"of-alpha.pdf"
    assert taken.headers["x-content-type-options"] == "nosniff"
    for other in ("Beta clerk", "Local clerk"):
        asker = desk.asker(other)
        assert asker.get("/v1/reports").json()["items"] == []
        assert asker.get(f"/v1/reports/{said[0]['id']}/file").status_code == 404
    next((desk.workspace.root / "reports").rglob("of-alpha.pdf")).write_bytes(b"another")
    assert "not the file that was made" in clerk.get(f"/v1/reports/{said[0]['id']}/file").json()["detail"]


def test_a_text_with_a_zero_in_it_is_refused_wherever_it_stands(desk: ApiDesk, clerk: Asker) -> None:
    match = desk.match("Alpha")
    etag = clerk.get(f"/v1/matches/{match}").headers["etag"]
    answers = [clerk.get("/v1/matches", **{name: "a\0"}) for name in ("search", "video", "subject", "uploader", "host")]
    answers += [clerk.get("/v1/matches/a%00"), clerk.get("/v1/cases/%00")]
    told = {"decision": "confirm", "reason": "It is\0 her"}
    answers.append(clerk.post(f"/v1/matches/{match}/decisions", told, etag=etag))
    assert {(each.status_code, "U+0000" in each.json()["detail"]) for each in answers} == {(422, True)}
