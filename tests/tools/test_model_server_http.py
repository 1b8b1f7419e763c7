"""The server reads HTTP however it arrives."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.tools.serving.server import ModelServer

BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hello"}]}).encode()


def post(body: bytes, *more: str, path: str = "/v1/chat/completions") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: here", *more]
    if not any("Transfer-Encoding" in line for line in more):
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class Wire:
    def __init__(self, server: ModelServer) -> None:
        self._socket = socket.create_connection(("127.0.0.1", int(server.url.split(":")[2])), 10)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def reply(self) -> tuple[int, bytes]:
        """Status and body of the next reply; (0, b"") if there is none."""
        line = self._file.readline()
        if not line:
            return 0, b""
        length = 0
        while (header := self._file.readline()) not in {b"\r\n", b""}:
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(line.split()[1]), self._file.read(length)


def said(reply: tuple[int, bytes]) -> Any:
    assert reply[0] == 200
    return json.loads(reply[1])["choices"][0]["message"]["content"]


def test_a_request_may_come_byte_by_byte(server: ModelServer) -> None:
    request = post(BODY)
    with Wire(server) as wire:
        for at in range(len(request)):
            wire.send(request[at : at + 1])
        assert said(wire.reply())


@pytest.mark.parametrize("latency", [0.0, 0.01])
def test_pipelined_requests_are_answered_in_order(
    model_server: type[ModelServer], latency: float
) -> None:
    def body(number: int) -> bytes:
        turn = {"role": "user", "content": str(number)}
        return json.dumps({"model": "m", "messages": [turn]}).encode()

    def echo(request: dict[str, Any]) -> str:
        return str(request["messages"][0]["content"])

    with model_server(brain=echo, latency=latency) as server, Wire(server) as wire:
        count = 20 if latency else 2000
        wire.send(b"".join(post(body(number)) for number in range(count)))
        assert [said(wire.reply()) for _ in range(count)] == [str(at) for at in range(count)]
        assert server.count() == count


def test_chunked_bodies(server: ModelServer) -> None:
    chunks = (
        b"".join(
            b"%x;name=value\r\n%b\r\n" % (len(BODY[at : at + 7]), BODY[at : at + 7])
            for at in range(0, len(BODY), 7)
        )
        + b"0\r\n\r\n"
    )
    request = post(chunks, "Transfer-Encoding: chunked")
    with Wire(server) as wire:
        for half in (request[: len(request) // 2], request[len(request) // 2 :]):
            wire.send(half)
        assert said(wire.reply())
        wire.send(post(BODY))
        assert said(wire.reply())
    assert [one.raw for one in server.requests] == [BODY, BODY]


def test_big_bodies(server: ModelServer) -> None:
    content = "x" * 20_000_000
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": content}]})
    with Wire(server) as wire:
        wire.send(post(body.encode()))
        status, reply = wire.reply()
    assert status == 200
    assert json.loads(reply)["usage"]["prompt_tokens"] == 5_000_000


def test_a_client_that_waits_to_be_asked(server: ModelServer) -> None:
    with Wire(server) as wire:
        wire.send(post(BODY, "Expect: 100-continue").removesuffix(BODY))
        assert wire.reply() == (100, b"")
        wire.send(BODY)
        assert said(wire.reply())


def test_a_connection_closes_when_asked(server: ModelServer) -> None:
    with Wire(server) as wire:
        wire.send(post(BODY, "Connection: close"))
        assert said(wire.reply())
        assert wire.reply() == (0, b"")


@pytest.mark.parametrize(
    "request_bytes",
    [b"nonsense\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"x" * 300_000],
)
def test_what_is_not_http_is_refused(server: ModelServer, request_bytes: bytes) -> None:
    with Wire(server) as wire:
        wire.send(request_bytes)
        assert wire.reply()[0] == 400
        assert wire.reply() == (0, b"")
    assert server.requests == []


@pytest.mark.parametrize(
    "path, body, said",
    [
        ("/v1/chat/completions", b"{not json", "The body is not JSON"),
        ("/v1/chat/completions", b"{}", "messages: Field required"),
        ("/v1/messages", b'{"messages": []}', "max_tokens: Field required"),
        ("/v1/nothing", b"{}", "Not found: /v1/nothing"),
    ],
)
def test_wrong_requests_are_told_so(server: ModelServer, path: str, body: bytes, said: str) -> None:
    with Wire(server) as wire:
        wire.send(post(body, path=path))
        status, reply = wire.reply()
    assert status in {400, 404}
    assert json.loads(reply)["error"]["message"] == said


def test_an_unfinished_request_is_not_counted(server: ModelServer) -> None:
    with Wire(server) as wire:
        wire.send(post(BODY)[:-1])
        wire.send(b"")
    with Wire(server) as wire:
        wire.send(post(BODY))
        assert said(wire.reply())
    assert server.count() == 1
