"""How the crawler names itself."""

import tomllib
from pathlib import Path

from crawler.user_agent import user_agent
from registry.version import version

VERSION = version()


def test_the_version_is_the_packages() -> None:
    pyproject = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text())
    assert pyproject["project"]["version"] == VERSION


def test_the_contact_cannot_break_out_of_the_header() -> None:
    assert user_agent("mailto:legal@studio.example") == f"Semblance/{VERSION} (+mailto:legal@studio.example)"
    assert user_agent("a\r\nX-Evil: 1)(") == f"Semblance/{VERSION} (+aX-Evil: 1)"
    assert user_agent("  ") == f"Semblance/{VERSION}"
