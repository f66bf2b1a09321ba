"""Media and looks for rows that tests put in by hand: a picture in the vault, seen at every address of a case."""

from datetime import datetime

import cv2
from sqlmodel import Session

from crawler.availability import Address, LookFinding, LookOutcome, note_look
from crawler.pages import pages_of
from crawler.videos import latest_capture
from registry.storage.engine import folder_of
from registry.vault.base import Vault
from reports.cases import Case, videos_of
from tests.support.drawn_clips import scene
from tests.support.new_vault import new_vault


def picture(seed: int) -> bytes:
    """A small PNG that no other seed draws."""
    done, content = cv2.imencode(".png", scene(seed, 64, 48))
    assert done
    return content.tobytes()


def vault_of(session: Session) -> Vault:
    """The vault beside the session's database."""
    return new_vault(folder_of(session.get_bind().engine))


def seen_everywhere(session: Session, case: Case, at: datetime) -> None:
    """Every address of the case, and each of its pages, showed what was captured when it was looked at at that moment."""
    for video in videos_of(session, case):
        capture = latest_capture(session, video.id)
        assert capture is not None
        note_look(session, video.id, Address.MEDIA, video.media_url, LookFinding(LookOutcome.SEEN, "", capture.media_sha256), at)
        for page in pages_of(session, video.id):
            if page.url:
                note_look(session, video.id, Address.PAGE, page.url, LookFinding(LookOutcome.SEEN), at)
