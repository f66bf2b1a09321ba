"""Which pack a workspace uses."""

from pathlib import Path

from matcher.errors import PackError
from matcher.packs.store import load
from matcher.packs.terms import check_permitted
from monitor.pack_setting import write_pack
from monitor.settings import Settings, accepting
from registry.actions import Action


def use_pack(root: Path, settings: Settings, pack: str, *, accept_licence: bool) -> None:
    """Write into the settings of the workspace in root that it uses the pack; templates follow in the next run. Raises PackError,
    also for one that may not be used there, and SettingsRefused."""
    if accept_licence:
        settings = accepting(settings, pack)
    found = load(settings.models, pack)
    if found.spec.face is None and found.spec.figure is None:
        raise PackError(f"The pack {pack} has models for voices alone, and no scan listens to any yet.", Action.SEE_PACKS)
    check_permitted(found, commercial=settings.commercial, accepted=settings.accepted_licences)
    write_pack(root, pack, settings.accepted_licences)
