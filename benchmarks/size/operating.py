"""What whoever runs the machine types: backups, restores, another key, another place for the vault; and the servers for it."""

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from benchmarks.size.asking import Asked

BACKUP = "backup {place}-backup --with-keys"


def operating() -> Iterator[Asked]:
    """The first backup of two takes all, the second what changed. Each restore comes to its end: the keys are in the backup."""
    yield from (Asked(BACKUP, changes=True), Asked(BACKUP, changes=True))
    yield Asked("restore {place}-backup --to {place}-restored", changes=True, needs=BACKUP)
    yield Asked("restore {place}-backup --to {place}-moved --database {database}", changes=True, needs=BACKUP)
    yield from (Asked("keys rotate", changes=True), Asked("vault move {bucket}", changes=True))


@contextmanager
def servers(words: Collection[str]) -> Iterator[tuple[Mapping[str, str], Mapping[str, str]]]:
    """What stands in these words for a server's database and a store's bucket, each on a server of its own on loopback, and
    what a command finds in its environment."""
    beside, environment = dict[str, str](), dict[str, str]()
    with ExitStack() as running:
        if any("{database}" in each for each in words):
            from tests.support.postgres_server import server

            beside["database"] = running.enter_context(server()).new_database()
        if any("{bucket}" in each for each in words):
            from tests.support.s3_store import ACCESS, SECRET, store

            # It would write a line for each of some hundred thousand requests.
            logging.getLogger("werkzeug").setLevel(logging.WARNING)
            place = running.enter_context(store()).new_place("size/")
            beside["bucket"] = f"s3://{place.bucket}/size"
            environment = {
                "SEMBLANCE_VAULT__ENDPOINT": place.endpoint,
                "SEMBLANCE_VAULT__ACCESS_KEY": ACCESS,
                "SEMBLANCE_VAULT__SECRET_KEY": SECRET,
            }
        yield beside, environment
