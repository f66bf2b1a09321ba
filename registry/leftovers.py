"""Whether work is left that was broken off, asked without loading what would do it: every command asks as it begins."""

from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from registry.vault.base import Vault

_LEFT = text("""
    SELECT EXISTS (SELECT 1 FROM document WHERE making IS NOT NULL)
        OR EXISTS (SELECT 1 FROM erasure WHERE finished_at IS NULL OR NOT keyed OR "left" <> '[]')
        OR EXISTS (SELECT 1 FROM member WHERE keyed = 'NOT_YET')
        OR NOT EXISTS (SELECT 1 FROM blinding_secret)
        OR EXISTS (SELECT 1 FROM notice WHERE state IN ('sending', 'handed over'))
        OR EXISTS (
            SELECT 1 FROM report_posting WHERE step IN ('SENDING', 'HANDED_OVER')
                AND id IN (SELECT max(id) FROM report_posting GROUP BY report)
        )
""")


def anything_left(session: Session, root: Path, vault: Vault) -> bool:
    """Whether a row of the workspace in root is about to change, a file unfinished, or an object's waste to be looked for.

    True may be said of what another process is doing now; False is never said of what somebody left who was killed.
    """
    unfinished = (place.name.startswith(".") for name in ("reports", "keys") for place in _inside(root / name))
    return any(unfinished) or vault.announced.any() or bool(session.connection().execute(_LEFT).scalar_one())


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
