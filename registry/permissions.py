"""Whether a use is permitted: by a licence, or by the allow-list, on every page that shows it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from registry.allowances import Allowance, allowance_of
from registry.licences import Licence, Permission, Use, is_permitted


def is_permitted_everywhere(
    uses: Sequence[Use], licences: Iterable[Licence], allowances: Iterable[Allowance], at: datetime
) -> Permission:
    """Whether every one of the uses, one for each page that shows the video, is permitted at that moment.

    Otherwise the reason names the first page where it is not. No page at all permits nothing.
    """
    held, entries = list(licences), list(allowances)
    if not uses:
        return Permission(False, None, "nothing is known of where it is shown")
    verdicts = [_judged(use, held, entries, at) for use in uses]
    for use, verdict in zip(uses, verdicts, strict=True):
        if not verdict.permitted:
            return verdict if len(uses) == 1 else Permission(False, None, f"{verdict.reason} ({_page(use)})")
    return Permission(
        True,
        next(filter(None, (verdict.licence_id for verdict in verdicts)), None),
        "; ".join(dict.fromkeys(verdict.reason for verdict in verdicts)),
        next(filter(None, (verdict.allowance_id for verdict in verdicts)), None),
    )


def _judged(use: Use, licences: Sequence[Licence], allowances: Sequence[Allowance], at: datetime) -> Permission:
    licensed = is_permitted(use, licences, at)
    entry = None if licensed.permitted else allowance_of(use, allowances, at)
    if entry is None:
        return licensed
    return Permission(True, None, f"allowed by {entry.allowed_by}: {entry.place} ({entry.reason})", entry.id)


def _page(use: Use) -> str:
    return f"on {use.addresses[0]}" if use.addresses else "on an unknown page"
