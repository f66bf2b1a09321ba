"""The passages of letters in Simplified Chinese, by what they are in English: data for reports.notices.wording alone."""

from collections.abc import Mapping

from reports.notices.chinese.laws import ASKED, KINDS, LAWS
from reports.notices.chinese.passages import FRAME, PASSAGES
from reports.notices.chinese.recorded import RECORDED
from reports.notices.chinese.use import USE

CATALOGUE: Mapping[str, str] = {**FRAME, **PASSAGES, **USE, **KINDS, **ASKED, **LAWS}

__all__ = ["CATALOGUE", "RECORDED"]
