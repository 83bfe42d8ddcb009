"""Lets requests out to public addresses only: forms of URLs, the address that is dialled, certificates."""

import ipaddress
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from twisted.internet.ssl import AcceptableCiphers, Certificate, optionsForClientTLS, trustRootFromCertificates
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

from corpus.addresses import forbidden
from corpus.decoding import decode_content
from corpus.errors import UserError
from corpus.study import Study
from spiders.refusals import Refused

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.ASCII)
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\s*", re.DOTALL)

_ciphers: Callable[[str], Any] = AcceptableCiphers.fromOpenSSLCipherString
_root_of: Callable[[list[Certificate]], Any] = trustRootFromCertificates

_refused: dict[str, str] = {}
"""Host names of which every address was refused, with the reason: kept by the process's one resolver for `Guard`."""


def plain_host(host: str) -> str:
    """A host name or address as it is compared: lower case, IDNA, without brackets or a final dot."""
    host = host.strip("[]").rstrip(".")
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host.lower()


class Guard:
    """Downloader middleware, order 40, before every other: refuses URLs that lead elsewhere than to the public web.

    Every redirect is a new request and passes here as well. The addresses themselves are checked by `GuardResolver`,
    at the moment of dialling; its refusals come back from here as Refused, not as network errors.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.study: Study = crawler.settings["STUDY"]
        self.ports = _named_ports(self.study)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Guard":
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        refuse_proxy(request)
        refuse_form(request.url, self.ports)

    def process_exception(self, request: Request, exception: Exception) -> None:
        if isinstance(exception, CannotResolveHostError):
            reason = _refused.get(plain_host(urlsplit(request.url).hostname or ""))
            if reason is not None:
                raise Refused("address", reason) from exception


def refuse_form(url: str, ports: frozenset[tuple[str, int]] = frozenset()) -> None:
    """Raises Refused unless ``url`` is http or https, holds no credentials and names a host and a port of the web.

    `ports`: (host, port) pairs that are permitted beside 80 and 443.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("host", str(error)) from error
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise Refused("scheme", scheme or "none")
    if parts.username is not None or parts.password is not None:
        raise Refused("credentials", "in the address")
    host = plain_host(parts.hostname or "")
    if not (_HOST_NAME.fullmatch(host) and len(host) <= 253) and not _is_address(host):
        raise Refused("host", f"{host!r} is no host name")
    if port is not None and port not in _DEFAULT_PORTS.values() and (host, port) not in ports:
        raise Refused("port", f"{host}:{port}")


def refuse_proxy(request: Request) -> None:
    """Raises Refused where a proxy or a local address is set: a proxy resolves names by itself, beyond any check."""
    for name in ("proxy", "bindaddress"):
        if request.meta.get(name):
            raise Refused("proxy", name)


@implementer(IResolutionReceiver)
class _Sieve:
    """Passes on the addresses that may be dialled. (Types of Twisted's interfaces are not known to type checkers.)"""

    def __init__(self, receiver: Any, host: str) -> None:
        self.receiver = receiver
        self.host = host
        self.passed = False
        self.reason: str | None = None

    def resolutionBegan(self, resolution: Any) -> None:
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        dialled = str(address.host)
        reason = forbidden(dialled)
        if reason is None:
            self.passed = True
            self.receiver.addressResolved(address)
        else:
            self.reason = f"{dialled} in {reason}"

    def resolutionComplete(self) -> None:
        if self.reason is not None and not self.passed:
            _refused[self.host] = self.reason
        else:
            _refused.pop(self.host, None)
        self.receiver.resolutionComplete()


@implementer(IHostResolution)
class _Known:
    """A resolution that is over before it began: the study itself names the address."""

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        pass


@implementer(IHostnameResolver)
class GuardResolver:
    """TWISTED_DNS_RESOLVER. What it passes on is what is dialled, so a name cannot resolve to one address for a check
    and to another for the connection. IP literals, in all their spellings, come through here as well.

    Names of the study's ``[loopback]`` go to their address and port and to no other; nothing else may reach them.
    """

    def __init__(self, reactor: Any, study: Study) -> None:
        self.reactor = reactor
        self.study = study
        self.inner: Any = reactor.nameResolver

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> "GuardResolver":
        return cls(reactor, crawler.settings["STUDY"])

    def install_on_reactor(self) -> None:
        self.reactor.installNameResolver(self)

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[Any]] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        host = plain_host(hostName)
        named = self.study.loopback_address(host)
        if named is None:
            sieve = _Sieve(resolutionReceiver, host)
            return self.inner.resolveHostName(sieve, hostName, portNumber, addressTypes, transportSemantics)
        address, port = named
        resolution = _Known(host)
        resolutionReceiver.resolutionBegan(resolution)
        kind = IPv6Address if ":" in address else IPv4Address
        resolutionReceiver.addressResolved(kind("TCP", address, port))
        resolutionReceiver.resolutionComplete()
        return resolution


@implementer(IPolicyForHTTPS)
class Trust:
    """Verifies every certificate: against the system's authorities; for names of ``[loopback]`` where the study has a
    ``test_ca``, against that one alone.

    Raises UserError where the study's test authority cannot be read.
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self.test_root = None if study.file.test_ca is None else _authority(study.folder / study.file.test_ca)

    def root_for(self, host: str) -> Any:
        """What certificates of ``host`` must lead to; None for the system's authorities."""
        return None if self.study.loopback_address(plain_host(host)) is None else self.test_root

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
        name = hostname.decode("ascii")
        return optionsForClientTLS(
            name,
            trustRoot=self.root_for(name),
            extraCertificateOptions={
                "fixBrokenPeers": True,
                "acceptableCiphers": _ciphers("DEFAULT"),
            },
        )


class GuardHandler(HTTP11DownloadHandler):
    """Download handler for http and https: Scrapy's own, with `Trust`, and the last to see that there is no proxy.

    It flags a robots.txt whose compressed bytes are damaged: Scrapy would go on with the half of it, and its rules.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._contextFactory: Any = Trust(crawler.settings["STUDY"])

    async def download_request(self, request: Request) -> Response:
        refuse_proxy(request)
        response = await super().download_request(request)
        coding = response.headers.get("Content-Encoding")
        if request.meta.get("robots") and coding and decode_content(response.body, coding.decode("latin-1"))[1]:
            response.flags.append("dataloss")
        return response


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host)) and "%" not in host
    except ValueError:
        return False


def _named_ports(study: Study) -> frozenset[tuple[str, int]]:
    """Host and port pairs that ``[loopback]`` or an outlet's own addresses name."""
    named: set[tuple[str, int]] = set()
    for host in study.file.loopback:
        place = study.loopback_address(host)
        if place is not None:
            named.add((plain_host(host), place[1]))
    for outlet in study.outlets.values():
        for url in (outlet.homepage, *(address for _, _, address in outlet.addresses)):
            parts = urlsplit(url)
            if parts.port is not None and parts.hostname:
                named.add((plain_host(parts.hostname), parts.port))
    return frozenset(named)


def _authority(path: Path) -> Any:
    try:
        certificates = [Certificate.loadPEM(found) for found in _CERTIFICATE.findall(path.read_bytes())]
    except OSError as error:
        raise UserError(
            f"the test authority cannot be read: {error.strerror}", where=path, hint="see test_ca"
        ) from error
    if not certificates:
        raise UserError("holds no certificate", where=path, hint="test_ca names a PEM file")
    return _root_of(certificates)
