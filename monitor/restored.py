"""The mark of a workspace that was made from a backup: until somebody says that it is the one that works now, no run and no mail
starts from it, since the workspace that was copied may do the same."""

import json
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from registry.actions import Action
from registry.audit import record
from registry.canonical_json import canonical_json
from registry.documents import root_of
from registry.errors import SemblanceError
from registry.private import put
from registry.tenancy import refuse_accounts

MARK = "restored.json"
RESTORING = ".restoring"
"""The folder in which a workspace is made of a backup; where it lies, that was broken off."""


class RestoredWaits(SemblanceError):
    """Something that a restored workspace does not do yet."""


@dataclass(frozen=True)
class RestoredFrom:
    """made_at: when the backup was made, in UTC."""

    made_at: str


def mark_restored(root: Path, made_at: str) -> None:
    """Hold runs and mail of the workspace in root back. Raises OSError."""
    put(root / MARK, canonical_json({"made_at": made_at}) + b"\n", replace=True)


def restored_from(root: Path) -> RestoredFrom | None:
    """The backup that a workspace was made from, where nobody has said yet that it may act."""
    try:
        said = json.loads((root / MARK).read_bytes())
        return RestoredFrom(str(said["made_at"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return RestoredFrom("a time that cannot be read")


def refuse_restored(root: Path) -> None:
    """Raise RestoredWaits where nobody has said yet that the workspace may act."""
    if (found := restored_from(root)) is not None:
        raise RestoredWaits(
            f"This workspace was restored from the backup of {found.made_at}, and runs and sends nothing yet.",
            "See that the workspace it was made from does nothing any more, and what that sent since.",
            Action.RESUME,
        )


def refuse_half_restored(root: Path) -> None:
    """Raise RestoredWaits for a folder in which a restore was broken off."""
    if (root / RESTORING).exists():
        raise RestoredWaits(f"A restore to {root} was broken off.", "Restore the backup to it again, which begins anew.")


def resume(session: Session) -> bool:
    """Let a restored workspace run and send again; says whether it waited. Commits."""
    refuse_accounts(session, "Letting a restored workspace act")
    place = root_of(session) / MARK
    if not place.exists():
        return False
    record(session, "change", "workspace", ["restored"])
    session.commit()
    place.unlink(missing_ok=True)
    return True
