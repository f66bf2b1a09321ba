"""What opens a restored workspace to somebody: what stood when the backup was made may have ended since, by use or by hand."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from monitor.workspace import Workspace
from registry.accounts import ApiToken, revoke_token
from registry.db import now
from registry.half_done import forget_all_half
from registry.invitations import Invitation, Stage
from registry.signed_in import end_everybody


@dataclass(frozen=True)
class Closed:
    """How many browsers were signed out, links for enrolling oneself ended, and tokens ended."""

    browsers: int
    links: int
    tokens: int


def close_doors(workspace: Workspace, *, tokens: bool) -> Closed:
    """End every browser's session, half-done sign-in and link that nothing was sent by yet. tokens: these, too. Commits."""
    at = now()
    with workspace.session() as session:
        links = session.exec(select(Invitation).where(Invitation.stage == Stage.OPEN, col(Invitation.until) > at)).all()
        for link in links:
            link.until = at
            session.add(link)
        forget_all_half(session)
        closed = Closed(end_everybody(session, at), len(links), _end_tokens(session) if tokens else 0)
        session.commit()
    return closed


def _end_tokens(session: Session) -> int:
    standing = session.exec(select(ApiToken.id).where(col(ApiToken.revoked_at).is_(None))).all()
    for key in standing:
        revoke_token(session, key, now())
    return len(standing)
