"""What is wired of the rooms above the registry: who takes part in erasing, and which letters there are, in plain sequences."""

from collections.abc import Callable, Mapping, Sequence

from registry.erase import Eraser, Keeper, Seeker
from reports.documents import kept_reviews, seek_bundles
from reports.erasure import erase_matches
from reports.notices.base import NoticeTemplate
from reports.notices.kinds import LETTERS

NOTICE_TEMPLATES: Mapping[str, Callable[[], NoticeTemplate]] = LETTERS
"""Letters by the short name of their law."""

ERASERS: Sequence[Eraser] = (erase_matches,)
"""How the rooms above the registry erase what they hold of a subject, in the registry's own transaction."""

KEEPERS: Sequence[Keeper] = (kept_reviews,)
"""What the rooms above the registry keep of an erased subject, in words."""

SEEKERS: Sequence[Seeker] = (seek_bundles,)
"""How the rooms above the registry tell a document that is on no record."""
