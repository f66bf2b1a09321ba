"""How an account proves to be itself."""

import pytest

from monitor.workspace import Workspace
from registry.accounts import (
    AccessRefused,
    Role,
    add_account,
    authenticate,
    caller_of_token,
    disable_account,
    issue_token,
    revoke_token,
    set_password,
)
from registry.db import now
from tests.integration.tenancy.two_parties import PASSWORD


def test_passwords_and_tokens(place: Workspace) -> None:
    with place.session() as session:
        account = add_account(session, "Gamma clerk", Role.AUDITOR, PASSWORD)
        assert account.password_hash.startswith("$argon2id$")
        assert authenticate(session, "Gamma  clerk", PASSWORD).role is Role.AUDITOR
        for name, password in (("Gamma clerk", PASSWORD + "x"), ("Gamma clerk", ""), ("Nobody", PASSWORD)):
            with pytest.raises(AccessRefused, match="name or the password"):
                authenticate(session, name, password)
        with pytest.raises(AccessRefused, match="12 to 1000"):
            set_password(session, account, "short")
        token, secret = issue_token(session, account, "script", ends_at=now().replace(year=2100))
        assert secret not in str(token.model_dump())
        assert caller_of_token(session, f" {secret}\n", now()).name == "Gamma clerk"
        with pytest.raises(AccessRefused, match="not valid"):
            caller_of_token(session, secret, now().replace(year=2101))
        with pytest.raises(AccessRefused, match="not valid"):
            caller_of_token(session, token.secret_hash, now())
        revoke_token(session, token.id, now())
        with pytest.raises(AccessRefused, match="not valid"):
            caller_of_token(session, secret, now())
        _, second = issue_token(session, account, "other")
        disable_account(session, account, now())
        with pytest.raises(AccessRefused, match="not valid"):
            caller_of_token(session, second, now())
        with pytest.raises(AccessRefused, match="name or the password"):
            authenticate(session, "Gamma clerk", PASSWORD)
        session.rollback()
