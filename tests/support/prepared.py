"""A workspace that took long to make, copied for each test of a file."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor.workspace import Workspace, open_workspace
from tests.support.loopback_site import Answer, Site


@dataclass(frozen=True)
class Prepared:
    """A workspace in root, closed, and the site that it watches, as both were left: it takes seconds to crawl, to capture and to
    look, and nothing to copy what came of that."""

    root: Path
    site: Site
    routes: dict[str, Answer | Callable[[], Answer]]

    @contextmanager
    def opened(self, folder: Path) -> Iterator[Workspace]:
        """A copy in folder/work, with the site as it was; one at a time."""
        shutil.copytree(self.root, folder / "work")
        self.site.begin_anew(self.routes)
        with open_workspace(folder / "work") as workspace:
            yield workspace


def prepared(root: Path, site: Site) -> Prepared:
    """A workspace and its site as they are now."""
    return Prepared(root, site, dict(site.routes))
