"""Who may use which pack."""

from collections.abc import Collection

from matcher.errors import PackError
from matcher.packs.store import Pack
from registry.actions import Action
from registry.errors import ExitCode


class PackNotPermitted(PackError):
    """A pack whose terms do not allow this use."""

    exit_code = ExitCode.WRONG_USE


def check_permitted(pack: Pack, *, commercial: bool, accepted: Collection[str] = ()) -> None:
    """Raise PackNotPermitted when a commercial user may not use the pack.

    accepted: ids of packs for which somebody declared to hold a licence. The vendor's own signed licence file counts
    without that, and is checked anew at every call rather than believed from the manifest.
    """
    if not commercial or pack.spec.id in accepted:
        return
    if _from_insightface(pack):
        from matcher.packs.insightface import grants_commercial_use

        allowed = grants_commercial_use(pack)
    else:
        allowed = pack.spec.licence.commercial
    if not allowed:
        raise PackNotPermitted(
            f"The pack {pack.spec.id} is not licensed for commercial use. {pack.spec.licence.text}",
            "Put the signed MODEL.LICENSE into the pack, or use another pack, if you hold no licence for it.",
            Action.HOLD_LICENCE,
        )


def _from_insightface(pack: Pack) -> bool:
    return pack.spec.face is not None and "insightface" in (pack.spec.face.detector.family, pack.spec.face.encoder.family)
