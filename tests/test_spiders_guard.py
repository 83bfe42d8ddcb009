"""Nothing but the public web is reached: counted in connections that a private listener accepts."""

import contextlib
import datetime
import gzip
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.internet.address import IPv4Address

from corpus.errors import UserError
from corpus.study import load_study
from spiders.courtesy import Refused
from spiders.guard import GuardResolver, Trust, plain_host, refuse_form
from tests import crawled
from tests.driven import Driven, drive, write_study
from tests.served import Answer, Served, page, serve


class Listener:
    """Accepts on 127.0.0.1 and, where there is IPv6, on ::1, at one port; counts, and answers 404 to everything."""

    def __init__(self) -> None:
        self.accepted = 0
        self.asked: list[bytes] = []
        first = socket.create_server(("127.0.0.1", 0))
        self.port = int(first.getsockname()[1])
        self.sockets = [first]
        if socket.has_ipv6:
            with contextlib.suppress(OSError):
                self.sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for one in self.sockets:
            threading.Thread(target=self._accept, args=(one,), daemon=True).start()

    def _accept(self, one: socket.socket) -> None:
        while True:
            try:
                connection, _ = one.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        """Beside all others: who only connects must not keep those waiting who ask for something."""
        with connection, contextlib.suppress(OSError):
            self.asked.append(connection.recv(200))
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def close(self) -> None:
        for one in self.sockets:
            one.close()


@pytest.fixture
def private() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def served() -> Iterator[Served]:
    with serve() as server:
        server.on("*", "/robots.txt", Answer("", 404))
        server.on("*", "*", Answer(page("A page")))
        yield server


THIS_MACHINE = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0X7F.0x0.0x0.0x1",
    "017700000001",
    "0177.0.0.01",
    "0",
    "0.0.0.0",
    "0x0",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "１２７.０.０.１",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:0:0]",
    "[::127.0.0.1]",
    "[0000::1%25lo]",
]
NOT_PUBLIC = [
    "[64:ff9b::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::a00:1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[2400:3200::5efe:127.0.0.1]",
    "10.0.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "172.16.0.1",
    "192.0.0.192",
    "192.168.0.1",
    "198.18.0.1",
    "203.0.113.5",
    "224.0.0.1",
    "255.255.255.255",
]


def other_forms(port: int) -> list[str]:
    return [
        "file:///etc/hostname",
        "file://localhost/etc/hostname",
        "ftp://localhost/x",
        "s3://bucket/x",
        "data:text/html,<p>x</p>",
        "gopher://localhost/1",
        f"http://user@harbour.example:{port}/",
        f"http://harbour.example@127.0.0.1:{port}/",
        f"http://:secret@localhost:{port}/",
        "http://harbour.example:22/",
        "https://harbour.example:6379/",
        "http://harbour.example:99999/",
    ]


def addresses(port: int) -> list[str]:
    hosts = THIS_MACHINE + NOT_PUBLIC
    return [f"{scheme}://{host}:{port}/x" for scheme in ("http", "https") for host in hosts] + other_forms(port)


def seeded(study: Path, port: int, **options: Any) -> Driven:
    return drive(study, addresses(port), settings={"DOWNLOAD_TIMEOUT": 3}, **options)


def assert_unreached(private: Listener, driven: Driven, of: set[str]) -> None:
    assert private.accepted == 0, private.asked
    reached = {end.url: end for end in driven.ends.values() if end.outcome == "fetched" and end.url not in of}
    assert not reached


def study_of(tmp_path: Path, served: Served, **more: Any) -> Path:
    return write_study(tmp_path / "study", {"harbour.example": served.place}, **more)


def test_no_address_reaches_this_machine_or_a_private_net(private: Listener, served: Served, tmp_path: Path) -> None:
    asked = addresses(private.port)
    assert len(asked) >= 60
    driven = seeded(study_of(tmp_path, served), private.port)
    assert_unreached(private, driven, set())
    assert set(driven.ends) == set(asked), "each is accounted for"
    no_address = driven.ends.pop("http://harbour.example:99999/")
    assert no_address.outcome == "ValueError", "Scrapy does not make a request of it"
    assert driven.outcomes() == {"refused"}, "as policy, not as a network error"


def test_the_resolver_alone_stops_every_address(private: Listener, served: Served, tmp_path: Path) -> None:
    driven = seeded(study_of(tmp_path, served), private.port, guard="tests.faulty.AnyPort")
    assert_unreached(private, driven, set())
    for host in THIS_MACHINE[:-1] + NOT_PUBLIC:
        for scheme in ("http", "https"):
            detail = driven.ends[f"{scheme}://{host}:{private.port}/x"].detail
            assert detail.startswith("address: "), (host, detail)
    assert driven.ends[f"http://2130706433:{private.port}/x"].detail == "address: 127.0.0.1 in 127.0.0.0/8: loopback"


def test_without_the_resolver_the_listener_is_reached(private: Listener, served: Served, tmp_path: Path) -> None:
    urls = [f"http://{host}:{private.port}/x" for host in THIS_MACHINE[:12]]
    resolver = "scrapy.resolver.CachingHostnameResolver"
    driven = drive(study_of(tmp_path, served), urls, guard="tests.faulty.AnyPort", resolver=resolver)
    with pytest.raises(AssertionError):
        assert_unreached(private, driven, set())
    assert private.accepted >= 8


@pytest.mark.parametrize("way", ["redirect", "link", "sitemap"])
def test_no_page_leads_there(private: Listener, served: Served, tmp_path: Path, way: str) -> None:
    targets = addresses(private.port)
    starts, places = ["http://harbour.example/go"], {"harbour.example": served.place}
    if way == "redirect":
        for number, target in enumerate(targets):  # a host each, so that none waits for the other
            places[f"go-{number}.example"] = served.place
            served.on(f"go-{number}.example", "/go", Answer(status=302, headers=[("Location", _ascii(target))]))
        starts = [f"http://{host}/go" for host in places if host.startswith("go-")]
    elif way == "link":
        served.on("harbour.example", "/go", Answer(page("Links", *targets)))
    else:
        listed = "".join(f"<url><loc>{target}</loc></url>" for target in targets)
        served.on("harbour.example", "/go", Answer(f"<urlset>{listed}</urlset>", media="application/xml"))
    study = write_study(tmp_path / "study", places)
    driven = drive(study, starts, follow=True, guard="tests.faulty.AnyPort", patience=60)
    assert_unreached(private, driven, set(starts))
    assert len(driven.ends) >= len(starts) + 60


def _ascii(url: str) -> str:
    return "".join(letter if letter.isascii() else "%" + letter.encode().hex("%").upper() for letter in url)


def test_an_invented_name_reaches_its_own_port_and_no_other(private: Listener, served: Served, tmp_path: Path) -> None:
    own, other = served.port, private.port
    urls = [
        "http://harbour.example/a",
        "http://HARBOUR.example./b",
        f"http://harbour.example:{own}/c",
        f"http://harbour.example:{other}/d",
        f"http://127.0.0.1:{own}/e",
        f"http://localhost:{own}/f",
    ]
    driven = drive(study_of(tmp_path, served), urls)
    assert [driven.ends[url].outcome for url in urls] == ["fetched"] * 3 + ["refused"] * 3
    assert {path for path in served.paths() if path != "/robots.txt"} == {"/a", "/b", "/c"}
    assert private.accepted == 0


def test_a_proxy_of_the_environment_is_not_used(private: Listener, served: Served, tmp_path: Path) -> None:
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY")
    proxy = dict.fromkeys(names, f"http://127.0.0.1:{private.port}")
    study = study_of(tmp_path, served)
    driven = drive(study, ["http://harbour.example/a"], environment=proxy)
    assert driven.ends["http://harbour.example/a"].outcome == "fetched"
    driven = drive(study, ["http://harbour.example/b"], environment=proxy, settings={"HTTPPROXY_ENABLED": True})
    assert driven.ends["http://harbour.example/b"].detail.startswith(("proxy", "robots-unreadable", "fetched"))
    assert private.accepted == 0


class _Collects:
    def __init__(self) -> None:
        self.hosts: list[tuple[str, int]] = []
        self.complete = False

    def resolutionBegan(self, resolution: object) -> None:
        pass

    def addressResolved(self, address: IPv4Address) -> None:
        self.hosts.append((address.host, address.port))

    def resolutionComplete(self) -> None:
        self.complete = True


def test_of_a_name_with_two_faces_only_the_public_one_is_dialled(tmp_path: Path) -> None:
    """A name cannot turn private after its check: what was checked is dialled, and there is no second look-up."""

    class TwoFaced:
        def resolveHostName(self, receiver: Any, name: str, port: int, *_: object) -> None:
            receiver.resolutionBegan(None)
            for host in ("127.0.0.1", "8.8.8.8", "10.0.0.1"):
                receiver.addressResolved(IPv4Address("TCP", host, port))
            receiver.resolutionComplete()

    study = load_study(write_study(tmp_path / "study", {"harbour.example": "127.0.0.1:8811"}))
    resolver = GuardResolver(SimpleNamespace(nameResolver=TwoFaced()), study)
    seen = _Collects()
    resolver.resolveHostName(seen, "two-faced.example", 80)
    assert (seen.hosts, seen.complete) == ([("8.8.8.8", 80)], True)
    mapped = _Collects()
    resolver.resolveHostName(mapped, "Harbour.Example.", 443)
    assert (mapped.hosts, mapped.complete) == ([("127.0.0.1", 8811)], True)


@pytest.mark.parametrize(
    "url",
    [
        "http://harbour.example/",
        "https://日报.example/x",
        "http://a_b.example:443/",
        "http://8.8.8.8/",
        "http://[2400:3200::1]/",
    ],
)
def test_forms_of_the_web_pass(url: str) -> None:
    refuse_form(url)


def test_a_named_port_passes_for_its_host_alone() -> None:
    ports = frozenset({("harbour.example", 8080)})
    refuse_form("http://Harbour.example.:8080/", ports)
    with pytest.raises(Refused, match="port"):
        refuse_form("http://other.example:8080/", ports)


def test_a_refusal_does_not_repeat_a_secret() -> None:
    with pytest.raises(Refused) as refused:
        refuse_form("http://user:hush@harbour.example/")
    assert "hush" not in str(refused.value)


def test_hosts_have_one_spelling() -> None:
    assert plain_host("[::1]") == "::1"
    assert plain_host("Ｈarbour.Example.") == "harbour.example"


# Certificates.


def certificate(name: str, issuer: tuple[Any, Any] | None = None, authority: bool = False) -> tuple[Any, Any]:
    """A certificate and its key; self-signed where there is no issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(issuer[1] if issuer else key, hashes.SHA256())
    )
    return built, key


def pem(one: Any) -> bytes:
    if isinstance(one, x509.Certificate):
        return one.public_bytes(serialization.Encoding.PEM)
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    data: bytes = one.private_bytes(serialization.Encoding.PEM, form, none)
    return data


def tls(folder: Path, pair: tuple[Any, Any]) -> ssl.SSLContext:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "both.pem").write_bytes(pem(pair[0]) + pem(pair[1]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


def test_certificates_are_verified(tmp_path: Path) -> None:
    authority = certificate("Test authority", authority=True)
    good = tls(tmp_path / "good", certificate("secure.example", authority))
    alone = tls(tmp_path / "alone", certificate("alone.example"))
    with serve(tls=good) as first, serve(tls=alone) as second:
        for one in (first, second):
            one.on("*", "/robots.txt", Answer("", 404))
            one.on("*", "*", Answer(page("A page")))
        places = {"secure.example": first.place, "wrong.example": first.place, "alone.example": second.place}
        urls = [f"https://{host}/" for host in places]
        trusting = write_study(tmp_path / "trusting", places, before='test_ca = "ca.pem"')
        (trusting / "ca.pem").write_bytes(pem(authority[0]))
        driven = drive(trusting, urls)
        assert [end.url for end in driven.ends.values() if end.outcome == "fetched"] == ["https://secure.example/"]
        assert driven.ends["https://wrong.example/"].detail.startswith("robots-unreadable: robots.txt cannot be had")
        assert (first.paths(), second.paths()) == (["/robots.txt", "/"], [])
        driven = drive(write_study(tmp_path / "plain", places), urls)
        assert driven.outcomes() == {"refused"}
        assert (first.paths(), second.paths()) == (["/robots.txt", "/"], [])


def test_the_test_authority_is_trusted_for_invented_names_alone(tmp_path: Path) -> None:
    places = {"harbour.example": "127.0.0.1:8811"}
    folder = write_study(tmp_path / "study", places, before='test_ca = "ca.pem"')
    (folder / "ca.pem").write_bytes(b"no certificate")
    study = load_study(folder)
    (folder / "ca.pem").unlink()
    with pytest.raises(UserError, match="cannot be read"):
        Trust(study)
    (folder / "ca.pem").write_bytes(b"no certificate")
    with pytest.raises(UserError, match="holds no certificate"):
        Trust(load_study(folder))
    (folder / "ca.pem").write_bytes(pem(certificate("Test authority", authority=True)[0]))
    trust = Trust(load_study(folder))
    assert trust.root_for("Harbour.example.") is not None
    assert trust.root_for("news.example") is None
    assert Trust(load_study(write_study(tmp_path / "other", places))).root_for("harbour.example") is None


# Bounds of one answer.


class Flood:
    """Sends a body without end; counts what it could send."""

    def __init__(self) -> None:
        self.sent = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._pour, args=(connection,), daemon=True).start()

    def _pour(self, connection: socket.socket) -> None:
        with connection:
            connection.recv(1000)
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1073741824\r\n\r\n")
                while self.sent < 1 << 30:
                    self.sent += connection.send(b"x" * 65536)
            except OSError:
                return


def test_body_expansion_and_time_are_bounded(served: Served, tmp_path: Path) -> None:
    flood = Flood()
    bomb = gzip.compress(b"\0" * (64 << 20))
    served.on("bomb.example", "/x", Answer(bomb, headers=[("Content-Encoding", "gzip")]))
    served.on("drip.example", "/x", Answer(b"x" * 1000, drip=0.2))
    places = {"flood.example": flood.place, "bomb.example": served.place, "drip.example": served.place}
    bounds = {"DOWNLOAD_MAXSIZE": 1 << 20, "DOWNLOAD_TIMEOUT": 5}
    began = time.monotonic()
    driven = drive(write_study(tmp_path / "study", places), [f"http://{host}/x" for host in places], settings=bounds)
    flood.socket.close()
    assert time.monotonic() - began < 60, "the drops alone take more than three minutes"
    assert "fetched" not in driven.outcomes()
    assert flood.sent < 64 << 20
    assert driven.ends["http://drip.example/x"].outcome == "DownloadTimeoutError"
    assert driven.peak_mib < 300


def test_addresses_of_this_machine_are_written_as_they_are_meant() -> None:
    """The list is worth something only where the system itself takes these spellings for this machine."""
    taken = 0
    for host in THIS_MACHINE:
        try:
            found = socket.getaddrinfo(plain_host(host), 80, type=socket.SOCK_STREAM)
        except OSError:
            continue
        address = ipaddress.ip_address(str(found[0][4][0]))
        taken += address.is_loopback or address.is_unspecified or address.version == 6
    assert taken >= 20


def test_a_whole_crawl_reaches_no_private_address(private: Listener, served: Served, tmp_path: Path) -> None:
    """Even where an outlet's own file names such hosts and ports: as seeds, in a sitemap, as redirects."""
    hosts = ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "0.0.0.0", "10.0.0.1"]
    targets = [f"http://{host}:{private.port}" for host in hosts]
    moves = [f"http://harbour.example/go/{number}" for number in range(2)]
    listed = "".join(f"<url><loc>{url}</loc></url>" for url in [*moves, *(f"{target}/listed" for target in targets)])
    served.on("harbour.example", "/sitemap.xml", Answer(f"<urlset>{listed}</urlset>", media="application/xml"))
    for number, target in enumerate(targets[:2]):
        served.on("harbour.example", f"/go/{number}", Answer(status=302, headers=[("Location", f"{target}/moved")]))
    fronts = [f"{target}/seed" for target in targets]
    more = f'fronts = {json.dumps(fronts)}\nsitemaps = ["http://harbour.example/sitemap.xml"]\n'
    names = {"harbour": ["harbour.example", *hosts]}
    study = crawled.write_study(tmp_path / "study", served.place, {"harbour": more}, hosts=names, delay=1.0)
    lines = (study / "study.toml").read_text().splitlines()
    kept = [line for line in lines if not any(line.startswith(f'"{host}" =') for host in hosts)]
    (study / "study.toml").write_text("\n".join(kept))
    [counts] = crawled.crawl(study)["sources"]
    assert private.accepted == 0, private.asked
    assert counts["redirected"] == 2
    assert counts["failed"] == {}
    assert sum(counts["refused"].values()) == 8 + 8 + 2
    assert all(reason.startswith("address") for reason in counts["refused"])
