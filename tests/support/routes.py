"""Which pages an application has."""

from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute


def pages(app: Any) -> list[APIRoute]:
    """The routes of an application, also those of the routers that it includes."""

    def under(routes: Any) -> Iterator[APIRoute]:
        for route in routes:
            if isinstance(route, APIRoute):
                yield route
            else:
                yield from under(route.original_router.routes)

    return list(under(app.routes))
