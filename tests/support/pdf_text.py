"""What a PDF says, as poppler reads it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def text_of(pdf: bytes, folder: Path) -> str:
    tool = shutil.which("pdftotext")
    if tool is None:
        message = "pdftotext (poppler) is not installed, so the PDF was not read"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    (folder / "a.pdf").write_bytes(pdf)
    return subprocess.run([tool, str(folder / "a.pdf"), "-"], capture_output=True, text=True, check=True).stdout
