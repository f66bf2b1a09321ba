"""Programs of others that a test needs: with CI=true none may be missing."""

import os
import shutil

import pytest


def tool(name: str) -> str:
    """The path of a program; the test is skipped, and fails with CI=true, where it is not installed."""
    found = shutil.which(name)
    if found is None:
        message = f"{name} is not installed"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return str(found)
