"""The one importer of boto3: a client for a place in a bucket, and what it raises in our words."""

from typing import Any

from registry.errors import SemblanceError
from registry.vault.bucket_place import Place
from registry.vault.files import VaultUnusable

_REFUSED = frozenset(
    {
        "401",
        "403",
        "AccessDenied",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidToken",
        "AllAccessDisabled",
    }
)
_PASSES = frozenset(
    {"SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "Throttling", "NoSuchUpload", "OperationAborted"}
)
_ATTEMPTS = 4


def client_for(place: Place) -> Any:
    """Raises VaultUnusable where boto3 is not installed, or makes no client of the place."""
    try:
        from boto3.session import Session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise VaultUnusable("What speaks to S3 stores is not installed.", "Install it: pip install 'semblance[s3]'.") from error
    config = Config(
        connect_timeout=10,
        read_timeout=60,
        max_pool_connections=64,
        # Else addresses for browsers are signed in a way that newer stores refuse.
        signature_version="s3v4",
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        # Bucket names in host names need a name server that knows them, which stores of one's own rarely have.
        s3={"addressing_style": "path" if place.endpoint else "auto"},
        # Many compatible stores refuse the checksums that boto3 adds, and ours is read back.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    given = {"aws_access_key_id": place.access_key, "aws_secret_access_key": place.secret_key} if place.access_key else {}
    region = place.region or ("us-east-1" if place.endpoint else None)
    try:
        return Session().client("s3", endpoint_url=place.endpoint or None, region_name=region, config=config, **given)
    except (BotoCoreError, ValueError) as error:
        raise VaultUnusable(
            f"No S3 client can be made for {place}: {type(error).__name__}.", "Check vault.endpoint and vault.region."
        ) from error


def in_our_words(error: Exception, place: Place, doing: str) -> SemblanceError | None:
    """What an error of the client comes to; None for one that is not the client's. doing: the verb of what was tried."""
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectionError,
        CredentialRetrievalError,
        HTTPClientError,
        NoCredentialsError,
        PartialCredentialsError,
    )

    if isinstance(error, ClientError):
        return _answered(str(error.response.get("Error", {}).get("Code", "")), _status(error), place, doing)
    if isinstance(error, NoCredentialsError | PartialCredentialsError | CredentialRetrievalError):
        return VaultUnusable(
            f"There are no credentials for {place}.",
            "Set vault.access_key and SEMBLANCE_VAULT__SECRET_KEY, or AWS's own variables.",
        )
    if isinstance(error, ConnectionError | HTTPClientError) or "Incomplete" in type(error).__name__:
        return VaultUnusable(
            f"The S3 store at {_where(place)} cannot be reached, or broke off ({type(error).__name__}).",
            "Check the network and vault.endpoint; what was begun is done again the next time.",
            retryable=True,
        )
    if isinstance(error, BotoCoreError):
        return VaultUnusable(f"The S3 store could not {doing} ({type(error).__name__}).", "Check the settings under [vault].")
    return None


def _answered(code: str, status: int, place: Place, doing: str) -> VaultUnusable:
    if code == "NoSuchBucket":
        return VaultUnusable(f"There is no bucket {place.bucket} at {_where(place)}.", "Make it, or mend vault.url.")
    if code == "RequestTimeTooSkewed":
        return VaultUnusable("The S3 store's clock and this machine's are apart.", "Set this machine's clock.")
    if code in _REFUSED:
        return VaultUnusable(
            f"The S3 store at {_where(place)} did not let us {doing} in {place} ({code}).",
            "Check the access key and its secret, and that they may read, write, list and delete there (docs/s3.md).",
        )
    if code in _PASSES or status >= 500:
        return VaultUnusable(
            f"The S3 store at {_where(place)} could not {doing} just now ({code}).", "Try again in a while.", retryable=True
        )
    return VaultUnusable(f"The S3 store at {_where(place)} could not {doing} ({code}).", "Ask who runs it what that means there.")


def _status(error: Any) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _where(place: Place) -> str:
    return place.endpoint or "AWS"
