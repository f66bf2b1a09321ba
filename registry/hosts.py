"""Host names as licences compare them."""

import ipaddress

from registry.hostnames import ascii_host


def host_within(host: str | None, domain: str) -> bool:
    """Whether host is the domain or lies under it; an address of numbers has nothing under it."""
    if not host:
        return False
    plain, wanted = plain_host(host), plain_host(domain)
    return plain == wanted or (bool(wanted) and not is_address(plain) and plain.endswith("." + wanted))


def plain_host(host: str) -> str:
    """A host name as it is compared: lower case, in its ASCII form, without the root's dot."""
    bare = host.strip().rstrip(".")
    try:
        return ascii_host(bare).rstrip(".")
    except ValueError:
        return bare.lower()


def is_address(host: str) -> bool:
    """Whether a host is an IP address, in brackets or not, and no name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def is_nameable(host: str) -> bool:
    """Whether a plain host can be named in a licence: an address or a name below a top-level domain, with nothing around it."""
    labels = host.split(".")
    well_formed = all(labels) and not set(host) & set("/:@?#* ")
    return is_address(host) or host == "localhost" or (well_formed and len(labels) > 1 and not labels[-1].isdigit())
