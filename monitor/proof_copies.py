"""Copies of the documents that mandates rest on, for people: on record like every document that tells of a subject."""

from pathlib import Path

from sqlmodel import Session

from monitor.workspace import Workspace
from registry.actions import Action
from registry.audit import record
from registry.db import now
from registry.documents import root_of
from registry.errors import Conflict
from registry.mandates import Mandate
from registry.placing import put_in_place
from registry.proofs import kind_of
from registry.staging import staging
from registry.storage.lock import hold

KIND = "proof"


def take_out(workspace: Workspace, session: Session, mandate: Mandate, out: Path | None) -> tuple[Path, str]:
    """Write a mandate's document to out, for its owner alone; where, and what it is in words. Commits.

    Without out it is written here, under the ending of what it is. Raises Conflict where something is there already, Damaged for
    bytes that are not those that were kept.
    """
    content = b"".join(workspace.vault.chunks(mandate.document_sha256))
    kind = kind_of(content)
    place = out or Path(f"mandate-{mandate.id[:8]}{kind.suffixes[0] if kind else '.bin'}")
    if place.exists() or place.is_symlink():
        raise Conflict(f"{place} is there already.", Action.NAME_OUTPUT)
    with staging(root_of(session)) as folder:
        (folder / place.name).write_bytes(content)
        hold(session)
        record(session, "export", "mandate", [mandate.id])
        shows = [mandate.subject_id] if mandate.subject_id else []
        (made,) = put_in_place(session, folder, place.absolute().parent, KIND, shows, now())
    return made, kind.said if kind else "of an earlier version, and of no known kind"
