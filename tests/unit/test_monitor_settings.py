from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from monitor.pack_setting import write_packs
from monitor.settings import SettingsRefused, load_settings, workspace_folder
from registry.errors import ExitCode


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("SEMBLANCE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def written(folder: Path, text: str) -> Path:
    (folder / "semblance.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.packs == ("open",)
    assert settings.commercial
    assert settings.models == tmp_path / "cache" / "semblance" / "models"
    assert settings.crawl.allowed_networks == ()


def test_the_file_is_followed(tmp_path: Path) -> None:
    text = 'pack = "edge"\nmore_packs = ["x", "edge"]\nmodels = "here"\n[crawl]\nallowed_networks = ["127.0.0.0/8", "fd00::/8"]\n'
    settings = load_settings(written(tmp_path, text))
    assert settings.packs == ("edge", "x")
    assert settings.models == tmp_path / "here"
    assert settings.crawl.allowed_networks == (ip_network("127.0.0.0/8"), ip_network("fd00::/8"))


AUTHORITY = """\
[[timestamps.authorities]]
name = 'a'
url = 'http://a.example'
roots = 'a.pem'
"""


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_PACK", "edge")
    monkeypatch.setenv("SEMBLANCE_MODELS", "/somewhere/else")
    monkeypatch.setenv("SEMBLANCE_CRAWL__DELAY_SECONDS", "0.5")
    settings = load_settings(written(tmp_path, 'pack = "open"\n[crawl]\nmax_pages = 7\n'))
    assert (settings.pack, settings.models) == ("edge", Path("/somewhere/else"))
    assert (settings.crawl.delay_seconds, settings.crawl.max_pages) == (0.5, 7)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("pak = 'open'", "no setting pak"),
        ("[crawl]\nmax_page = 3", "no setting crawl.max_page .*max_pages"),
        ("[crawler]\nmax_pages = 3", "no setting crawler"),
        ("[crawl]\nmax_pages = 0", "crawl.max_pages is wrong"),
        ("[crawl]\nallowed_networks = ['nowhere']", "crawl.allowed_networks"),
        ("pack = ", "cannot be read"),
        (AUTHORITY.replace("roots", "root"), "no setting timestamps.authorities.0.root .*as SEMBLANCE_TIMESTAMPS__AUTHORITIES"),
        (AUTHORITY.replace("'a'", "'../a'"), "timestamps.authorities.0.name"),
        (AUTHORITY.replace("http://a.example", "file:///etc/passwd"), "timestamps.authorities.0.url"),
        (AUTHORITY * 2, "two authorities have one name"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsRefused, match=named) as refusal:
        load_settings(written(tmp_path, text))
    assert refusal.value.exit_code == ExitCode.WRONG_USE
    assert refusal.value.remedy


@pytest.mark.parametrize("name", ["SEMBLANCE_PAK", "SEMBLANCE_CRAWLER__MAX_PAGES", "SEMBLANCE_CRAWL__MAX_PAGE"])
def test_a_misspelt_variable_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "3")
    with pytest.raises(SettingsRefused, match="no setting"):
        load_settings()


def test_settings_do_not_change(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    with pytest.raises(ValidationError):
        settings.pack = "edge"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        settings.crawl.max_pages = 3  # type: ignore[misc]


def test_using_a_pack_changes_that_line_alone(tmp_path: Path) -> None:
    written(tmp_path, '# mine\npack = "open"\n[crawl]\nmax_pages = 7\n')
    write_packs(tmp_path, {"pack": "edge"})
    settings = load_settings(tmp_path)
    assert (settings.pack, settings.crawl.max_pages) == ("edge", 7)
    assert "# mine" in (tmp_path / "semblance.toml").read_text("utf-8")
    write_packs(tmp_path, {"pack": "other"}, ["other"])
    settings = load_settings(tmp_path)
    assert (settings.pack, settings.accepted_licences, settings.crawl.max_pages) == ("other", ("other",), 7)
    with pytest.raises(SettingsRefused, match="not a workspace"):
        write_packs(tmp_path / "elsewhere", {"pack": "edge"})


def test_the_workspace_is_the_one_given_or_named_or_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert workspace_folder(None) == tmp_path
    monkeypatch.setenv("SEMBLANCE_WORKSPACE", str(tmp_path / "named"))
    assert workspace_folder(None) == tmp_path / "named"
    assert workspace_folder(tmp_path / "given") == tmp_path / "given"


@pytest.mark.parametrize("text", ['_env_file = "/etc/passwd"', "_cli_parse_args = true", '_secrets_dir = "/etc"', "keys = 1"])
def test_what_the_settings_library_takes_for_itself_is_no_setting(tmp_path: Path, text: str) -> None:
    written(tmp_path, f"{text}\n")
    with pytest.raises(SettingsRefused, match=text.split()[0]):
        load_settings(tmp_path)
