"""Which pack a workspace uses."""

from pathlib import Path

from matcher.packs.store import load
from matcher.packs.terms import check_permitted
from monitor.pack_setting import write_pack
from monitor.settings import Settings, accepting


def use_pack(root: Path, settings: Settings, pack: str, *, accept_licence: bool) -> None:
    """Write into the settings of the workspace in root that it uses the pack; templates follow in the next run. Raises PackError,
    also for one that may not be used there, and SettingsRefused."""
    if accept_licence:
        settings = accepting(settings, pack)
    check_permitted(load(settings.models, pack), commercial=settings.commercial, accepted=settings.accepted_licences)
    write_pack(root, pack, settings.accepted_licences)
