"""Sockets at addresses of this machine that no proxy lets through, and a page that tries every way to them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

ALIAS = "127.0.0.2"
"""Loopback as well, and outside of a policy that allows 127.0.0.1 alone."""


@dataclass
class Traps:
    """udp, tcp: the ports; addresses: where they are; caught: what came, past the guard."""

    udp: int
    tcp: int
    addresses: tuple[str, ...]
    caught: list[str] = field(default_factory=list)


def own_address() -> str | None:
    """An address of this machine that is not loopback, if it has a route; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return address if not address.startswith("127.") else None


@contextmanager
def traps() -> Iterator[Traps]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.create_server(("0.0.0.0", 0)) as tcp:
        udp.bind(("0.0.0.0", 0))
        addresses = tuple(filter(None, (ALIAS, own_address())))
        set_up = Traps(udp.getsockname()[1], tcp.getsockname()[1], addresses)

        def packets() -> None:
            while (came := udp.recvfrom(2048))[0] != b"end":
                set_up.caught.append(f"UDP from {came[1][0]}: {came[0][:12].hex()}")

        def connections() -> None:
            while True:
                connection, peer = tcp.accept()
                with connection:
                    connection.settimeout(1.0)
                    try:
                        said = connection.recv(200)
                    except OSError:
                        said = b""
                if said == b"end":
                    return
                set_up.caught.append(f"TCP from {peer[0]}: {said[:40]!r}")

        threads = [threading.Thread(target=each, daemon=True) for each in (packets, connections)]
        for thread in threads:
            thread.start()
        try:
            yield set_up
        finally:
            udp.sendto(b"end", ("127.0.0.1", set_up.udp))
            with socket.create_connection(("127.0.0.1", set_up.tcp)) as last:
                last.sendall(b"end")
            for thread in threads:
                thread.join()


HEADERS = {
    "Content-Security-Policy-Report-Only": "img-src 'none'; report-uri http://{a}:{tcp}/csp; report-to trap",
    "Reporting-Endpoints": 'trap="https://{a}:{tcp}/reporting", default="https://{a}:{tcp}/default"',
    "Link": "<http://{a}:{tcp}/header>; rel=preload; as=image, <http://{a}:{tcp}>; rel=preconnect, <//{a}>; rel=dns-prefetch",
}

_PAGE = """<!doctype html><title>Every way out</title>
<link rel="dns-prefetch" href="//{a}:{tcp}"><link rel="preconnect" href="http://{a}:{tcp}">
<link rel="preconnect" href="https://{a}:{tcp}" crossorigin><link rel="prefetch" href="http://{a}:{tcp}/prefetch">
<link rel="prerender" href="http://{a}:{tcp}/prerender"><link rel="modulepreload" href="http://{a}:{tcp}/module">
<link rel="icon" href="http://{a}:{tcp}/icon"><link rel="manifest" href="http://{a}:{tcp}/manifest">
<script type="speculationrules">{{"prefetch": [{{"urls": ["http://{a}:{tcp}/s1"], "eagerness": "immediate"}}],
"prerender": [{{"urls": ["http://{a}:{tcp}/s2"], "eagerness": "immediate"}}]}}</script>
<img src="http://{a}:{tcp}/img"><img src="ftp://{a}:{tcp}/ftp"><video src="http://{a}:{tcp}/video" autoplay></video>
<iframe src="http://{a}:{tcp}/frame"></iframe><iframe name="posted"></iframe>
<form id="form" action="http://{a}:{tcp}/form" method="post" target="posted"></form>
<a id="ping" href="#here" ping="http://{a}:{tcp}/ping">x</a>
<h1>Hello</h1><pre id="said"></pre>
<script>
const tried = [];
const attempt = (name, way) => {{
  try {{ Promise.resolve(way()).then(() => {{}}, () => {{}}); tried.push(name); }} catch (error) {{ tried.push(name + "!"); }}
}};
const call = (servers) => async () => {{
  const one = new RTCPeerConnection({{iceServers: servers, iceCandidatePoolSize: 4}}), two = new RTCPeerConnection();
  one.createDataChannel("x");
  await one.setLocalDescription(await one.createOffer());
  await two.setRemoteDescription(one.localDescription);
  await two.setLocalDescription(await two.createAnswer());
  await one.setRemoteDescription(two.localDescription);
  for (const [kind, port, more] of [["udp", {udp}, ""], ["tcp", {tcp}, " tcptype passive"]])
    await one.addIceCandidate({{sdpMid: "0", candidate: `candidate:1 1 ${{kind}} 2122260223 {a} ${{port}} typ host${{more}}`}});
}};
attempt("stun", call([{{urls: ["stun:{a}:{udp}", "stun:{a}:{udp}?transport=udp"]}}]));
attempt("turn", call(["udp", "tcp"].map(t =>
  ({{urls: `turn:{a}:${{t == "udp" ? {udp} : {tcp}}}?transport=${{t}}`, username: "u", credential: "c"}}))));
attempt("turns", call([{{urls: "turns:{a}:{tcp}?transport=tcp", username: "u", credential: "c"}}]));
attempt("webtransport", () => new WebTransport("https://{a}:{udp}/").ready);
attempt("websocket", () => new WebSocket("ws://{a}:{tcp}/ws"));
attempt("secure websocket", () => new WebSocket("wss://{a}:{tcp}/wss"));
attempt("events", () => new EventSource("http://{a}:{tcp}/events"));
attempt("beacon", () => navigator.sendBeacon("http://{a}:{tcp}/beacon", "x"));
attempt("fetch", () => fetch("http://{a}:{tcp}/fetch", {{mode: "no-cors", keepalive: true}}));
attempt("encrypted", () => fetch("https://{a}:{udp}/h3", {{mode: "no-cors"}}));
attempt("worker", () => new Worker(URL.createObjectURL(new Blob(
  ["fetch('http://{a}:{tcp}/worker', {{mode: 'no-cors'}}); new WebSocket('ws://{a}:{tcp}/worker')"]))));
attempt("service worker", () => navigator.serviceWorker.register("/sw.js"));
attempt("presentation", () => new PresentationRequest(["http://{a}:{tcp}/cast"]).getAvailability());
attempt("form", () => document.getElementById("form").submit());
attempt("ping", () => document.getElementById("ping").click());
attempt("window", () => window.open("http://{a}:{tcp}/window"));
attempt("push", async () => (await navigator.serviceWorker.ready).pushManager.subscribe({{userVisibleOnly: true}}));
attempt("frame", () => {{
  const frame = document.body.appendChild(document.createElement("iframe"));
  const other = new frame.contentWindow.RTCPeerConnection({{iceServers: [{{urls: "stun:{a}:{udp}"}}]}});
  other.createDataChannel("y");
  return other.createOffer().then(offer => other.setLocalDescription(offer));
}});
// The picture is taken once the page asks for nothing more, which it does for as long as a call takes to give up.
let left = 12;
const later = setInterval(() => {{ fetch("/still?" + tried.join()); if (!--left) clearInterval(later); }}, 250);
</script>"""

SERVICE_WORKER = "fetch('http://{a}:{tcp}/sw', {{mode: 'no-cors'}}).catch(() => {{}});"


def page(set_up: Traps, address: str) -> str:
    return _PAGE.format(a=address, udp=set_up.udp, tcp=set_up.tcp)
