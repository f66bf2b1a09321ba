"""A restored copy sends nothing twice, and a backup of an earlier version is brought up to this one."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from monitor.backup.layout import Backup, find_backup, written
from monitor.backup.making import make_backup
from monitor.backup.restoring import restore
from monitor.mail import mailer_of
from monitor.migrations import HEAD
from monitor.outgoing import BROKEN_OFF, UNKNOWN
from monitor.posting import prepare_sending, send_letter
from monitor.reporting import do_due
from monitor.restored import RestoredWaits, resume
from monitor.settings_outside import MailProtection, MailSettings
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.chain import FIRST
from registry.db import now
from registry.parties import Party
from registry.storage.copy import open_copy
from reports.notices.events import StepRefused, events_of
from reports.notices.mail import Mail
from reports.notices.notice import Notice
from tests.support.letters_desk import LettersDesk, prepare
from tests.support.loopback_site import open_site
from tests.support.old_databases import database_of

SERVER = MailSettings(host="127.0.0.1", sender="desk@studio.example", protection=MailProtection.NONE)


class BackedUpMeanwhile:
    """Takes a mail, and has a backup made before or after it is handed over: as a run of another process would."""

    def __init__(self, workspace: Workspace, folder: Path, *, handed_over: bool) -> None:
        self._make = lambda: make_backup(workspace, folder, with_keys=True)
        self._late = handed_over

    def send(self, mail: Mail, handing_over: Callable[[], None]) -> str:
        assert mail.recipients
        if not self._late:
            self._make()
        handing_over()
        if self._late:
            self._make()
        return "250 taken"


@pytest.mark.parametrize(
    ("handed_over", "state", "why"), [(False, "not sent", BROKEN_OFF), (True, "may have been sent", UNKNOWN)]
)
def test_a_letter_on_its_way_is_settled_in_the_copy_and_not_sent_again(
    tmp_path: Path, handed_over: bool, state: str, why: str
) -> None:
    prepare(tmp_path / "work")
    with open_site() as site, open_workspace(tmp_path / "work") as workspace:
        desk = LettersDesk(workspace, site, tmp_path)
        desk.out = workspace.reports / "letters"
        desk.post("/post")
        desk.decide(desk.capture())
        notice, _ = desk.approve(desk.draft().notice)
        sending = replace(workspace, settings=workspace.settings.model_copy(update={"mail": SERVER}))
        with workspace.session() as session:
            posting = prepare_sending(sending, session, notice.id, (), "", now())
            mailer = BackedUpMeanwhile(workspace, tmp_path / "backups", handed_over=handed_over)
            send_letter(sending, session, posting, "C. Ounsel", mailer)
    again = restore(tmp_path / "backups", tmp_path / "again").root
    with open_workspace(again) as workspace, workspace.session() as session:
        restored = session.exec(select(Notice)).one()
        assert (restored.state, events_of(session, restored)[-1].how) == (state, why)
        with pytest.raises(RestoredWaits, match="sends nothing yet"):
            mailer_of(SERVER, workspace.root)
        with pytest.raises(RestoredWaits):
            do_due(workspace, session, now(), lambda _: None)
        resume(session)
        sending = replace(workspace, settings=workspace.settings.model_copy(update={"mail": SERVER}))
        if handed_over:
            # Whether it went out is for a person to say.
            with pytest.raises(StepRefused):
                prepare_sending(sending, session, restored.id, (), "", now())
        else:
            assert prepare_sending(sending, session, restored.id, (), "", now()).mail.recipients


def as_of(backup: Backup, revision: str, folder: Path) -> None:
    """Have the backup hold a database of an earlier version, as that version would have written it."""
    engine = database_of(folder / "old.db", revision)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for emptied in (
            "audit_entry",
            "custody_entry",
            "blinding_secret",
            "member",
            "erasure",
            "document",
            "absence_stamp",
            "notice_event",
            "notice",
        ):
            connection.exec_driver_sql(f"DELETE FROM {emptied}")
        (backup.inside / "semblance.db").unlink()
        connection.exec_driver_sql("VACUUM INTO ?", (str(backup.inside / "semblance.db"),))
    engine.dispose()
    lines = [json.dumps([held.path, held.size, held.sha256]) for held in backup.held() if held.path != "semblance.db"]
    content = (backup.inside / "semblance.db").read_bytes()
    lines.append(json.dumps(["semblance.db", len(content), hashlib.sha256(content).hexdigest()]))
    listed = "".join(f"{line}\n" for line in lines).encode()
    (backup.place / "files.jsonl").write_bytes(listed)
    told = {"revision": revision, "audit_head": FIRST, "custody_head": FIRST, "listed": hashlib.sha256(listed).hexdigest()}
    (backup.place / "manifest.json").write_bytes(written(replace(backup.manifest, **told)))


@pytest.mark.parametrize("revision", ["0031", "0034"])
def test_a_backup_of_an_earlier_version_is_brought_up_to_this_one(tmp_path: Path, revision: str) -> None:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        made = make_backup(workspace, tmp_path / "backups", with_keys=True)
    as_of(made.backup, revision, tmp_path)
    said: list[str] = []
    done = restore(find_backup(tmp_path / "backups").place, tmp_path / "again", say=said.append)
    assert f"The database semblance.db is brought from revision {revision} to {HEAD}." in said
    assert done.chains.whole
    engine = open_copy(done.root / "semblance.db", resting=False)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == HEAD
    engine.dispose()
    with open_workspace(done.root) as workspace, workspace.session() as session:
        assert len(session.exec(select(Party)).all()) == 2
