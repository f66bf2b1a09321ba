"""The command line and second factors: --as asks for one, and whoever runs the machine looks after them."""

import json
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from monitor.cli.main import main
from monitor.workspace import Workspace
from registry.accounts import find_account
from registry.audit import AuditEntry
from registry.db import now
from registry.second_factors import begin_totp, confirm_totp, set_rule
from tests.support.authenticator import Authenticator
from tests.support.tenancy.two_parties import PASSWORD

Typed = Callable[..., tuple[int, str]]


@pytest.fixture
def typed(place: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types a command, and what it asks for in secret."""

    def type_command(*words: str, secrets: tuple[str, ...] = ()) -> tuple[int, str]:
        waiting = iter(secrets)
        monkeypatch.setattr("getpass.getpass", lambda *_, **__: next(waiting))
        monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(place.root), *words])
        code = main()
        said = capsys.readouterr()
        return code, said.out + said.err

    return type_command


def test_as_asks_for_the_code_too_until_the_owner_takes_the_factor_away(place: Workspace, typed: Typed) -> None:
    with Session(place.engine) as session:
        account, at = find_account(session, "Alpha clerk"), now() - timedelta(hours=1)
        phone = Authenticator(begin_totp(session, account, at).secret.replace(" ", ""))
        codes = confirm_totp(session, account, phone.code(at), at)
    command = ("--as", "Alpha clerk", "party", "list")
    assert typed(*command, secrets=(PASSWORD, "000000"))[0] == 2
    assert typed(*command, secrets=(PASSWORD, codes[0]))[0] == 0
    code, said = typed(*command, secrets=(PASSWORD, codes[0]))
    assert (code, "was used already" in said) == (2, True)
    held = json.loads(typed("account", "factors", "Alpha clerk", "--json")[1])
    assert (held["authenticator"], held["recovery_codes"], held["passkeys"]) == (True, 9, 0)
    assert typed("account", "reset-factors", "Alpha clerk")[0] == 0
    assert typed(*command, secrets=(PASSWORD,))[0] == 0


def test_as_lets_nobody_in_without_the_factor_that_a_partys_rule_asks_for(place: Workspace, typed: Typed) -> None:
    command = ("--as", "Beta clerk", "party", "list")
    with Session(place.engine) as session:
        party_id = str(find_account(session, "Beta clerk").party_id)
        set_rule(session, party_id, needed=True)
        session.commit()
    code, said = typed(*command, secrets=(PASSWORD,))
    assert (code, "set one up under Settings" in " ".join(said.split())) == (2, True)
    with Session(place.engine) as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.table_name == "account")).all()[-1]
        assert (entry.action, entry.detail) == ("refuse", {"by": "password without a second factor"})
        set_rule(session, party_id, needed=False)
        session.commit()
    assert typed(*command, secrets=(PASSWORD,))[0] == 0
