"""Which routes an account may ask for, by the route's name. A route that is named nowhere here answers nobody.

The session of an account keeps to its rows by itself; this stands before it, as monitor.cli.access stands before commands.
"""

from collections.abc import Mapping

from registry.kinds import Role, Scope

EVERYBODY = frozenset(Role)
_REGISTRARS = frozenset({Role.ADMIN, Role.REGISTRAR})
_REVIEWERS = frozenset({Role.ADMIN, Role.REVIEWER})

WITHOUT_ACCOUNT = frozenset(
    {
        *("alive", "ready", "metrics", "api.document", "api.check.key"),
        *("static", "console.sign_in", "console.signed_in", "console.sign_out", "console.open", "console.opening"),
        *("console.code", "console.passkey", "console.passkey.options", "console.issuer", "console.issuer.typed"),
        "console.issuer.back",
        *("enrol", "enrol.agree", "enrol.photos", "enrol.photo", "enrol.remove", "enrol.send"),
    }
)
"""Answer whoever asks, and tell nothing of a party; metrics answers this machine alone."""

_READ = (
    *("api.matches.list", "api.matches.show", "api.cases.list", "api.cases.show", "api.notices.list", "api.notices.show"),
    *("api.notices.due", "api.parties.list", "api.parties.show", "api.subjects.list", "api.subjects.show"),
    *("api.references.list", "api.references.show", "api.licences.list", "api.licences.show", "api.mandates.list"),
    *("api.mandates.show", "api.sources.list", "api.sources.show", "api.reports.list", "api.reports.file", "api.audit.list"),
    "api.agreement.show",
)
_SECONDS = ("api.seconds.list", "api.seconds.show")
_SECOND = ("api.seconds.decide", "api.seconds.back")
_DECIDE = ("api.matches.decide", "api.notices.record")
_REGISTRY = ("api.licences.add", "api.licences.end", "api.mandates.end")

_CHECK = ("api.check.ask",)

_PAGES = (
    *("home", "console.name", "console.named", "settings", "settings.end", "settings.others"),
    *(
        "queue",
        "queue.list",
        "queue.seen",
        "queue.next",
        "queue.item",
        "queue.still",
        "queue.media",
        "agreement",
        "reference.picture",
        "reference.sound",
    ),
    *("cases", "case", "case.bundle", "letters", "letter", "letter.file", "letter.form"),
    *("weekly", "weekly.file", "registry", "subject", "sources", "search", "audit", "tokens"),
)
_OWN = (
    *("console.confirm", "console.news", "console.told", "factors", "factors.begin", "factors.confirm", "factors.codes"),
    *(
        "factors.remove",
        "password",
        "password.set",
        "console.confirm.passkey",
        "passkeys.begin",
        "passkeys.add",
        "passkeys.remove",
    ),
)
"""About one's own account."""
_ACCOUNTS = (
    *("accounts", "account", "account.reset", "account.end", "account.link", "accounts.require", "token.issue", "token.end"),
    *("webhooks", "webhook", "webhook.add", "webhook.test", "webhook.secret", "webhook.remove"),
)
_REVIEWED = (
    *("queue.decide", "queue.bulk", "queue.lease", "queue.leave", "letter.approve", "letter.new", "letter.law", "letter.draft"),
    *("letter.mail", "letter.send", "letter.record", "case.seal"),
    *("second", "second.next", "second.item", "second.decide", "second.back", "second.lease"),
)

_ENTERED = (
    *("subject.add", "subject.rename", "alias.add", "alias.remove", "references.form", "references.add", "reference.remove"),
    *("rosters", "roster.send", "roster", "roster.import", "roster.again", "roster.discard", "roster.outcomes"),
    *("links", "link", "link.photo", "link.add", "link.accept", "link.refuse", "link.withdraw"),
    *("mandate.form", "mandate.add", "mandate.declare", "mandate.end", "licence.add", "licence.end"),
    *("subject.erasing", "subject.erase", "erasure"),
)
_OWNERS = ("source.add", "source.check", "source.pause", "source.resume", "source.leaving", "source.remove")
"""Of the machine itself: no account's."""

_ROUTES = {
    frozenset[Role](): _OWNERS,
    EVERYBODY: (*_READ, *_CHECK, *_PAGES, *_OWN),
    frozenset({Role.ADMIN}): _ACCOUNTS,
    _REVIEWERS: (*_DECIDE, *_SECONDS, *_SECOND, *_REVIEWED),
    _REGISTRARS: (*_REGISTRY, *_ENTERED),
}

ROLES: Mapping[str, frozenset[Role]] = {route: roles for roles, routes in _ROUTES.items() for route in routes}
"""The machine's owner, who has no account, may ask for all of them."""

FRESH = frozenset(
    {
        *(
            "letter.approve",
            "settings.end",
            "settings.others",
            "factors.begin",
            "factors.confirm",
            "factors.codes",
            "factors.remove",
            "password",
            "password.set",
        ),
        *(
            "passkeys.begin",
            "passkeys.add",
            "passkeys.remove",
            "account.reset",
            "account.end",
            "account.link",
            "accounts.require",
            "token.issue",
            "webhook.add",
            "webhook.secret",
            "subject.erase",
        ),
    }
)
"""What a browser may ask for only when whoever uses it proved lately who they are; the page for that keeps what was typed."""

ENROLLING = frozenset(
    {
        *("console.confirm", "console.confirm.passkey", "console.news", "console.told"),
        *("factors", "factors.begin", "factors.confirm", "passkeys.begin", "passkeys.add"),
    }
)
"""What somebody may ask for who needs a second factor, and has none."""

_SCOPES = {Scope.READ: (*_READ, *_SECONDS), Scope.DECIDE: (*_DECIDE, *_SECOND), Scope.REGISTRY: _REGISTRY, Scope.CHECK: _CHECK}

SCOPES: Mapping[str, Scope] = {route: scope for scope, routes in _SCOPES.items() for route in routes}
"""What a token must be for, besides, to ask for a route; one that is not here is for no token."""
