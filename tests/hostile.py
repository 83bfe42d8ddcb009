"""Addresses that lead elsewhere than to the public web, in every spelling and by every trick of parsing."""

from tests.test_spiders_guard import NOT_PUBLIC, THIS_MACHINE, other_forms

MORE_NAMES = [
    "localhost.localdomain",
    "ip6-localhost",
    "inner.localhost",
    "ｌｏｃａｌｈｏｓｔ",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "localhoſt",
    "loc\u00adalhost",
    "local\u200bhost",
    "%6c%6f%63%61lhost",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "0000177.0.0.1",
    "0x7f.0.1",
    "127.0.0.1..",
    "127.0.0.1%00.harbour.example",
    "127.0.0.1%2f.harbour.example",
    "[::ffff:7f00:1%25lo]",
    "[fe80::1%25lo]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
    "[ff02::1%25lo]",
    "metadata.google.internal",
    "instance-data",
    "340282366920938463463374607431768211457",
]
"""Hosts beside those of the guard's own tests: names of this machine, letters that fold into others, escapes."""


def differentials(port: int) -> list[str]:
    """Addresses that one parser takes for another host than the next does; all mean this machine to some."""
    here = f"127.0.0.1:{port}"
    return [
        f"http://harbour.example\\@{here}/x",
        f"http://{here}\\@harbour.example/x",
        f"http://harbour.example:80@{here}/x",
        f"http://harbour.example%40{here}/x",
        f"http://{here}#@harbour.example/x",
        f"http://{here}?@harbour.example/x",
        f"http://{here};harbour.example/x",
        f"http:\\\\{here}\\x",
        f"http:/{here}/x",
        f"http:///{here}/x",
        f"http:////{here}/x",
        f"//{here}/x",
        f"\\\\{here}\\x",
        f"/\\{here}/x",
        f"ht\ttp://{here}/x",
        f"http://127.0.\n0.1:{port}/x",
        f"http://127.0.0.1\t:{port}/x",
        f"\x01 http://{here}/x",
        f"HTTP://{here}/x",
        f"http://127.0.0.1:0{port}/x",
        f"http://127.0.0.1:{port}:80/x",
        f"http://harbour.example:{port}@localhost/x",
        f"http://[::1]:{port}@harbour.example:{port}/x",
        f"http://[::1].harbour.example:{port}/x",
        f"http://[127.0.0.1]:{port}/x",
        f"http://127.0.0.1 .harbour.example:{port}/x",
        "http://127.0.0.1:25/x",
        "http://localhost:6379/x",
        "http://[::1]:9222/json",
        f"ws://{here}/x",
        f"dict://{here}/x",
        f"ldap://{here}/x",
        f"feed:http://{here}/x",
        f"view-source:http://{here}/x",
        f"blob:http://{here}/x",
        f"filesystem:http://{here}/temporary/x",
        f"jar:http://{here}/x!/",
        "about:blank",
        "chrome://version/",
        f"javascript:location='http://{here}/x'",
        f"data:text/html,<img src='http://{here}/x'>",
        "file:///proc/self/environ",
        f"ftp://{here}/x",
    ]


def hosts() -> list[str]:
    return THIS_MACHINE + NOT_PUBLIC + MORE_NAMES


def hostile(port: int) -> list[str]:
    """Every address, each once; those of this machine lead to ``port``."""
    spelled = [f"{scheme}://{host}:{port}/x" for scheme in ("http", "https") for host in hosts()]
    return list(dict.fromkeys(spelled + other_forms(port) + differentials(port)))
