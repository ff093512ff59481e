"""``ketasim explore``: ports, hosts, files, the address, and its end."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from ketasim.cli import USAGE, explore, main
from ketasim.errors import UserError
from tests.explorer.asked import plain


def test_a_free_port_is_found_and_one_asked_for_is_not_replaced():
    with explore.bound("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"--port: {port} is taken by another program"):
            explore.bound("127.0.0.1", port)


def test_the_next_port_where_the_usual_one_is_taken(monkeypatch):
    with explore.bound("127.0.0.1", 0) as taken:
        monkeypatch.setattr(explore, "FIRST_PORT", taken.getsockname()[1])
        with explore.bound("127.0.0.1", None) as other:
            assert other.getsockname()[1] > taken.getsockname()[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "203.0.113.7"], "--host: '203.0.113.7' is not an address of this machine"),
        (["--port", "70000"], "--port"),
        (["nowhere.toml"], "nowhere.toml: no such file"),
    ],
)
def test_mistakes_end_with_2(arguments, said, capsys):
    assert main(["explore", "--no-browser", *arguments]) == USAGE
    assert said in capsys.readouterr().err


def test_a_study_that_the_explorer_cannot_hold(tmp_path, capsys):
    path = tmp_path / "mine.toml"
    path.write_text('title = "t"\nwithout = ["lhb"]\noutputs = ["MADRS"]\n[[arms]]\nname = "a"\n')
    assert main(["explore", "--no-browser", str(path)]) == USAGE
    assert f"{path}: without: the explorer leaves no mechanism out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "first", "loopback"),
    [("127.0.0.1", "127.0.0.1", True), ("::1", "[::1]", True), ("localhost", "localhost", True),
     ("192.0.2.1", "192.0.2.1", False), ("0.0.0.0", "127.0.0.1", False)],
)  # fmt: skip
def test_names_it_answers_to(host, first, loopback):
    assert explore.host_names(host)[0] == first
    assert explore.is_loopback(host) is loopback


def test_only_the_host_asked_for(tmp_path):
    assert explore.host_names("192.0.2.1") == ("192.0.2.1",)


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_ends_in_one_line(tmp_path, end):
    path = tmp_path / "mine.toml"
    path.write_text('title = "t"\nquestion = "q"\noutputs = ["MADRS"]\n[[arms]]\nname = "a"\n')
    command = [
        sys.executable,
        "-m",
        "ketasim",
        "explore",
        "--no-browser",
        "--port",
        "0",
        str(path),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        assert process.stdout
        found = re.fullmatch(
            r"ketasim explorer: http://(127\.0\.0\.1):(\d+)(/[\w-]{32}/)\n",
            process.stdout.readline(),
        )
        assert found
        connection = http.client.HTTPConnection(found[1], int(found[2]), timeout=60)
        connection.request("GET", found[3] + "catalogue.json")
        answer = connection.getresponse()
        assert answer.status == 200
        assert b'"until_d": 28.0' in answer.read()
        connection.close()
        process.send_signal(end)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out.endswith("stopped\n")
    assert "Traceback" not in err
    assert f"{path}: question: the question in words is not kept" in err


def test_the_question_of_a_saved_study_is_opened(tmp_path):
    from ketasim.explorer.export import exported

    path = tmp_path / "mine.toml"
    path.write_bytes(exported({"question": plain(off=["lhb"]), "kind": "toml"}).content)
    start, notes = explore.start_question(path)
    assert start is not None
    assert start.off == ("lhb",)
    assert notes == ()


def test_without_a_screen_no_browser_is_looked_for(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert not explore._has_screen()


def test_a_port_in_use_by_a_server_that_waits():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(UserError, match="is taken"):
            explore.bound("127.0.0.1", other.getsockname()[1])
