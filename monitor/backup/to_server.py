"""The database of a backup, brought to a PostgreSQL server: a backup holds a file of SQLite's, whatever it was made of."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from monitor.backup.layout import DATABASE, BackupRefused
from monitor.migrations import engine_at, know_all_tables, open_up_to_date
from monitor.settings import FILE_NAME, load_settings
from monitor.settings_database import holds_password
from registry.private import put
from registry.storage.moving import begin_restoring, end_restoring


def bring_to_server(building: Path, address: str, say: Callable[[str], None]) -> None:
    """Move the database of a workspace that is being made in building to the empty one at an address, which its settings name
    from then on. Raises BackupRefused for an address with a password in it, DatabaseUnusable.
    """
    if holds_password(address):
        raise BackupRefused(
            "The address of the database holds a password.",
            "Leave it out, and have it in SEMBLANCE_DATABASE__PASSWORD, in database.password_file or in ~/.pgpass.",
        )
    # All rows go: a command has loaded the tables that it asks, and no others.
    know_all_tables()
    file = open_up_to_date(building / DATABASE, say)
    _name_database(building, address)
    server = engine_at(building / DATABASE, load_settings(building).database.address(building))
    try:
        begin_restoring(server, file, building.parent.parent)
    finally:
        file.dispose()
        server.dispose()
    for left in building.glob(f"{DATABASE}*"):
        left.unlink()


def end_on_server(root: Path) -> None:
    """The workspace in root is whole, and its database nobody else's."""
    server = engine_at(root / DATABASE, load_settings(root).database.address(root))
    try:
        end_restoring(server)
    finally:
        server.dispose()


def _name_database(building: Path, address: str) -> None:
    """A backup's settings name no database: the line is a secret, and left out."""
    place = building / FILE_NAME
    text, line = place.read_text("utf-8"), f"url = {json.dumps(address)}\n"
    section = re.search(r"^\s*\[database\][^\n]*\n", text, re.MULTILINE)
    said = f"{text.rstrip()}\n\n[database]\n{line}" if section is None else text[: section.end()] + line + text[section.end() :]
    put(place, said.encode(), replace=True)
