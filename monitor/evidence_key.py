"""The key that seals a workspace's evidence bundles, in a file of ours or behind a command that the settings name."""

from pathlib import Path

from monitor.settings import Settings
from monitor.workspace import Workspace
from reports.signing.command import CommandSigner
from reports.signing.errors import KeyUnusable
from reports.signing.forms import fingerprint
from reports.signing.key_file import own_fingerprint as file_fingerprint
from reports.signing.key_file import signing_key
from reports.signing.signer import Signer


def own_fingerprint(workspace: Workspace) -> str:
    """That of the key that seals this workspace's bundles; made where there is none yet."""
    return evidence_key(workspace).fingerprint


def known_fingerprint(root: Path, settings: Settings) -> str | None:
    """That of the key that seals the bundles of a workspace in that folder; None where none can be read. Makes none."""
    asked = settings.evidence
    if asked.public_key is None:
        return file_fingerprint(root / "keys")
    try:
        return fingerprint((root / asked.public_key).read_bytes())
    except OSError:
        return None


def evidence_key(workspace: Workspace) -> Signer:
    """The key that seals this workspace's bundles; made where there is none yet. Raises KeyUnusable."""
    asked = workspace.settings.evidence
    if asked.public_key is None:
        return signing_key(workspace.keys)
    file = workspace.root / asked.public_key
    try:
        public = file.read_bytes()
    except OSError as error:
        raise KeyUnusable(
            f"The public key {file} cannot be read: {error.strerror}.", "Put it there in PEM, or mend evidence.public_key."
        ) from error
    return CommandSigner(asked.sign_command, public, asked.sign_seconds, workspace.keys)
