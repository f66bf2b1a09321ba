"""Which release of the software speaks: to the sites it reads, in its records, reports and letters."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version


def version() -> str:
    """The installed release, or ``unreleased`` where the project runs from its folder alone."""
    try:
        return installed_version("semblance")
    except PackageNotFoundError:
        return "unreleased"
