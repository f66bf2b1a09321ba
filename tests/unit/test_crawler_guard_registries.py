"""The guard beside the IANA's registries of special-purpose addresses, of IPv6 address space and of multicast."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import Refused
from crawler.guard import GuardPolicy, check_address, check_url

# Both registries wholly, as of the autumn of 2026, each block with what it is for. Of those that they call globally reachable,
# only AS112's and AMT's anycast prefixes outside of 192.0.0.0/24 and 2001::/23 are let through: those are ordinary addresses.
REFUSED = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private use",
    "100.64.0.0/10": "shared address space",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link local",
    "172.16.0.0/12": "private use",
    "192.0.0.0/24": "IETF protocol assignments, with 192.0.0.0/29, .8, .9 (PCP), .10 (TURN), .170 and .171 (NAT64)",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "6to4 relays",
    "192.168.0.0/16": "private use",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "255.255.255.255/32": "limited broadcast",
    "::1/128": "loopback",
    "::/128": "unspecified",
    "::/96": "IPv4-compatible",
    "::ffff:0:0/96": "IPv4-mapped",
    "::ffff:0:0:0/96": "IPv4-translated",
    "64:ff9b::/96": "NAT64",
    "64:ff9b:1::/48": "NAT64 of one's own",
    "100::/64": "discard only",
    "100:0:0:1::/64": "dummy prefix",
    "200::/7": "once OSI's",
    "2001::/23": "IETF protocol assignments",
    "2001::/32": "Teredo",
    "2001:1::1/128": "PCP anycast",
    "2001:1::2/128": "TURN anycast",
    "2001:1::3/128": "DNS-SD anycast",
    "2001:2::/48": "benchmarking",
    "2001:3::/32": "AMT",
    "2001:4:112::/48": "AS112",
    "2001:10::/28": "once ORCHID",
    "2001:20::/28": "ORCHIDv2",
    "2001:30::/28": "identifiers of drones",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "3fff::/20": "documentation",
    "4000::/3": "not assigned",
    "5f00::/16": "segment identifiers of SRv6",
    "8000::/3": "not assigned",
    "e000::/4": "not assigned",
    "fc00::/7": "unique local",
    "fe80::/10": "link local",
    "fec0::/10": "once site local",
    "ff00::/8": "multicast",
}
PUBLIC = {
    "192.31.196.0/24": "AS112",
    "192.52.193.0/24": "AMT",
    "192.175.48.0/24": "AS112",
    "2620:4f:8000::/48": "AS112",
    "2001:200::/23": "a registry of the region's",
    "2606:2800::/32": "a network",
    "2a00::/12": "a registry of the region's",
    "3ffe::/16": "once 6bone, not held back any more",
    "93.184.216.0/24": "a network",
    "223.255.255.0/24": "the last of the unicast ones",
    "1.0.0.0/24": "the first",
}
INWARD = [IPv4Address(each) for each in ("127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200")]


def allowed(address: str, policy: GuardPolicy | None = None) -> bool:
    try:
        check_address(address, policy or GuardPolicy())
    except Refused:
        return False
    return True


def of(block: str) -> list[str]:
    network = ip_network(block)
    first, last = int(network.network_address), int(network.broadcast_address)
    make = IPv4Address if network.version == 4 else IPv6Address
    return [str(make(each)) for each in sorted({first, first + (last - first) // 3, last})]


@pytest.mark.parametrize("block", REFUSED)
def test_what_the_registries_hold_back_is_refused(block: str) -> None:
    for address in of(block):
        assert not allowed(address), address
        with pytest.raises(Refused):
            check_url(f"https://[{address}]/" if ":" in address else f"https://{address}/", GuardPolicy())


@pytest.mark.parametrize("block", PUBLIC)
def test_ordinary_addresses_are_let_through(block: str) -> None:
    for address in of(block):
        assert allowed(address), address


def wrapped(inner: IPv4Address) -> dict[str, IPv6Address]:
    low = int(inner)
    return {
        "compatible": IPv6Address(low),
        "mapped": IPv6Address(0xFFFF << 32 | low),
        "translated": IPv6Address(0xFFFF << 48 | low),
        "NAT64": IPv6Address(0x0064_FF9B << 96 | low),
        "NAT64 of one's own": IPv6Address(0x0064_FF9B_0001 << 80 | low),
        "6to4": IPv6Address(0x2002 << 112 | low << 80 | 1),
        "Teredo": IPv6Address(0x2001 << 112 | (low ^ 0xFFFF_FFFF)),
        "Teredo server": IPv6Address(0x2001 << 112 | low << 64 | 0x1234),
        "ISATAP": IPv6Address(0x2606_2800 << 96 | 0x5EFE << 32 | low),
        "ISATAP, global": IPv6Address(0x2606_2800 << 96 | 0x0200_5EFE << 32 | low),
        "ISATAP, link local": IPv6Address(0xFE80 << 112 | 0x5EFE << 32 | low),
    }


@pytest.mark.parametrize("inner", INWARD, ids=str)
def test_an_inward_address_in_any_wrapping_is_refused(inner: IPv4Address) -> None:
    for how, address in wrapped(inner).items():
        assert not allowed(str(address)), how


@pytest.mark.parametrize("inner", ["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192"])
def test_no_setting_opens_credentials_in_any_wrapping(inner: str) -> None:
    everything = GuardPolicy.allowing("0.0.0.0/0", "::/0")
    assert not allowed(inner, everything)
    for how, address in wrapped(IPv4Address(inner)).items():
        assert not allowed(str(address), everything), how


def test_a_zone_is_never_public() -> None:
    assert not allowed("2606:2800::1%eth0")
    assert not allowed("fe80::1%1")


@given(st.ip_addresses())
def test_nothing_is_let_through_that_the_library_holds_back(address: IPv4Address | IPv6Address) -> None:
    if allowed(str(address)):
        assert ip_address(str(address)).is_global
        assert not address.is_multicast
