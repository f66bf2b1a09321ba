"""Which packs a workspace uses."""

from pathlib import Path

from matcher.packs.store import load
from matcher.packs.terms import check_permitted
from monitor.pack_setting import write_packs
from monitor.settings import Settings, accepting


def use_pack(root: Path, settings: Settings, pack: str, *, accept_licence: bool) -> bool:
    """Write into the settings of the workspace in root that it uses the pack; templates follow in the next run.

    One without models for faces is used beside the others; says whether it is so. Raises PackError, also for one
    that may not be used there, and SettingsRefused.
    """
    if accept_licence:
        settings = accepting(settings, pack)
    found = load(settings.models, pack)
    check_permitted(found, commercial=settings.commercial, accepted=settings.accepted_licences)
    beside = found.spec.face is None
    wanted = {"more_packs": list(dict.fromkeys((*settings.more_packs, pack)))} if beside else {"pack": pack}
    write_packs(root, wanted, settings.accepted_licences)
    return beside
