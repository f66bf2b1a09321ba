"""Which commands an account may use. What is not named here is for whoever runs this machine, who has no account.

The session of an account keeps to its rows by itself; this stands before it, since a command may change files, settings and keys
before it asks the database for anything.
"""

from collections.abc import Mapping

from registry.kinds import Role

EVERYBODY = frozenset(Role)
_ADMINS = frozenset({Role.ADMIN})
_REGISTRARS = frozenset({Role.ADMIN, Role.REGISTRAR})
_REVIEWERS = frozenset({Role.ADMIN, Role.REVIEWER})

_COMMANDS = {
    EVERYBODY: (
        *("party list", "party show", "subject list", "subject show", "reference list", "reference show", "reference check"),
        *("account list", "account tokens", "members check-link", "licence list", "licence show", "allow list"),
        *("members list", "members compare", "members refused", "members imports", "members links"),
        *("mandate list", "mandate show", "group list", "portrayal list", "source list", "source show", "review list"),
        *(
            "identity list",
            "case list",
            "case show",
            "review agreement",
            "family show",
            "notice list",
            "notice show",
            "notice status",
            "notice form",
            "privacy report",
            "privacy retention",
        ),
        *("privacy records", "audit verify", "audit list"),
    ),
    _ADMINS: (
        *("party add", "party edit", "account add", "account password", "account disable", "account token"),
        *("account revoke-token", "webhook add", "webhook list", "webhook remove", "webhook test", "webhook rotate"),
    ),
    _REGISTRARS: (
        *(
            "subject add",
            "subject rename",
            "subject life",
            "subject alias",
            "erase",
            "reference add",
            "reference revoke",
            "members import",
            "members invite",
            "members link",
            "members end-link",
            "members take-in",
            "members turn-down",
        ),
        *("members numbers", "members accept", "members refuse", "members take-back"),
        *("licence add", "licence revoke", "allow add", "allow revoke", "mandate add", "mandate add-for-all"),
        *("members leave", "mandate document", "privacy export", "privacy basis", "privacy minor", "privacy release"),
        *("mandate declare", "mandate revoke", "group add", "group put", "group take", "portrayal add", "portrayal revoke"),
    ),
    _REVIEWERS: (
        *("review confirm", "review reject", "review permit", "review reopen", "case export", "evidence export"),
        *("evidence certificate", "family part"),
        *("evidence fingerprint", "notice draft", "notice approve", "notice send", "notice sent", "notice record"),
    ),
    _REGISTRARS | _REVIEWERS: ("report weekly", "report monthly", "report sent"),
}

ROLES: Mapping[str, frozenset[Role]] = {command: roles for roles, commands in _COMMANDS.items() for command in commands}

WITHOUT_WORKSPACE = frozenset(
    {"scan", "evaluate", "evidence verify", "evidence replay", "notice laws", "keys new", "models list", "models verify"},
)
"""Read nothing of a workspace but its settings, and change nothing of it: for anybody."""
