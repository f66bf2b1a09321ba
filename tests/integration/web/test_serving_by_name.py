"""Where a server is to be opened: by name, where passkeys work, unless another program answers there."""

import socket
from pathlib import Path

import pytest
import requests

from monitor.web.server import _also_by_name, _listening
from monitor.workspace import init_workspace
from registry.causes import OutsideCause
from tests.support.api_desk import serving


def has_the_other_number() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_it_is_printed_by_name_and_answers_at_whatever_that_stands_for(tmp_path: Path) -> None:
    init_workspace(tmp_path / "work")
    with serving(tmp_path / "work") as (base, process):
        assert base.startswith("http://localhost:")
        assert process.stdout is not None
        assert "http://localhost:" in process.stdout.readline()
        port = base.rpartition(":")[2]
        assert requests.get(base + "/sign-in", timeout=60).ok
        assert requests.get(f"http://127.0.0.1:{port}/sign-in", timeout=60).ok
        if has_the_other_number():
            answer = requests.get(f"http://[::1]:{port}/sign-in", headers={"Host": f"localhost:{port}"}, timeout=60)
            assert answer.ok


@pytest.mark.skipif(not has_the_other_number(), reason="this machine has no ::1")
def test_where_another_program_answers_there_no_link_is_given_to_it() -> None:
    with _listening(0) as own:
        port = own.getsockname()[1]
        with (
            socket.create_server(("::1", port), family=socket.AF_INET6),
            pytest.raises(OutsideCause, match="Nothing can be served at"),
        ):
            _also_by_name(port)
