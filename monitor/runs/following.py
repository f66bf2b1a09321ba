"""Following letters that went out: whether what they complain of is still there, and what authorities state of its absence."""

from collections.abc import Sequence
from pathlib import Path

from sqlmodel import Session, col, select

from monitor.drivers import StillMine
from monitor.looking import looker
from monitor.runs.stamping import authority_of
from monitor.runs.summary import RunSummary, Say
from monitor.workspace import Workspace, alone
from registry.db import now
from registry.errors import SemblanceError
from registry.storage.lock import hold
from registry.tenancy import refuse_accounts
from registry.vault.base import Vault
from reports.cases import Case
from reports.notices.absent_stamp import AbsenceStamp, stamp_id
from reports.notices.events import NoticeEvent, StepRefused
from reports.notices.follow_up import follow_up, followed_notices
from reports.notices.places import look_at_case
from reports.notices.status import late_letters
from reports.signing.errors import AuthorityAbsent, TokenRefused
from reports.signing.stamping import ask
from reports.signing.timestamper import Timestamper


def follow_now(workspace: Workspace, say: Say = lambda _: None) -> RunSummary:
    """Look again, now, at every address of every letter that went out, and record what that says.

    Raises WorkspaceBusy during a run, AccessRefused for an account.
    """
    summary = RunSummary()
    with workspace.session() as session:
        refuse_accounts(session, "Following letters")
        with alone(workspace):
            cases = dict.fromkeys(notice.case_id for notice in followed_notices(session))
            with looker(workspace, say) as looks:
                for case_id in cases:
                    look_at_case(session, session.get_one(Case, case_id), looks)
            follow(workspace, summary)
    return summary


def follow(workspace: Workspace, summary: RunSummary, still_mine: StillMine = lambda _: None) -> None:
    """Record what the looks up to now say of letters that went out, and have their proofs of absence stated. Commits each.

    still_mine: asked in each of these transactions; what it raises goes on, and nothing of that letter is on record."""
    with workspace.session() as session:
        for notice in followed_notices(session):
            _claimed(session, still_mine)
            try:
                made = follow_up(session, workspace.vault, notice, now())
            except StepRefused as error:
                session.rollback()
                summary.problems.append(f"Of letter {notice.id[:12]} nothing was recorded: {error.what}")
                continue
            session.commit()
            summary.letters += [f"{notice.id[:12]}: {event.event.value}, {event.how}" for event in made]
        _stamp(workspace, session, summary, still_mine)
        summary.letters_late = len(late_letters(session, now()))


def _claimed(session: Session, still_mine: StillMine) -> None:
    # Nobody else writes from here to the commit, and what is read from here on is what whoever wrote last left.
    hold(session)
    still_mine(session)


def _stamp(workspace: Workspace, session: Session, summary: RunSummary, still_mine: StillMine) -> None:
    """Ask each authority about what it has not stated; one that fails is asked again in the next run."""
    asked = workspace.settings.timestamps
    for named in asked.authorities:
        # What is not asked is not complained of: the run says of each authority once that it cannot be used.
        waiting = _not_stated(session, named.name)
        try:
            authority = authority_of(Path(workspace.root), named, asked.seconds) if waiting else None
        except SemblanceError as error:
            summary.problems.append(f"{error.what} {error.remedy}")
            continue
        if authority is not None:
            _ask(workspace, session, summary, authority, waiting, still_mine)


def _ask(
    workspace: Workspace,
    session: Session,
    summary: RunSummary,
    authority: Timestamper,
    waiting: Sequence[NoticeEvent],
    still_mine: StillMine,
) -> None:
    for event in waiting:
        try:
            _state(session, workspace.vault, authority, event, still_mine)
        except (AuthorityAbsent, TokenRefused) as error:
            _note(session, event, authority, error.what, still_mine)
            summary.problems.append(f"{error.what} {error.remedy}")
            return


def _not_stated(session: Session, authority: str) -> list[NoticeEvent]:
    stated = select(AbsenceStamp.event_id).where(AbsenceStamp.authority == authority, col(AbsenceStamp.reply_sha256).is_not(None))
    proofs = select(NoticeEvent).where(col(NoticeEvent.proof_sha256).is_not(None), col(NoticeEvent.id).not_in(stated))
    return list(session.exec(proofs.order_by(col(NoticeEvent.id))))


def _state(session: Session, vault: Vault, authority: Timestamper, event: NoticeEvent, still_mine: StillMine) -> None:
    assert event.proof_sha256 is not None
    reply, token = ask(authority, b"".join(vault.chunks(event.proof_sha256)))
    reply_sha256, roots_sha256 = vault.put([reply]).sha256, vault.put([authority.roots]).sha256
    _claimed(session, still_mine)
    row = _row(session, event, authority)
    row.problem, row.asked_at = None, now()
    row.stated_at, row.signer, row.serial, row.policy = token.at, token.signer, token.serial, token.policy
    row.reply_sha256, row.roots_sha256 = reply_sha256, roots_sha256
    session.add(row)
    session.commit()


def _note(session: Session, event: NoticeEvent, authority: Timestamper, problem: str, still_mine: StillMine) -> None:
    _claimed(session, still_mine)
    row = _row(session, event, authority)
    row.problem, row.asked_at = problem, now()
    session.add(row)
    session.commit()


def _row(session: Session, event: NoticeEvent, authority: Timestamper) -> AbsenceStamp:
    key = stamp_id(event, authority.name)
    held = session.get(AbsenceStamp, key)
    return held or AbsenceStamp(id=key, event_id=event.id, authority=authority.name, asked_at=now())
