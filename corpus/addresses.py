"""Which IP addresses are public: the only ones that anything of ours may connect to."""

import ipaddress

# From the IANA special-purpose registries, written out so that every version of Python judges alike. An address that
# stands for another (mapped, NAT64) is judged by that other one.
_NOT_PUBLIC_4 = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared by a carrier's customers",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "a cloud's own service",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "6to4 relay",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
}
_NOT_PUBLIC_6 = {
    "::/128": "unspecified",
    "::1/128": "loopback",
    "fc00::/7": "private",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "ff00::/8": "multicast",
    "2001::/32": "Teredo",
    "2001::/23": "protocol assignments",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "3fff::/20": "documentation",
}
_RULES_4 = tuple((ipaddress.IPv4Network(network), why) for network, why in _NOT_PUBLIC_4.items())
_RULES_6 = tuple((ipaddress.IPv6Network(network), why) for network, why in _NOT_PUBLIC_6.items())
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_TUNNEL_INTERFACES = (0x00005EFE, 0x02005EFE)  # ISATAP: the last 32 bits are an IPv4 address


def forbidden(address: str) -> str | None:
    """Why nothing may be dialled at ``address``, as ``network: reason``; None where the address is public.

    Takes IPv4 and IPv6 in their standard spellings, with or without a zone index; whatever is no address is forbidden.
    6to4 and Teredo addresses are forbidden whatever they hold: a relay decides where they lead. A translator under a
    network's own NAT64 prefix cannot be told from any other address.
    """
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return f"{address!r}: not an IP address"
    if isinstance(one, ipaddress.IPv4Address):
        return _forbidden_4(one)
    plain = ipaddress.IPv6Address(int(one))  # without the zone index, which would keep it out of every network
    if plain in _MAPPED or plain in _NAT64:
        return _forbidden_4(_last_32_bits(plain))
    for network, why in _RULES_6:
        if plain in network:
            return f"{network}: {why}"
    if plain not in _GLOBAL_6:
        return f"outside {_GLOBAL_6}: not assigned for public use"
    if (int(plain) >> 32) & 0xFFFFFFFF in _TUNNEL_INTERFACES:
        return _forbidden_4(_last_32_bits(plain))
    return None


def is_public(address: str) -> bool:
    """Whether ``address`` is an IP address of the public internet."""
    return forbidden(address) is None


def _last_32_bits(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _forbidden_4(address: ipaddress.IPv4Address) -> str | None:
    return next((f"{network}: {why}" for network, why in _RULES_4 if address in network), None)
