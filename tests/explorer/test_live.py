"""The live connection: right answers last, mistakes in words, nothing left running."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from ketasim.explorer import asks, live
from ketasim.explorer.frame import decode
from ketasim.explorer.guard import LOOPBACK
from ketasim.explorer.live import MOST_MESSAGE_BYTES
from ketasim.explorer.server import explorer_app
from ketasim.explorer.simulate import typical_curves
from tests.explorer.asked import INFUSION, SALINE, plain, question

TOKEN, PORT = "t0ken", 8798
LIVE = f"ws://127.0.0.1:{PORT}/{TOKEN}/live"


@pytest.fixture(scope="module")
def client():
    app = explorer_app(TOKEN, PORT, LOOPBACK, warm=False)
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}") as found:
        typical_curves(question())
        yield found


def with_dose(mg_per_kg):
    step = {**INFUSION, "dose": f"{mg_per_kg} mg/kg"}
    return plain(
        arms=[{"name": "ketamine", "steps": [step]}, {"name": "saline", "steps": [SALINE]}]
    )


def ask(id_, want="typical", asked=None, **more):
    return json.dumps({"id": id_, "want": want, "question": asked or plain(), **more})


def told(socket) -> Any:
    """Return the next message: header, times and series, or a problem."""
    message = socket.receive()
    if message.get("text") is not None:
        return json.loads(message["text"])
    return decode(message["bytes"])


def test_a_typical_person(client):
    with client.websocket_connect(LIVE) as socket:
        socket.send_text(ask(7, outputs=["MADRS"]))
        head, times, series = told(socket)
    assert (head["id"], head["want"], head["n_times"]) == (7, "typical", len(times))
    assert set(series) == {("ketamine", "MADRS", "value"), ("saline", "MADRS", "value")}
    assert head["failed"] == {"ketamine": 0, "saline": 0}
    assert head["doses"][0]["label"] == "0.5 mg/kg ketamine over 40 min"
    assert head["ms"] > 0


def test_a_population_and_shares(client):
    with client.websocket_connect(LIVE) as socket:
        socket.send_text(ask(1, "ribbon", outputs=["MADRS"]))
        head, _, series = told(socket)
        assert head["want"] == "ribbon"
        assert ("ketamine", "MADRS", "remission") in series
        socket.send_text(ask(2, "attribution", reading="blocked below rest"))
        head, times, series = told(socket)
    assert (head["want"], head["reading"], len(times)) == ("attribution", "blocked below rest", 12)
    assert ("ketamine", "MADRS", "share:nmda") in series


def test_a_burst_ends_in_the_newest(client):
    doses = [round(0.2 + k / 100, 2) for k in range(60)]
    with client.websocket_connect(LIVE) as socket:
        for k, dose in enumerate(doses):
            for want in ("typical", "ribbon"):
                socket.send_text(ask(k, want, with_dose(dose), outputs=["MADRS"]))
        seen = {"typical": [], "ribbon": []}
        last = {}
        while any(ids[-1:] != [59] for ids in seen.values()):
            head, _, series = told(socket)
            seen[head["want"]].append(head["id"])
            last[head["want"]] = series
    for ids in seen.values():
        assert ids == sorted(set(ids))
    wanted = typical_curves(question(arms=with_dose(doses[-1])["arms"]), ["MADRS"]).series[0][3]
    assert last["typical"]["ketamine", "MADRS", "value"] == pytest.approx(wanted, rel=1e-6)


def test_old_asks_are_dropped_while_one_runs(client, monkeypatch):
    running, answered = threading.Event(), []

    def slow(asked, given, stopped):
        answered.append(asked.id)
        running.wait(5)
        return asks.problem(asked.id, asked.want, ["done"])

    monkeypatch.setattr(live, "answer", slow)
    with client.websocket_connect(LIVE) as socket:
        socket.send_text(ask(0))
        while not answered:
            time.sleep(0.01)
        for k in range(1, 30):
            socket.send_text(ask(k))
        time.sleep(0.1)
        running.set()
        assert [told(socket)["id"], told(socket)["id"]] == [0, 29]
    assert answered == [0, 29]


def test_two_pages_at_once(client):
    with client.websocket_connect(LIVE) as one, client.websocket_connect(LIVE) as other:
        one.send_text(ask(1, asked=with_dose(0.3), outputs=["Cket"]))
        other.send_text(ask(2, asked=with_dose(0.9), outputs=["Cket"]))
        _, _, low = told(one)
        _, _, high = told(other)
    key = ("ketamine", "Cket", "value")
    assert high[key].max() == pytest.approx(3 * low[key].max(), rel=0.05)


def test_a_page_that_goes_leaves_nothing_running(client, monkeypatch):
    begun, ended = threading.Event(), threading.Event()

    def endless(asked, given, stopped):
        begun.set()
        while not stopped():
            time.sleep(0.005)
        ended.set()
        raise asks.Stopped

    monkeypatch.setattr(live, "answer", endless)
    with client.websocket_connect(LIVE) as socket:
        socket.send_text(ask(1, "attribution"))
        assert begun.wait(5)
    assert ended.wait(5)


def test_newer_shares_stop_older_ones(client, monkeypatch):
    stops, begun = [], threading.Event()

    def endless(asked, given, stopped):
        begun.set()
        while asked.id == 1 and not stopped():
            time.sleep(0.005)
        if asked.id == 1:
            stops.append(asked.id)
            raise asks.Stopped
        return asks.problem(asked.id, asked.want, ["done"])

    monkeypatch.setattr(live, "answer", endless)
    with client.websocket_connect(LIVE) as socket:
        socket.send_text(ask(1, "attribution"))
        assert begun.wait(5)
        socket.send_text(ask(2, "attribution"))
        ended, newer = told(socket), told(socket)
        assert (ended["id"], ended["kind"], ended["problems"]) == (1, "stopped", [])
        assert newer["id"] == 2
    assert stops == [1]


@pytest.mark.parametrize("want", ["typical", "ribbon"])
def test_a_moved_slider_stops_shares_of_what_was_asked_before(client, monkeypatch, want):
    begun = threading.Event()

    def endless(asked, given, stopped):
        if asked.want != "attribution":
            return asks.problem(asked.id, asked.want, ["done"])
        begun.set()
        for _ in range(1000):
            if stopped():
                raise asks.Stopped
            time.sleep(0.005)
        return asks.problem(asked.id, asked.want, ["not stopped"])

    monkeypatch.setattr(live, "answer", endless)
    with client.websocket_connect(LIVE) as socket:
        socket.send_text(ask(1, "attribution"))
        assert begun.wait(5)
        socket.send_text(ask(2, want))  # the same question: its shares go on
        assert told(socket)["id"] == 2
        socket.send_text(ask(3, want, asked=with_dose(0.9)))
        found = {each["id"]: each for each in (told(socket), told(socket))}
    assert found[1]["kind"] == "stopped"
    assert found[3]["problems"] == ["done"]


def test_what_takes_too_long_is_ended(client, monkeypatch):
    monkeypatch.setattr(live, "LONGEST_S", 0.05)
    stopped_at = []

    def endless(asked, given, stopped):
        while not stopped():
            time.sleep(0.005)
        stopped_at.append(asked.id)
        raise asks.Stopped

    monkeypatch.setattr(live, "answer", endless)
    with client.websocket_connect(LIVE) as socket:
        socket.send_text(ask(3, "ribbon"))
        found = told(socket)
        assert (found["id"], found["kind"]) == (3, "too long")
        for _ in range(100):
            if stopped_at:
                break
            time.sleep(0.01)
    assert stopped_at == [3]


BAD = {
    "no JSON": ("{", "message: not JSON"),
    "a list": ("[]", "message: it must be an object"),
    "deep": ("[" * 60000, "message: not JSON: nested too deeply"),
    "deep objects": ('{"a":' * 12000, "message: not JSON"),
    "NaN": ('{"id": 1, "want": "typical", "question": {"n": NaN}}', "NaN is no number of JSON"),
    "infinity": (ask(1).replace('"n": 12', '"n": 1e999'), "question: n"),
    "no id": ('{"want": "typical"}', "ask: id: missing"),
    "a huge id": (ask(10**400), "ask: id"),
    "no such kind": (ask(1, "everything"), "ask: want: 'everything' is not a choice"),
    "no question": ('{"id": 1, "want": "typical"}', "is no question"),
    "a huge number": (ask(1).replace('"n": 12', '"n": 1' + "0" * 5000), "message: not JSON"),
    "huge values": (ask(1, asked=plain(n=10**12)), "question: n: 1000000000000 is out of range"),
    "unknown output": (ask(1, outputs=["MADR"]), "outputs: no output 'MADR'; nearest: MADRS"),
    "a mechanism that is none": (ask(1, asked=plain(off=["x"])), "question: off: no mechanism"),
    "too large": ('{"id": 1, "x": "' + "a" * MOST_MESSAGE_BYTES + '"}', "larger than 64 kB"),
    "a surrogate": ('{"id": 1, "want": "\\ud800"}', "half a character"),
    "numbers for names": (ask(1, asked=plain(control=3)), "question: control"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_messages_are_answered_in_words_and_the_line_stays(client, case):
    text, said = BAD[case]
    with client.websocket_connect(LIVE) as socket:
        socket.send_text(text)
        found = told(socket)
        assert any(said in line for line in found["problems"]), found
        socket.send_text(ask(5, outputs=["MADRS"]))
        assert told(socket)[0]["id"] == 5


def test_binary_messages_are_answered(client):
    with client.websocket_connect(LIVE) as socket:
        socket.send_bytes(b"\x00\x01")
        assert told(socket)["problems"] == ["a message must be text, as JSON"]


def test_equations_that_fail_are_told(client):
    with client.websocket_connect(LIVE) as socket:
        socket.send_text(ask(1, asked=plain(values={"CL_S": 1e300})))
        found = told(socket)
    assert (found["id"], found["kind"]) == (1, "numerical")


def test_what_nobody_expected_is_told_and_the_line_stays(client, monkeypatch, capsys):
    def broken(*_):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(asks, "typical_curves", broken)
    with client.websocket_connect(LIVE) as socket:
        for k in (1, 2):
            socket.send_text(ask(k))
            found = told(socket)
            assert (found["id"], found["kind"]) == (k, "internal")
            assert found["problems"] == ["internal error: ZeroDivisionError: oh"]
    assert capsys.readouterr().err == 2 * "ketasim: internal error: ZeroDivisionError: oh\n"
