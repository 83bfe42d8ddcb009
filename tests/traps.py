"""Pages that try to reach given addresses: every way in which a page in a browser can ask for something."""

import json

from tests.served import Answer

# Each is a function body in JavaScript that is given one address `u`.
WAYS = {
    "fetch": 'fetch(u, {mode: "no-cors"}).catch(() => 0)',
    "post": 'fetch(u, {mode: "no-cors", method: "POST", body: "x"}).catch(() => 0)',
    "keepalive": 'fetch(u, {mode: "no-cors", keepalive: true}).catch(() => 0)',
    "xhr": 'const x = new XMLHttpRequest(); x.open("GET", u); x.send()',
    "beacon": 'navigator.sendBeacon(u, "x")',
    "events": "new EventSource(u)",
    "socket": 'new WebSocket(u.replace(/^http/, "ws"))',
    "turn": "const at = new URL(u).host; const r = new RTCPeerConnection({iceServers: [{urls: `stun:${at}`}, "
    '{urls: `turn:${at}?transport=tcp`, username: "a", credential: "b"}]}); r.createDataChannel("c"); '
    "r.createOffer().then(o => r.setLocalDescription(o))",
    "transport": 'new WebTransport(u.replace(/^http:/, "https:")).ready.catch(() => 0)',
    "script": 'add("script", {src: u})',
    "module": 'add("script", {src: u, type: "module"})',
    "import": "import(u).catch(() => 0)",
    "style": 'add("link", {rel: "stylesheet", href: u})',
    "css": 'add("style", {textContent: `@import url("${u}"); body { background: url("${u}") } '
    '@font-face { font-family: f; src: url("${u}") } p { font-family: f }`}); add("p", {textContent: "x"})',
    "image": 'add("img", {src: u})',
    "srcset": 'add("img", {srcset: `${u} 1x`})',
    "svg": 'document.body.insertAdjacentHTML("beforeend", `<svg><image href="${u}"/><use href="${u}#a"/></svg>`)',
    "media": 'add("video", {src: u, preload: "auto"}); add("audio", {src: u, preload: "auto"})',
    "object": 'add("object", {data: u}); add("embed", {src: u})',
    "prefetch": 'add("link", {rel: "prefetch", href: u}); add("link", {rel: "preconnect", href: u}); '
    'add("link", {rel: "preload", as: "script", href: u}); add("link", {rel: "modulepreload", href: u})',
    "icon": 'add("link", {rel: "icon", href: u}); add("link", {rel: "manifest", href: u})',
    "speculation": 'add("script", {type: "speculationrules", textContent: JSON.stringify({prefetch: '
    '[{source: "list", urls: [u], eagerness: "immediate"}], prerender: [{source: "list", urls: [u]}]})})',
    "worker": "new Worker(blob(`fetch(${JSON.stringify(u)}, {mode: 'no-cors'}).catch(() => 0)`))",
    "scripts": "new Worker(blob(`try { importScripts(${JSON.stringify(u)}) } catch { }`))",
    "shared": "new SharedWorker(blob(`fetch(${JSON.stringify(u)}, {mode: 'no-cors'}).catch(() => 0)`))",
    "frame": 'add("iframe", {src: u})',
    "refresh": 'add("iframe", {srcdoc: `<meta http-equiv="refresh" content="0;url=${quoted(u)}">`})',
    "location": 'add("iframe", {srcdoc: `<script>location = ${JSON.stringify(u)}<${"/"}script>`})',
    "form": 'add("iframe", {srcdoc: `<form method="post" action="${quoted(u)}"></form>'
    '<script>document.forms[0].submit()<${"/"}script>`})',
    "open": "open(u)",
    "ping": 'const a = add("a", {href: "#", ping: u}); a.click()',
    "hop": 'fetch("/hop?" + encodeURIComponent(u)).catch(() => 0)',
    "framed-hop": 'add("iframe", {src: "/hop?" + encodeURIComponent(u)})',
    "script-hop": 'add("script", {src: "/hop?" + encodeURIComponent(u)})',
}
GROUPS = {
    "calls": ("fetch", "post", "keepalive", "xhr", "beacon", "events", "socket", "transport"),
    "elements": ("script", "module", "import", "style", "css", "image", "srcset", "svg", "prefetch", "icon"),
    "frames": ("frame", "refresh"),
    "moves": ("location", "form"),
    "workers": ("worker", "scripts"),
    "hops": ("hop", "framed-hop", "script-hop"),
    "costly": ("open", "speculation", "shared", "media", "object", "ping", "turn"),
}
"""Which ways stand on one page; of the costly each makes a window, a process, a player or a socket."""
TOP = {
    "location": "location = u",
    "replace": "location.replace(u)",
    "refresh": 'document.head.insertAdjacentHTML("beforeend", `<meta http-equiv="refresh" content="0;url=${u}">`)',
    "form": 'const f = add("form", {action: u}); f.submit()',
    "click": 'add("a", {href: u}).click()',
    "download": 'add("a", {href: u, download: "x"}).click()',
}
"""Ways in which a page sends the browser itself elsewhere: one address a page."""
_PAGE = """<!doctype html><html><head><title>Trap</title></head><body><h1>Trap</h1><script>
const add = (name, set) => { const e = document.createElement(name); Object.assign(e, set); document.body.append(e); return e }
const blob = code => URL.createObjectURL(new Blob([code], {type: "text/javascript"}))
const quoted = u => u.replaceAll("&", "&amp;").replaceAll('"', "&quot;")
for (const [name, way] of WAYS) for (const u of [...URLS, ...(CONTROL ? [CONTROL + name] : [])]) try { way(u) } catch { }
</script></body></html>"""


def trap(urls: list[str], ways: dict[str, str], control: str = "") -> str:
    """A page that asks for each of ``urls`` in each of the ``ways``, and then for ``control``, if any, and its name."""
    functions = ", ".join(f"[{json.dumps(name)}, u => {{ {body} }}]" for name, body in ways.items())
    listed = json.dumps(urls).replace("</", "<\\/")
    return _PAGE.replace("WAYS", f"[{functions}]").replace("URLS", listed).replace("CONTROL", json.dumps(control))


def declared(urls: list[str]) -> Answer:
    """A page of which the headers ask: what is to be loaded early, where to report, where to go next."""
    links = ", ".join(f"<{url}>; rel=preload; as=script, <{url}>; rel=preconnect" for url in urls)
    reports = " ".join(urls)
    return Answer(
        "<!doctype html><title>Declared</title><h1>Declared</h1><script>1</script><img src='x'>",
        headers=[
            ("Link", links),
            ("Content-Security-Policy-Report-Only", f"default-src 'none'; report-uri {reports}"),
            ("Reporting-Endpoints", ", ".join(f'e{number}="{url}"' for number, url in enumerate(urls))),
        ],
    )
