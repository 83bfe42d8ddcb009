"""Only addresses of the public internet are public, however they are spelled."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.addresses import forbidden, is_public

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "110.242.68.66",
    "168.63.129.17",
    "2400:3200::1",
    "2606:4700::1111",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
]
NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.19.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:0:7f00:1",
    "::ffff:10.1.2.3",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "2400:3200::5efe:10.0.0.1",
    "2400:3200::200:5efe:192.168.0.1",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "",
    "localhost",
    "2130706433",
    "0x7f000001",
    "127.1",
    "0177.0.0.1",
    "１２７.０.０.１",
    "127.0.0.1.",
    "[::1]",
    "8.8.8.8/8",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_not_public(address: str) -> None:
    reason = forbidden(address)
    assert reason is not None
    assert ":" in reason


def test_a_reason_names_the_network() -> None:
    assert forbidden("127.0.0.1") == "127.0.0.0/8: loopback"
    assert forbidden("::ffff:10.0.0.1") == "10.0.0.0/8: private"


@given(st.ip_addresses(v=4).map(str))
def test_what_is_public_is_so_for_the_standard_library(address: str) -> None:
    one = ipaddress.ip_address(address)
    assert not is_public(address) or (one.is_global and not one.is_multicast)


@given(st.ip_addresses(v=4))
def test_an_address_within_an_address_is_judged_as_itself(inner: ipaddress.IPv4Address) -> None:
    for outer in (f"::ffff:{inner}", f"64:ff9b::{inner}"):
        assert forbidden(outer) == forbidden(str(inner))


@given(st.ip_addresses(v=6))
def test_public_ipv6_is_global_unicast(one: ipaddress.IPv6Address) -> None:
    if is_public(str(one)) and one.ipv4_mapped is None and one not in ipaddress.ip_network("64:ff9b::/96"):
        assert one in ipaddress.ip_network("2000::/3")
        assert one.is_global


@given(st.text(max_size=40))
def test_no_text_makes_it_fail(text: str) -> None:
    assert forbidden(text) is None or isinstance(forbidden(text), str)
