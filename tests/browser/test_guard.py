"""The server as the network sees it: bytes that a browser would not send, pages of others."""

from __future__ import annotations

import http.server
import socket
import threading

import pytest

from tests.browser.serving import TOKEN


def answer(port: int, request: str | bytes, patience_s: float = 10) -> bytes:
    """Send bytes as they are; return what comes back until the line is closed."""
    raw = request.encode("latin-1") if isinstance(request, str) else request
    with socket.create_connection(("127.0.0.1", port), patience_s) as line:
        got = b""
        try:
            line.sendall(raw)
            while part := line.recv(65536):
                got += part
        except ConnectionError:
            pass
        return got


def status(port: int, request: str | bytes) -> int:
    return int(answer(port, request).split(b" ", 2)[1])


def get(port: int, path: str, **headers: str) -> str:
    head = {"Host": f"127.0.0.1:{port}", "Connection": "close", **headers}
    return f"GET {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in head.items()) + "\r\n"


PATHS = [
    "/", "/other/", f"/{TOKEN}", f"/{TOKEN}x/", f"/{TOKEN}/../{TOKEN}/server.py",
    f"/{TOKEN}/../../../../etc/passwd", f"/{TOKEN}/%2e%2e/%2e%2e/etc/passwd",
    f"/{TOKEN}/..%5c..%5cserver.py", f"/{TOKEN}/explorer.js%00.html", f"/{TOKEN}//etc/passwd",
    f"/{TOKEN}/page/../server.py", f"/./{TOKEN}/", f"//{TOKEN}/", f"/{TOKEN}/explorer.js/..",
    f"/{TOKEN.upper()}/",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_paths(serving, path):
    got = answer(serving.port, get(serving.port, path))
    assert got.startswith(b"HTTP/1.1 404")
    assert b"root:" not in got


def test_hosts_and_origins(serving):
    port, home = serving.port, f"/{TOKEN}/"
    assert status(port, get(port, home)) == 200
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1"):
        assert status(port, get(port, home, Host=host)) == 403
    for origin in ("http://evil.example", "null", f"http://localhost:{port}"):
        assert status(port, get(port, home, Origin=origin)) == 403
    # A whole address in place of a path, as to a proxy; two hosts; none.
    assert status(port, get(port, f"http://evil.example{home}")) in (400, 403, 404)
    assert status(port, f"GET {home} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil\r\n\r\n") in (
        400, 403,
    )  # fmt: skip
    assert status(port, f"GET {home} HTTP/1.0\r\n\r\n") == 403


def upgrade(port: int, path: str, **headers: str) -> str:
    keys = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    return get(port, path, **{**keys, **headers})


def test_lines_of_others_are_refused(serving):
    port, live = serving.port, f"/{TOKEN}/live"
    own = {"Origin": f"http://127.0.0.1:{port}"}
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(upgrade(port, live, **own).encode())
        assert line.recv(12) == b"HTTP/1.1 101"
    assert status(port, upgrade(port, live, Origin="http://evil.example")) == 403
    assert status(port, upgrade(port, live, Host="evil.example", **own)) == 403
    assert status(port, upgrade(port, "/live", **own)) in (403, 404)


@pytest.mark.parametrize("where", ["export", "study"])
def test_large_bodies(serving, where):
    port = serving.port
    head = f"POST /{TOKEN}/{where} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
    assert status(port, head + "Content-Length: 999999999999\r\n\r\n") == 413
    chunks = b"".join(b"2000\r\n" + b"#" * 0x2000 + b"\r\n" for _ in range(64)) + b"0\r\n\r\n"
    got = answer(port, (head + "Transfer-Encoding: chunked\r\n\r\n").encode() + chunks)
    assert got == b"" or got.startswith(b"HTTP/1.1 413")
    assert answer(port, head + "X: " + "a" * 200_000 + "\r\n\r\n")[:12] in (
        b"HTTP/1.1 400",
        b"HTTP/1.1 431",
        b"",
    )
    assert status(port, get(port, f"/{TOKEN}/")) == 200


def test_another_page_cannot_use_the_server(browser, serving):
    """A page of another origin, in the same browser, that even knows the token."""
    with http.server.HTTPServer(("127.0.0.1", 0), Elsewhere) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{other.server_port}/")
        read = "u => fetch(u).then(a => a.text(), () => 'refused')"
        send = """u => fetch(u, {method: 'POST', body: '{}', mode: 'no-cors'})
            .then(a => a.type, () => 'refused')"""
        line = """u => new Promise(done => { const s = new WebSocket(u);
            s.onopen = () => done('open'); s.onerror = () => done('refused'); })"""
        frame = """u => new Promise(done => { const f = document.createElement('iframe'); f.src = u;
            f.onload = () => { let seen = 'closed';
              try { seen = f.contentDocument?.body?.innerText ? 'open' : 'closed'; } catch (e) {}
              done(seen); }; document.body.append(f); })"""
        assert page.evaluate(read, serving.address + "catalogue.json") == "refused"
        assert page.evaluate(send, serving.address + "study") in ("refused", "opaque")
        assert page.evaluate(line, serving.address.replace("http", "ws") + "live") == "refused"
        assert page.evaluate(frame, serving.address) == "closed"
        page.close()
        other.shutdown()


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """A page of somebody else."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title><body>hello</body>")

    def log_message(self, format: str, *args: object) -> None:
        pass
