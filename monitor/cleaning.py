"""What is set right whenever a workspace is opened: others' rights to its files, and what work left behind that was killed."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlmodel import Session

from monitor.migrations import know_all_tables
from monitor.settings import FILE_NAME, Settings
from registry.crypto import KeyAbsent, KeyRefused
from registry.leftovers import anything_left
from registry.private import is_open, sweep, tighten
from registry.staging import sweep as sweep_staging
from registry.vault.base import Vault

OWN = frozenset(
    (
        *(FILE_NAME, "restored.json", ".run.lock", ".mail.lock", "keys", "vault", "reports", "staging", "cache"),
        *(f"semblance.db{end}" for end in ("", "-wal", "-shm", "-journal")),
    )
)
"""All that Semblance makes directly in a workspace's folder."""


def close_to_others(root: Path, say: Callable[[str], None]) -> None:
    """Take others' rights to everything that an earlier version made, and say so.

    The workspace's folder itself keeps its mode where other things lie in it. Raises OSError.
    """
    if not any(map(is_open, _outermost(root))):
        return
    changed = sum(tighten(root / name) for name in sorted(OWN))
    if is_open(root) and _is_ours(root):
        root.chmod(root.stat().st_mode & 0o7700)
        changed += 1
    if changed:
        say(f"Others had rights to {changed} files and folders of {root}: now they are their owner's alone.")


def _outermost(root: Path) -> Iterator[Path]:
    yield from (root / name for name in OWN)
    yield from (root / "vault" / name for name in ("sha256", "private", "incoming"))
    if _is_ours(root):
        yield root


def _is_ours(root: Path) -> bool:
    return all(inside.name in OWN for inside in root.iterdir())


def clean_up(session: Session, root: Path, settings: Settings, vault: Vault) -> None:
    """Remove what was left beside keys, in the reports and in the vault, and do the rest of erasures. Commits."""
    sweep(root / settings.keys.file)
    sweep(root / FILE_NAME)
    if anything_left(session, root):
        _do_what_is_left(session, root, vault)
    elif vault.announced.any():
        # As after every command that put a document or a photo: it takes none of what does the rest.
        from registry.held_objects import forget_waste

        forget_waste(session, vault)
    sweep_staging(root)


def _do_what_is_left(session: Session, root: Path, vault: Vault) -> None:
    know_all_tables()
    from monitor.sending import settle_reports, settle_sending
    from monitor.wiring import SEEKERS
    from registry.erase import finish_erasures, key_what_outlives
    from registry.held_objects import forget_waste
    from registry.placing import settle
    from reports.documents import remove_unfinished
    from reports.signing.key_file import KEY_FILE

    settle(session)
    settle_sending(session, root)
    settle_reports(session, root)
    sweep(root / "keys" / KEY_FILE)
    remove_unfinished(root)
    forget_waste(session, vault)
    finish_erasures(session, vault, SEEKERS)
    # Without the key nothing can be looked up by what it would key; whoever restores it has it done then.
    with suppress(KeyAbsent, KeyRefused):
        key_what_outlives(session)
