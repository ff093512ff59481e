"""The server speaks to its own page alone, and answers mistakes in words."""

from __future__ import annotations

import json
import threading
import time

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ketasim.explorer import catalogue, live, server, warm
from ketasim.explorer.asks import problem
from ketasim.explorer.guard import LOOPBACK, MOST_BODY_BYTES, new_token
from ketasim.explorer.question import read_question
from ketasim.explorer.server import explorer_app
from ketasim.study.file import default_study_text
from tests.explorer.asked import plain

TOKEN, PORT = "t0ken", 8799
HOME = f"http://127.0.0.1:{PORT}"


@pytest.fixture(scope="module")
def client():
    app = explorer_app(TOKEN, PORT, LOOPBACK, warm=False)
    with TestClient(app, base_url=HOME, raise_server_exceptions=False) as found:
        yield found


def test_page_and_its_headers(client):
    for path, kind in (("", "text/html"), ("explorer.js", "text/javascript"),
                       ("explorer.css", "text/css")):  # fmt: skip
        answer = client.get(f"/{TOKEN}/{path}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        policy = answer.headers["content-security-policy"]
        for part in ("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'",
                     f"connect-src 'self' ws://127.0.0.1:{PORT}"):  # fmt: skip
            assert part in policy
        assert "unsafe-eval" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


PATHS = [
    "/", "/t0ken", "/t0ke/", "/T0KEN/", "/t0ken2/", "//t0ken/", "/t0ken//", "/t0ken/index.html",
    "/t0ken/%2e%2e/catalogue.json", "/t0ken/..%2f..%2fetc/passwd",
    "/t0ken/page/explorer.js", "/t0ken/server.py", "/t0ken/\\..\\server.py", "/t0ken/%00",
    "/t0ken/explorer.js/", "/catalogue.json", "/t0ken/é",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_nothing_else_is_served(client, path):
    assert client.get(path).status_code == 404


HOSTS = [
    "evil.example:8799", "127.0.0.1", "127.0.0.1:80", "127.0.0.2:8799",
    "localhost.evil.example:8799", "", "127.0.0.1:8799@evil",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_other_hosts_are_refused(client, host):
    assert client.get(f"/{TOKEN}/", headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", [f"localhost:{PORT}", f"[::1]:{PORT}", f"LOCALHOST:{PORT}"])
def test_own_hosts_pass(client, host):
    assert client.get(f"/{TOKEN}/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:8799",
                                    "http://127.0.0.1:8798", "http://localhost:8799"])  # fmt: skip
def test_other_origins_are_refused(client, origin):
    head = {"origin": origin}
    assert client.get(f"/{TOKEN}/catalogue.json", headers=head).status_code == 403
    assert client.post(f"/{TOKEN}/study", content="", headers=head).status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(f"/{TOKEN}/live", headers=head),
    ):
        pass  # pragma: no cover


def test_own_origin_passes(client):
    with client.websocket_connect(f"ws://127.0.0.1:{PORT}/{TOKEN}/live", headers={"origin": HOME}):
        pass


def test_a_socket_needs_the_token(client):
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/live"):
        pass  # pragma: no cover


def test_methods(client):
    assert client.post(f"/{TOKEN}/").status_code == 405
    assert client.get(f"/{TOKEN}/export").status_code == 405
    assert client.put(f"/{TOKEN}/study").status_code == 405


def test_tokens_differ():
    assert len({new_token() for _ in range(100)}) == 100
    assert all(len(new_token()) >= 32 for _ in range(5))


def test_catalogue(client):
    answer = client.get(f"/{TOKEN}/catalogue.json")
    assert answer.headers["content-type"] == "application/json"
    read_question(answer.json()["default"])


def test_a_study_becomes_a_question(client):
    answer = client.post(f"/{TOKEN}/study", content=default_study_text()).json()
    assert read_question(answer["question"]).until_d == 28
    assert len(answer["notes"]) == 3


BAD_STUDIES = {
    "no TOML": ("title = ", "study: not TOML"),
    "a typo": ('titel = "x"', "study: titel: no such key; nearest: title"),
    "deep": ("a = " + "[" * 20000, "study: "),
    "a file of people": (
        'title = "t"\noutputs = ["MADRS"]\n[population]\nfile = "/etc/passwd"\n'
        '[[arms]]\nname = "a"',
        "population.file",
    ),
    "not text": (b"\xff\xfe\x00", "study: "),
    "too many repeats": (
        'title="t"\noutputs=["MADRS"]\n[[arms]]\nname="a"\nregimen=[{dose="1 mg",over="1 h",'
        'every="1 h",times=99999999999}]', "is too many",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_STUDIES)
def test_bad_studies_are_told(client, case):
    content, said = BAD_STUDIES[case]
    answer = client.post(f"/{TOKEN}/study", content=content)
    assert answer.status_code == 422
    assert any(said in line for line in answer.json()["problems"])


def test_large_bodies_are_refused(client):
    assert client.post(f"/{TOKEN}/study", content=b"#" * (MOST_BODY_BYTES + 1)).status_code == 413

    def unsaid():
        for _ in range(80):
            yield b"#" * 4096

    assert client.post(f"/{TOKEN}/study", content=unsaid()).status_code == 413
    assert client.post(
        f"/{TOKEN}/study", content=b"", headers={"content-length": "-1"}
    ).status_code in (400, 413)


def test_export(client):
    answer = client.post(
        f"/{TOKEN}/export", content=json.dumps({"question": plain(), "kind": "toml"})
    )
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="ketamine_saline.toml"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "[[arms]]" in answer.text


BODIES = [
    "", "{", "[]", "nul", '{"kind": "exe"}', '{"kind": "csv"}',
    '{"kind": "csv", "question": {"v": NaN}}', "[" * 100000,
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_bad_exports_are_told(client, body):
    answer = client.post(f"/{TOKEN}/export", content=body)
    assert answer.status_code == 422
    assert all("\n" not in line for line in answer.json()["problems"])


def test_what_nobody_expected_is_one_line_and_json(client, monkeypatch, capsys):
    from ketasim.explorer import study_text

    def broken(_):
        raise ZeroDivisionError("oh\nno")

    monkeypatch.setattr(study_text, "study_as_question", broken)
    answer = client.post(f"/{TOKEN}/study", content="x")
    said = "internal error: ZeroDivisionError: oh"
    assert (answer.status_code, answer.json()) == (500, {"problems": [said], "kind": "internal"})
    assert answer.headers["cache-control"] == "no-store"
    assert capsys.readouterr().err == f"ketasim: {said}\n"


def test_a_catalogue_that_takes_long_is_awaited(monkeypatch, capsys):
    goes_on, built = threading.Event(), []

    def slow(_):
        built.append(1)
        goes_on.wait(10)
        if len(built) == 1:
            raise ZeroDivisionError("oh")
        return b"{}"

    monkeypatch.setattr(server, "CATALOGUE_S", 0.05)
    monkeypatch.setattr(catalogue, "catalogue_json", slow)
    app = explorer_app(TOKEN, PORT, LOOPBACK, warm=False)
    with TestClient(app, base_url=HOME) as own:
        for _ in range(3):
            answer = own.get(f"/{TOKEN}/catalogue.json")
            assert (answer.status_code, answer.json()["kind"]) == (503, "preparing")
            assert answer.headers["retry-after"] == "1"
        assert built == [1]
        goes_on.set()
        codes = [503]
        while codes[-1] != 200:
            codes.append(own.get(f"/{TOKEN}/catalogue.json").status_code)
        assert [code for code in codes if code != 503] == [500, 200]
    assert built == [1, 1]
    assert capsys.readouterr().err == "ketasim: internal error: ZeroDivisionError: oh\n"


def test_preparing_does_not_count_as_time_of_an_ask(monkeypatch):
    def slow(start, stopped, first_done):
        time.sleep(0.6)
        first_done()

    monkeypatch.setattr(warm, "make_ready", slow)
    monkeypatch.setattr(live, "LONGEST_S", 0.3)
    monkeypatch.setattr(live, "answer", lambda ask, *_: problem(ask.id, ask.want, ["done"]))
    with TestClient(explorer_app(TOKEN, PORT, LOOPBACK), base_url=HOME) as own:
        begun = time.perf_counter()
        with own.websocket_connect(f"ws://127.0.0.1:{PORT}/{TOKEN}/live") as socket:
            socket.send_text(json.dumps({"id": 1, "want": "typical", "question": plain()}))
            assert json.loads(socket.receive_text())["problems"] == ["done"]
        assert time.perf_counter() - begun > 0.3
