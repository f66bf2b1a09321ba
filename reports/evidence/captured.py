"""The files of a bundle that are a capture's, byte for byte, and why some are not there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crawler.videos import Capture
from registry.errors import SemblanceError
from registry.vault.base import Vault
from reports.evidence.names import manifest_name, media_name

WARC = "warc"
WACZ = "wacz"
_SWITCHED_OFF = "The page was not pictured."


@dataclass(frozen=True)
class CapturedFile:
    """what: media, manifest, page, page_picture or warc. name: its path in the bundle. sha256: of the bytes as they were
    captured; None where there are none, and then absent says why."""

    what: str
    name: str
    sha256: str | None
    absent: str = ""

    def said(self) -> dict[str, str]:
        """For case.json."""
        return {"absent": self.absent} if self.sha256 is None else {"file": self.name, "sha256": self.sha256}


def files_of(vault: Vault, capture: Capture) -> list[CapturedFile]:
    """What a capture consists of in the vault, in the order in which it is told."""
    page = _page(vault, capture)
    folder = f"data/captures/{capture.id}"
    no_page = str(page.get("failure") or "No page was captured: the video was found without one.")
    no_picture = str(page.get("screenshot_failure") or (_SWITCHED_OFF if capture.page_sha256 else no_page))
    no_warc = "The capture was made by a version that wrote no WARC."
    return [
        CapturedFile("media", media_name(capture), capture.media_sha256),
        # As text: a stranger's page must not run when somebody opens the folder.
        CapturedFile("page", f"{folder}/page.html.txt", capture.page_sha256, no_page),
        CapturedFile("page_picture", f"{folder}/page.png", capture.screenshot_sha256, no_picture),
        CapturedFile(WARC, f"{folder}/capture.warc", capture.warc_sha256, no_warc),
        CapturedFile("manifest", manifest_name(capture.id), capture.manifest_sha256),
    ]


def _page(vault: Vault, capture: Capture) -> Mapping[str, Any]:
    """What the manifest says of the page, as far as it can be read."""
    try:
        said = json.loads(b"".join(vault.chunks(capture.manifest_sha256)))
        page = said.get("page")
    except (SemblanceError, ValueError, AttributeError):
        return {}
    return page if isinstance(page, dict) else {}
