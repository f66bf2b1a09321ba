"""A workspace's settings without the secrets in them."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, SecretStr

from monitor.backup.layout import BackupRefused
from monitor.settings import FILE_NAME, Settings


def without_secrets(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without each line that sets a secret, also one that is commented out, and what these set by name.

    Raises BackupRefused for a secret that is written otherwise than in a line of its own.
    """
    secrets = dict(_secrets(Settings, ""))
    held = {name: value for name, value in secrets.items() if _at(tomllib.loads(text), name)}
    lines = [line for line in text.splitlines(keepends=True) if not _sets(line, secrets)]
    kept = "".join(lines)
    try:
        left = [name for name in held if _at(tomllib.loads(kept), name)]
    except tomllib.TOMLDecodeError:
        left = list(held)
    if left:
        raise BackupRefused(
            f"The secret {left[0]} in {FILE_NAME} is not in a line of its own, and no backup may hold it.",
            f"Write it as a line under its section, or set SEMBLANCE_{left[0].upper().replace('.', '__')} instead.",
        )
    return kept, tuple(held)


def _secrets(section: type[BaseModel], before: str) -> Iterator[tuple[str, str]]:
    """Each secret setting by its whole name, and its key."""
    for name, field in section.model_fields.items():
        kind = field.annotation
        if "SecretStr" in str(kind) or kind is SecretStr:
            yield f"{before}{name}", name
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _secrets(kind, f"{before}{name}.")


def _at(settings: dict[str, Any], name: str) -> Any:
    found: Any = settings
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _sets(line: str, secrets: dict[str, str]) -> bool:
    keys = "|".join(map(re.escape, {*secrets, *secrets.values()}))
    return re.match(rf"\s*#*\s*[\"']?(?:{keys})[\"']?\s*=", line) is not None


def without_vault(text: str) -> str:
    """The text without the section of the vault: two workspaces on one bucket would remove each other's objects.

    Raises BackupRefused where it is written otherwise than under [vault].
    """
    kept, inside = [], False
    for line in text.splitlines(keepends=True):
        if re.match(r"\s*\[", line):
            inside = re.match(r"\s*\[\s*vault\s*\]", line) is not None
        if not inside:
            kept.append(line)
    if "vault" in tomllib.loads("".join(kept)):
        raise BackupRefused(f"The settings of the vault in {FILE_NAME} are not in a section.", "Write them under [vault].")
    return "".join(kept)
