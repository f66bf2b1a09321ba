"""The settings: one frozen tree out of semblance.toml and SEMBLANCE_*. Nothing else in the project reads the environment."""

import getpass
import os
import tomllib
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from monitor.settings_database import DatabaseSettings, holds_password
from monitor.settings_engine import EngineSettings
from monitor.settings_log import LogSettings
from monitor.settings_outside import EvidenceSettings, MailSettings, TimestampSettings
from monitor.settings_report import ReportSettings
from monitor.settings_section import Section
from monitor.settings_serve import ServeSettings, SignOnSettings
from monitor.settings_vault import VaultSettings
from registry.actions import Action
from registry.errors import SemblanceError

FILE_NAME = "semblance.toml"
PREFIX = "SEMBLANCE_"
NESTED = "__"
# Variables that are no settings of a workspace: where it lies, and where tests find their data.
NOT_SETTINGS = frozenset({"SEMBLANCE_WORKSPACE", "SEMBLANCE_TOKEN", "SEMBLANCE_TEST_DATA", "SEMBLANCE_TEST_DATABASE"})

MIB = 1 << 20
_SECRETS = (
    ("keys", "secret", "the key"),
    ("mail", "password", "the password"),
    ("database", "password", "the password"),
    ("sign_on", "client_secret", "the client secret"),
    ("vault", "secret_key", "the secret of the vault's access key"),
)


class SettingsRefused(SemblanceError):
    """A settings file or variable that cannot be followed."""


class OperatorSettings(Section):
    """Who runs this. contact: an address or page that a site's owner reaches; it goes into the User-Agent header."""

    name: str = ""
    contact: str = ""


class CrawlSettings(Section):
    """allowed_networks: private networks that are watched on purpose, in CIDR notation. allowed_ports: empty allows all.

    delay_seconds: between two requests to one host. max_seconds: for the crawl of all sources together. youtube_key: for sources
    of the kind youtube. listing_limit: how many videos yt-dlp lists of one channel or search. document_seconds,
    document_memory: what one page, feed or sitemap may take to be read, in seconds and bytes.
    """

    max_pages: Annotated[int, Field(gt=0)] = 200
    max_depth: Annotated[int, Field(ge=0)] = 1
    delay_seconds: Annotated[float, Field(ge=0)] = 1.0
    max_seconds: Annotated[float, Field(gt=0)] = 1800.0
    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    allowed_ports: tuple[int, ...] = (80, 443, 8080, 8443)
    allowed_schemes: tuple[str, ...] = ("http", "https")
    youtube_key: SecretStr = SecretStr("")
    listing_limit: Annotated[int, Field(gt=0, le=500)] = 50
    document_seconds: Annotated[float, Field(gt=0)] = 10.0
    document_memory: Annotated[int, Field(ge=256 * MIB)] = 1024 * MIB


class CaptureSettings(Section):
    """max_bytes, max_seconds: for one media file. recheck_hours: after which a captured video that a source still shows is looked
    at again. screenshots: whether the page is pictured where Chromium is installed. workers: how many videos are worked on at a
    time, of as many sites; one site is never asked for two videos at once, and one host never for two things.
    """

    max_bytes: Annotated[int, Field(gt=0)] = 2048 * MIB
    max_seconds: Annotated[float, Field(gt=0)] = 900.0
    recheck_hours: Annotated[float, Field(gt=0)] = 168.0
    screenshots: bool = True
    workers: Annotated[int, Field(gt=0, le=64)] = 32


class ScanSettings(Section):
    """Bounds for looking at one media file, in a process of its own. workers: such processes at a time; 0: one per core.

    picture_seconds: for decoding one still picture, such as a reference or a photo of a roster. again_days: captures of so many
    days are looked at again when somebody is looked for who was not; older ones are not, and runs and reports say so.
    """

    workers: Annotated[int, Field(ge=0, le=256)] = 0
    max_seconds: Annotated[float, Field(gt=0)] = 1800.0
    max_memory: Annotated[int, Field(ge=256 * MIB)] = 1024 * MIB
    picture_seconds: Annotated[float, Field(gt=0)] = 60.0
    again_days: Annotated[int, Field(ge=0)] = 30


class KeySettings(Section):
    """The keys for data at rest: the first of secret, command and file that is given.

    secret: the keys themselves, from the variable SEMBLANCE_KEYS__SECRET alone. command: a program that prints them, such as a
    KMS client. file: relative to the workspace; on a machine of your own it may lie elsewhere than the data.
    """

    file: Path = Path("keys/data.key")
    secret: SecretStr | None = None
    command: tuple[str, ...] = ()


class RetentionSettings(Section):
    """How many days things of people are kept. after_mandate_days: once no mandate or consent is valid any more.

    without_mandate_days: for a person who was enrolled and for whom none ever came. unmatched_capture_days: for videos in
    which nothing was matched.
    """

    after_mandate_days: Annotated[int, Field(ge=0)] = 90
    without_mandate_days: Annotated[int, Field(ge=1)] = 180
    unmatched_capture_days: Annotated[int, Field(ge=1)] = 90


class Settings(BaseSettings):
    """pack: the models for faces; "" for none. more_packs: packs used beside it, such as an image encoder for characters.

    commercial: whether packs for research only are refused. accepted_licences: packs whose licence a person accepted.
    models_mirror: an https address or a folder with the files that packs are made of, where their publishers are not reached.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter=NESTED)

    pack: str = "open"
    more_packs: tuple[str, ...] = ()
    commercial: bool = True
    accepted_licences: tuple[str, ...] = ()
    models: Path = Field(default_factory=lambda: cache_folder() / "models")
    models_mirror: str = ""
    operator: OperatorSettings = OperatorSettings()
    crawl: CrawlSettings = CrawlSettings()
    capture: CaptureSettings = CaptureSettings()
    scan: ScanSettings = ScanSettings()
    engine: EngineSettings = EngineSettings()
    report: ReportSettings = ReportSettings()
    keys: KeySettings = KeySettings()
    retention: RetentionSettings = RetentionSettings()
    timestamps: TimestampSettings = TimestampSettings()
    mail: MailSettings = MailSettings()
    log: LogSettings = LogSettings()
    database: DatabaseSettings = DatabaseSettings()
    vault: VaultSettings = VaultSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    serve: ServeSettings = ServeSettings()
    sign_on: SignOnSettings = SignOnSettings()

    @property
    def packs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(pack for pack in (self.pack, *self.more_packs) if pack))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # What the file says comes in as arguments; the environment goes before it.
        return env_settings, init_settings


def load_settings(folder: Path | None = None) -> Settings:
    """The settings of the workspace in folder, or those of the environment alone. Raises SettingsRefused."""
    written = _read_file(folder / FILE_NAME) if folder is not None else {}
    _refuse_unknown_variables(os.environ)
    # pydantic-settings takes arguments of its own, such as _env_file, from among the keys.
    if unknown := next((name for name in written if name not in Settings.model_fields), None):
        raise _refusal({"type": "extra_forbidden", "loc": (unknown,)})
    for section, name, what in _SECRETS:
        held = written.get(section)
        if isinstance(held, dict) and name in held:
            variable = f"{PREFIX}{section}{NESTED}{name}".upper()
            raise SettingsRefused(f"{FILE_NAME} holds {what} itself.", f"Take {section}.{name} out; set {variable} instead.")
    database = written.get("database")
    if isinstance(database, dict) and holds_password(str(database.get("url", ""))):
        raise SettingsRefused(
            f"{FILE_NAME} holds the password itself.", "Take it out of database.url; set SEMBLANCE_DATABASE__PASSWORD instead."
        )
    try:
        settings = Settings(**written)
    except ValidationError as error:
        # A key that nobody knows is what somebody mistyped, where another one lacks.
        raise _refusal(min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")) from error
    if folder is not None and not settings.models.is_absolute():
        return settings.model_copy(update={"models": folder / settings.models})
    return settings


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsRefused(
            f"{path} cannot be read: {error}.", "Mend the file, or remove it and make it anew.", Action.MAKE_WORKSPACE
        ) from error


def _refusal(error: Mapping[str, Any]) -> SettingsRefused:
    key = ".".join(map(str, error["loc"])) or "the file"
    # A list is one variable, in JSON.
    variable = PREFIX + NESTED.join(takewhile(lambda part: isinstance(part, str), error["loc"])).upper()
    if error["type"] == "extra_forbidden":
        section: Any = _section(error["loc"][:-1])
        return SettingsRefused(
            f"There is no setting {key} (in {FILE_NAME} or as {variable}).",
            f"Remove it or mend its spelling; known here: {_listed(section.model_fields)}.",
        )
    return SettingsRefused(f"The setting {key} is wrong: {error['msg']}.", f"Mend it in {FILE_NAME}, or the variable {variable}.")


def _section(path: Iterable[str | int]) -> Any:
    section: Any = Settings
    for key in path:
        # Of a list, what each of its entries is.
        section = get_args(section)[0] if isinstance(key, int) else section.model_fields[key].annotation
    return section


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for variable in environment:
        if variable.startswith(PREFIX) and variable not in NOT_SETTINGS and variable.partition(NESTED)[0] not in known:
            raise SettingsRefused(f"There is no setting for the variable {variable}.", f"Unset it; known: {_listed(known)}.")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def workspace_folder(given: Path | None) -> Path:
    """The folder of the workspace: the one given, $SEMBLANCE_WORKSPACE, or the current folder."""
    return (given or Path(os.environ.get("SEMBLANCE_WORKSPACE") or ".")).absolute()


def os_user() -> str:
    """The name of whoever runs this, as the system knows it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def access_token() -> str | None:
    """The token of the account that a command is to act for, $SEMBLANCE_TOKEN; None when it is not set.

    Raises SettingsRefused when it is set to nothing: a secret that failed to load must not make its bearer the machine's owner.
    """
    token = os.environ.get("SEMBLANCE_TOKEN")
    if token is not None and not token.strip():
        raise SettingsRefused(
            "SEMBLANCE_TOKEN is set, and empty.", "Set it to a token, or unset it to act as whoever runs this machine."
        )
    return token


def cache_folder() -> Path:
    """Where this user's caches of Semblance lie."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "semblance"


def accepting(settings: Settings, *packs: str) -> Settings:
    """The settings with the declaration that the operator holds a licence for those packs."""
    accepted = tuple(dict.fromkeys((*settings.accepted_licences, *packs)))
    return settings.model_copy(update={"accepted_licences": accepted})
