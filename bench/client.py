"""A browser as thin as can be: one kept connection, one cookie, gzip. It must not cost what the server costs."""

import gzip
import re
import socket
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    """As it came, compressed perhaps."""
    size: int
    """Bytes on the line, head included."""

    @property
    def text(self) -> str:
        return (gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body).decode()


class UnexpectedAnswer(Exception):
    pass


class Client:
    def __init__(self, port: int, cookie: str = "") -> None:
        self._host, self.cookie = f"127.0.0.1:{port}", cookie
        self._line = socket.create_connection(("127.0.0.1", port))
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = self._line.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._read.close()
        self._line.close()

    def get(self, path: str) -> Answer:
        return self.ask(self.request("GET", path), (200,))

    def post(self, path: str, **fields: str) -> Answer:
        body = urlencode(fields).encode()
        return self.ask(self.request("POST", path, body, "application/x-www-form-urlencoded"), (200, 303))

    def token(self, path: str) -> str:
        """The CSRF token of a page."""
        found = TOKEN.search(self.get(path).text)
        assert found, f"{path} has no form"
        return found[1]

    def request(self, method: str, path: str, body: bytes = b"", content_type: str = "", token: str = "") -> bytes:
        """A request as bytes, to be sent as often as one likes."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}", "Accept-Encoding: gzip"]
        if self.cookie:
            lines.append(f"Cookie: {self.cookie}")
        if method != "GET":
            lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
        if token:
            lines.append(f"X-CSRFToken: {token}")
        return "\r\n".join([*lines, "", ""]).encode() + body

    def ask(self, request: bytes, expected: tuple[int, ...] = (200,)) -> Answer:
        self._line.sendall(request)
        status = int(self._read.readline().split()[1])
        size, headers = 17, {}
        while (line := self._read.readline()) not in {b"\r\n", b""}:
            size += len(line)
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = self._read.read(int(headers.get("content-length", "0")))
        if "set-cookie" in headers:
            self.cookie = headers["set-cookie"].partition(";")[0]
        if status not in expected:
            raise UnexpectedAnswer(f"{status} to {request[:120]!r}: {body[:300]!r}")
        return Answer(status, headers, body, size + len(body))
