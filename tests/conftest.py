"""What tests share: where the evaluation data is, when it is there at all."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


def present(folder: Path, what: str) -> Path:
    if folder.is_dir():
        return folder
    message = f"{what} is not at {folder}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The evaluation data: $SEMBLANCE_TEST_DATA or ../shared/data."""
    return present(Path(os.environ.get("SEMBLANCE_TEST_DATA", SHARED / "data")), "the evaluation data")


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """Third-party models for tests: ../shared/models."""
    return present(SHARED / "models", "the folder of test models")
