"""The command line withholds a first decision from the account that a second review waits for, and tells it to others."""

import json
import sys
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.cli.main import main
from monitor.workspace import init_workspace, open_workspace
from registry.accounts import find_account, issue_token
from registry.parties import find_party
from reports.cases import Case
from reports.matches import MatchRow, MatchStatus
from reports.notices.notice import Notice
from tests.support.api_desk import furnish_family

WHY = "The same mole beside the left eye"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace, workspace.session() as session:
        furnish_family(workspace, session)
        party = find_party(session, "Alpha union")
        party.second_share = 1.0
        session.add(party)
        row = session.exec(select(MatchRow).where(MatchRow.id == "Alpha match")).one()
        session.add(MatchRow(**{**row.model_dump(), "id": "a0", "t_start": 7.0, "t_end": 8.0, "status": MatchStatus.PENDING}))
        session.commit()
    return tmp_path / "work"


def test_commands_tell_whoever_is_to_review_a_second_time_nothing_of_the_first_decision(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_workspace(root) as workspace, workspace.session() as session:
        names = ("Alpha clerk", "Alpha reviewer", "Alpha auditor")
        tokens = {name: issue_token(session, find_account(session, name), "tests")[1] for name in names}
        case = session.exec(select(Case).where(Case.party_id == find_party(session, "Alpha union").id)).one().id
        notice = session.exec(select(Notice.id).where(Notice.case_id == case)).one()
        session.commit()

    def typed(name: str, *words: str) -> tuple[int, str]:
        capsys.readouterr()
        monkeypatch.setenv("SEMBLANCE_TOKEN", tokens[name])
        monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(root), *words])
        code, said = main(), capsys.readouterr()
        return code, said.out + said.err

    assert typed("Alpha clerk", "review", "confirm", "a0", "--reason", WHY)[0] == 0

    def statuses(name: str) -> dict[str, str]:
        return {line["id"]: line["status"] for line in json.loads(typed(name, "review", "list", "--status", "all", "--json")[1])}

    second = "Alpha reviewer"
    assert (statuses("Alpha auditor")["a0"], statuses(second)["a0"]) == ("confirmed", "pending")
    for name, shown in (("Alpha clerk", True), ("Alpha auditor", True), (second, False)):
        assert ("a0" in typed(name, "review", "list", "--status", "confirmed")[1]) is shown
        assert (case[:12] in typed(name, "case", "list")[1]) is shown
        assert (typed(name, "case", "show", case)[0] == 0) is shown
        assert (notice[:12] in typed(name, "notice", "list")[1]) is shown
        assert (typed(name, "notice", "show", notice)[0] == 0) is shown
    for words in (("reopen", "a0"), ("confirm", "a0"), ("reject", "a0")):
        code, said = typed(second, "review", *words, "--reason", "Let me see")
        assert code != 0
        assert "second review of it is yours" in said
        assert not any(told in said for told in (WHY, "Alpha clerk", "confirmed"))
    assert "a0" not in typed(second, "review", "reopen", "--subject", "Alpha person", "--reason", "Let me see", "--yes")[1]
