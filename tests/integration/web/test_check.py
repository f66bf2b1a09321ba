"""May I? Who may ask, what is answered, that anybody can verify it, and that what was sent is kept nowhere."""

import base64
import json
import os
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from stat import S_ISREG
from typing import Any

import pytest
import requests
from sqlmodel import Session, col, select

from matcher.media.pictures import read_picture
from matcher.media.writing import write_clip
from monitor.check_signing import public_key
from monitor.doctor import examine
from registry.accounts import find_account, issue_token
from registry.audit import AuditEntry
from registry.contracts import PROBING, contract_lines
from registry.db import now
from registry.erase import erase_subject
from registry.kinds import Modality
from registry.licences import add_licence, revoke_licence
from registry.subjects import Subject, find_subject
from tests.support.api_desk import Asker
from tests.support.check_desk import CheckDesk, check_desk, party_of
from tests.support.photos import People, people

__all__ = ["people"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, open_pack: Path, people: People) -> Iterator[CheckDesk]:
    (ada, _), (bea, _), (cleo, _) = people.known[:3]
    named = {"Ada Example": (ada, True), "Bea Example": (bea, False), "Cleo Example": (cleo, True)}
    with check_desk(tmp_path_factory.mktemp("check") / "work", named) as made:
        yield made


@pytest.fixture
def ada(people: People) -> bytes:
    return people.known[0][1][0].read_bytes()


@pytest.fixture
def bea(people: People) -> bytes:
    return people.known[1][1][0].read_bytes()


def licence(desk: CheckDesk, who: str, licensee: str, **terms: Any) -> str:
    with desk.workspace.session() as session:
        row = add_licence(session, find_subject(session, who), licensee, now() - timedelta(days=1), **terms)
        session.commit()
        return row.id


def end(desk: CheckDesk, key: str) -> None:
    with desk.workspace.session() as session:
        revoke_licence(session, key, now())
        session.commit()


def test_somebody_who_takes_part_is_found_and_without_a_licence_prohibited(desk: CheckDesk, ada: bytes) -> None:
    answer = desk.answer(ada, platform="tube.example")
    (found,) = answer["findings"]
    assert (answer["outcome"], found["outcome"], found["modality"]) == ("prohibited", "prohibited", "face")
    assert (found["party"], found["contact"]) == ("Ada Example, herself", "ada@agency.example")
    assert float(found["false_matches_per_1000"]) >= 0


def test_nobody_found_is_unknown_and_never_allowed(desk: CheckDesk, people: People) -> None:
    for photo in people.strangers[:3]:
        answer = desk.answer(photo.read_bytes())
        assert (answer["outcome"], answer["findings"]) == ("unknown", [])


def test_who_takes_no_part_is_not_seen_until_their_party_agrees(desk: CheckDesk, bea: bytes) -> None:
    assert desk.answer(bea)["outcome"] == "unknown"
    assert desk.answer(b'{"name": "Bea Example"}', "application/json")["outcome"] == "unknown"
    with desk.workspace.session() as session:
        party = party_of(session, find_subject(session, "Bea Example").id)
        party.checkable = True
        session.add(party)
        session.commit()
    assert desk.answer(bea)["outcome"] == "prohibited"
    assert desk.answer(b'{"name": "bea  EXAMPLE"}', "application/json")["outcome"] == "prohibited"
    with desk.workspace.session() as session:
        party = party_of(session, find_subject(session, "Bea Example").id)
        party.checkable = False
        session.add(party)
        session.commit()
    assert desk.answer(bea)["outcome"] == "unknown"


def test_the_askers_own_licence_alone_permits_and_tells_its_terms(desk: CheckDesk, ada: bytes) -> None:
    others = licence(desk, "Ada Example", "Somebody Else")
    assert desk.answer(ada, platform="tube.example")["outcome"] == "prohibited"
    bound = licence(desk, "Ada Example", "Tube Inc.", host="tube.example", territory=["US"], ends_at=now() + timedelta(hours=2))
    allowed = desk.answer(
        ada, platform="tube.example", territory="US-CA", until=f"{now() + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    )
    assert allowed["outcome"] == "allowed_with_terms"
    assert allowed["findings"][0]["licence"]["platform"] == "tube.example"
    assert allowed["valid_until"] == allowed["findings"][0]["licence"]["ends_at"]
    for platform, territory in (("other.example", "US"), ("tube.example", ""), ("tube.example", "US")):
        use = {"platform": platform, "territory": territory}  # the last one lasts a day, and the licence two hours
        assert desk.answer(ada, **use)["outcome"] == "prohibited", use
    free = licence(desk, "Ada Example", "tube inc.")
    assert desk.answer(ada)["outcome"] == "allowed"
    for key in (others, bound, free):
        end(desk, key)
    assert desk.answer(ada)["outcome"] == "prohibited"


def test_an_answer_tells_no_score_no_id_and_nobodys_name_and_another_word_to_each_account(desk: CheckDesk, ada: bytes) -> None:
    first, again = desk.answer(ada), desk.answer(ada)
    other = desk.asker("Clips", "Clips Ltd.").answer(ada)
    words = {each["findings"][0]["subject"] for each in (first, again, other)}
    assert (first["findings"][0]["subject"], len(words)) == (again["findings"][0]["subject"], 2)
    with Session(desk.workspace.engine) as session:
        key = session.exec(select(Subject.id).where(Subject.name == "Ada Example")).one()
    assert key not in json.dumps(first)
    assert set(first["findings"][0]) == {
        *("subject", "outcome", "modality", "false_matches_per_1000", "licence", "party", "contact"),
    }


def test_openssl_verifies_an_answer_and_refuses_another(desk: CheckDesk, ada: bytes, tmp_path: Path) -> None:
    said = desk.check(ada).json()
    canonical = json.dumps(said["answer"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    (tmp_path / "signature").write_bytes(base64.b64decode(said["signature"]))
    (tmp_path / "key.pem").write_bytes(requests.get(f"{desk.base}/v1/check/key", timeout=60).content)

    def verified(payload: bytes) -> bool:
        (tmp_path / "answer").write_bytes(payload)
        words = ["-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "answer", "-sigfile", "signature"]
        return subprocess.run(["openssl", "pkeyutl", *words], cwd=tmp_path, capture_output=True, check=False).returncode == 0

    assert verified(canonical)
    assert not verified(canonical.replace(b"prohibited", b"allowed"))
    with desk.workspace.session() as session:
        assert public_key(session).encode() == (tmp_path / "key.pem").read_bytes()


def test_accounts_without_a_contract_or_the_scope_are_refused_before_anything_is_read(desk: CheckDesk, ada: bytes) -> None:
    assert desk.asker("Stranger", "x", contract=False).check(ada).status_code == 403
    assert CheckDesk(desk.workspace, desk.base, "smb_no").check(ada).status_code == 401
    with desk.workspace.session() as session:
        usual = issue_token(session, find_account(session, "Tube bot"), "usual")[1]
        session.commit()
    assert CheckDesk(desk.workspace, desk.base, usual).check(ada).status_code == 403
    assert Asker(desk.base, desk.token).get("/v1/matches").status_code == 403


def test_a_days_questions_are_counted_before_they_are_looked_at(desk: CheckDesk) -> None:
    asker = desk.asker("Small", "Small", daily=3)
    statuses = [asker.check(body, kind).status_code for body, kind in [(b"no picture", "image/png")] * 2 + [(b"{}", "audio/wav")]]
    assert statuses == [422, 422, 200]
    refused = asker.check(b"x", "audio/wav")
    assert (refused.status_code, "questions of today" in refused.json()["detail"]) == (429, True)


def test_many_in_a_row_that_find_nobody_are_told_the_owner(desk: CheckDesk) -> None:
    asker = desk.asker("Prober", "Prober")
    for number in range(PROBING):
        asker.answer(json.dumps({"name": f"Somebody {number}"}).encode(), "application/json")
    with desk.workspace.session() as session:
        (line,) = [line for line in contract_lines(session) if line.account == "Prober bot"]
        assert line.alerted_at is not None
        alerts = session.exec(select(AuditEntry).where(AuditEntry.action == "alert", col(AuditEntry.table_name) == "check_use"))
        assert [entry.detail for entry in alerts] == [{"in_a_row": PROBING}]
    assert ("questions", "missing") in [(check.check, check.state) for check in examine(desk.workspace.root)]


def test_what_is_not_looked_at_yet_is_said(desk: CheckDesk) -> None:
    voice = desk.answer(b"RIFF", "audio/wav")
    assert (voice["outcome"], voice["looked_at"], voice["not_looked_at"]) == ("unknown", [], ["voice"])


def test_a_clip_is_looked_at_from_memory(desk: CheckDesk, people: People, tmp_path: Path) -> None:
    shown = read_picture(people.known[0][1][0])
    write_clip(tmp_path / "clip.mp4", [shown[: shown.shape[0] // 2 * 2, : shown.shape[1] // 2 * 2]] * 50)
    answer = desk.answer((tmp_path / "clip.mp4").read_bytes(), "video/mp4")
    assert (answer["outcome"], answer["not_looked_at"]) == ("prohibited", ["voice"])
    nobody = read_picture(people.strangers[0])
    write_clip(tmp_path / "other.mp4", [nobody[: nobody.shape[0] // 2 * 2, : nobody.shape[1] // 2 * 2]] * 50)
    assert desk.answer((tmp_path / "other.mp4").read_bytes(), "video/mp4")["outcome"] == "unknown"
    assert desk.check(b"....ftyp", "video/mp4").status_code == 422


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "image/png"),
        (b"x", "text/plain"),
        (b"[" * 5000, "application/json"),
        (b'{"name": 5}', "application/json"),
        (b'{"name": "a", "more": 1}', "application/json"),
        (b'{"name": "\\ud800"}', "application/json"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "image/png"),
    ],
)
def test_what_asks_about_nothing_is_refused(desk: CheckDesk, body: bytes, kind: str) -> None:
    assert desk.check(body, kind).status_code == 422


def test_too_much_is_refused_before_it_is_read(desk: CheckDesk) -> None:
    assert desk.check(b"x" * ((16 << 20) + 1), "image/png").status_code == 413


def test_nothing_of_what_was_sent_is_anywhere_afterwards(desk: CheckDesk, ada: bytes, tmp_path: Path) -> None:
    canary, asked_at = os.urandom(32), time.time()
    # After its end a JPEG may hold anything; decoders pass over it.
    desk.answer(ada + canary + b"\0" * (2 << 20))
    desk.answer(json.dumps({"name": canary.hex()}).encode(), "application/json")
    looked = 0
    for top in (desk.workspace.root, Path("/tmp"), Path("/dev/shm")):
        # As os.walk, which passes over folders that others take away meanwhile.
        for file in (Path(folder, name) for folder, _, names in os.walk(top) for name in names):
            try:
                is_there = file.lstat()
                if not S_ISREG(is_there.st_mode) or is_there.st_size >= 64 << 20:
                    continue
                # Others of this machine have files there, too: one that was last written before the question holds nothing of it.
                if top != Path("/tmp") or is_there.st_ctime > asked_at - 10:
                    content = file.read_bytes()
                    looked += 1
                    assert canary not in content, file
                    assert canary.hex().encode() not in content, file
            except OSError:
                continue
    assert looked


def test_somebody_erased_or_whose_mandate_ended_is_not_found_any_more(desk: CheckDesk, people: People) -> None:
    photo = people.known[2][1][0].read_bytes()
    assert [each["modality"] for each in desk.answer(photo)["findings"]] == [Modality.FACE]
    with desk.workspace.session() as session:
        erase_subject(session, desk.workspace.vault, find_subject(session, "Cleo Example"), now(), "asked for")
    assert (desk.answer(photo)["outcome"], desk.answer(photo)["findings"]) == ("unknown", [])
