"""How every list of the API is asked for and answered."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Query
from sqlmodel import Session
from starlette.responses import Response

from monitor.web.api.cursors import Cursors
from monitor.web.api.written import told, written
from monitor.web.asked import Asked, Asking
from registry.paging import Listed, Part

MOST = 500

Text = Annotated[str, Query(max_length=200)]


class Asks:
    """A part of a list, as it was asked for."""

    def __init__(
        self,
        asked: Asking,
        search: Annotated[str, Query(max_length=200, description="Only rows that hold this text, whatever its case.")] = "",
        limit: Annotated[int, Query(ge=1, le=MOST, description="At most so many rows.")] = 100,
        after: Annotated[str | None, Query(max_length=4000, description="The `next` of the part before.")] = None,
    ) -> None:
        self.asked, self._given = asked, (search, limit, after)

    def answer(self, rows: Callable[[Session, Part], Listed[Any]]) -> Response:
        """What the service gives of it, for whoever asks."""
        with self.asked.acting() as workspace, workspace.session() as session:
            found = rows(session, self._part())
            every = list(found.rows)
        more = found.more and bool(every)
        return told([row for row, _ in every], found.more, self._cursors.signed(self.asked, every[-1][1]) if more else None)

    def _part(self) -> Part:
        search, limit, after = self._given
        return Part(search, limit, None if after is None else self._cursors.opened(self.asked, after))

    @property
    def _cursors(self) -> Cursors:
        found: Cursors = self.asked.request.app.state.cursors
        return found


SomeRows = Annotated[Asks, Depends()]


def one(asked: Asked, row: Callable[[Session], object]) -> Response:
    """One thing that a service tells, for whoever asks."""
    with asked.acting() as workspace, workspace.session() as session:
        return written(row(session))
