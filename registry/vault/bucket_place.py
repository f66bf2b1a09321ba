"""Where in a bucket objects lie, and who asks for them."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Place:
    """Where objects lie. endpoint, region: "" for what boto3 finds out by itself, and so are access_key and secret_key.

    prefix: what their keys begin with, "" or ending in "/". lock_mode: GOVERNANCE or COMPLIANCE.
    """

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    lock_mode: str = "GOVERNANCE"

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"
