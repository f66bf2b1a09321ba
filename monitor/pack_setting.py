"""Writing which models a workspace uses into its settings file."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from monitor.settings import FILE_NAME, SettingsRefused
from registry.actions import Action
from registry.private import put


def write_packs(folder: Path, packs: Mapping[str, str | list[str]], accepted_licences: Iterable[str] = ()) -> None:
    """Set packs by the settings' names, and accepted licences where given, in a workspace's settings file; every other line stays
    as it is.

    Raises SettingsRefused.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise SettingsRefused(f"{folder} is not a workspace: it has no {FILE_NAME}.", Action.MAKE_WORKSPACE)
    wanted: dict[str, Any] = dict(packs)
    if accepted_licences:
        wanted["accepted_licences"] = list(accepted_licences)
    replaced = re.compile(rf"\s*({'|'.join(wanted)})\s*=")
    lines = [line for line in path.read_text("utf-8").splitlines() if not replaced.match(line)]
    # A JSON string or list of strings is TOML, too.
    text = "\n".join([*(f"{key} = {json.dumps(value)}" for key, value in wanted.items()), *lines]) + "\n"
    try:
        understood = {key: tomllib.loads(text)[key] for key in wanted}
    except tomllib.TOMLDecodeError:
        understood = {}
    if understood != wanted:
        raise SettingsRefused(f"{path} sets the pack in a way that cannot be changed here.", "Change the line by hand.")
    put(path, text.encode(), replace=True)
