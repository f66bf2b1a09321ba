"""What commands work on: a site with clips, a mail server, and a new workspace for each point."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.chaos.gate import Gate, gate
from crawler.health import SourceKind, SourceRow
from monitor.enrolment import enrol_file
from monitor.recognisers import build_recognisers, recogniser_spec
from monitor.workspace import init_workspace, open_workspace
from registry.kinds import PartyKind, SubjectKind
from registry.mandates import declare_own
from registry.parties import add_party
from registry.subjects import add_subject
from tests.support.drawn_clips import figure, save
from tests.support.loopback_site import Site, open_site
from tests.support.mail_server import MailServer, open_mail_server
from tests.support.postgres_server import Server, server
from tests.support.s3_store import ACCESS, SECRET, Store, store
from tests.support.watched_site import BEGIN, SETTINGS, publish

SHOWN = (1, 2, None, 1)
"""Which figure each video of the site shows."""
ENROLLED = (1, 2)
SECRETS = {"SEMBLANCE_VAULT__SECRET_KEY": SECRET}


@dataclass(frozen=True)
class Scene:
    """database, objects: what stands in place of a file and of a folder; None for those."""

    folder: Path
    site: Site
    mail: MailServer
    database: Server | None = None
    objects: Store | None = None
    gate: Gate | None = None
    _numbers: Iterator[int] = field(default_factory=count)

    def fresh(self) -> Path:
        """A workspace that has not run yet, in which two characters of a studio are enrolled."""
        root = self.folder / f"work{next(self._numbers)}"
        root.mkdir()
        settings = SETTINGS.replace("[crawl]", f"{self._database()}{self._vault()}{self.mail.settings}[crawl]")
        (root / "semblance.toml").write_text(settings, encoding="utf-8")
        init_workspace(root)
        self.mail.desk.taken.clear()
        self._furnish(root)
        return root

    def forget(self, root: Path) -> None:
        shutil.rmtree(root)

    def _furnish(self, root: Path) -> None:
        with open_workspace(root) as workspace, workspace.session() as session:
            studio = add_party(session, "Studio", PartyKind.STUDIO, email="legal@studio.example", signatory="S. Igner")
            recognisers = build_recognisers(recogniser_spec(workspace.settings))
            for seed in ENROLLED:
                subject = add_subject(session, studio, f"Figure {seed}", SubjectKind.CHARACTER)
                declare_own(session, workspace.vault, subject, verified_by="R. Reader", starts_at=BEGIN)
                picture = save(self.folder / f"figure{seed}.png", figure(seed))
                enrol_file(workspace, session, recognisers, subject, picture)
            session.add(SourceRow(name="front page", kind=SourceKind.PAGE, url=self.site.url("/")))
            session.commit()

    def _database(self) -> str:
        return f'[database]\nurl = "{self.database.new_database()}"\n' if self.database else ""

    def _vault(self) -> str:
        if self.objects is None or self.gate is None:
            return ""
        bucket = self.objects.new_place("desk/").bucket
        where = f'url = "s3://{bucket}/desk"\nendpoint = "http://127.0.0.1:{self.gate.port}"\n'
        return f'[vault]\n{where}access_key = "{ACCESS}"\n'


@contextmanager
def scene(folder: Path, victim: str) -> Iterator[Scene]:
    """victim: "database" has a server for it, "store" a bucket behind a gate; all else a file and a folder."""
    # The store would tell each request.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with ExitStack() as stack:
        site, mail = stack.enter_context(open_site()), stack.enter_context(open_mail_server())
        publish(site, folder, list(SHOWN))
        database = stack.enter_context(server()) if victim == "database" else None
        objects = stack.enter_context(store()) if victim == "store" else None
        standing = stack.enter_context(gate(urlsplit(objects.endpoint).port or 0)) if objects else None
        yield Scene(folder, site, mail, database, objects, standing)
