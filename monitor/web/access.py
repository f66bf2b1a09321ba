"""Which routes an account may ask for, by the route's name. A route that is named nowhere here answers nobody.

The session of an account keeps to its rows by itself; this stands before it, as monitor.cli.access stands before commands.
"""

from collections.abc import Mapping

from registry.kinds import Role

EVERYBODY = frozenset(Role)

WITHOUT_ACCOUNT = frozenset({"alive"})
"""Answer whoever asks, and read nothing of a party."""

_ROUTES = {
    EVERYBODY: ("api.matches",),
}

ROLES: Mapping[str, frozenset[Role]] = {route: roles for roles, routes in _ROUTES.items() for route in routes}
"""The machine's owner, who has no account, may ask for all of them."""
