"""How long the server waits for somebody: what arrives by drops, or never, keeps nobody else waiting (row S32).

A connection that has said nothing holds no thread. One that began has so many seconds to say its headers, then so many for
its body, however few bytes come at a time. When too many wait, the next one hears it at once.
"""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Any

from cheroot.makefile import MakeFile
from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.wsgi import Server as WSGIServer

from grandlivre.viewer import refusals

HEADER_SECONDS = 5.0
BODY_SECONDS = 30.0
"""Twenty-five megabytes of a scan pass in a second on this machine; a busy one takes its time."""
THREADS = 32
LONGEST_QUEUE = 200


class _Hurried(socket.socket):
    """A socket read until a given moment, whatever the number of bytes."""

    until = float("inf")

    def recv_into(self, *arguments: Any, **named: Any) -> int:
        usual = self.gettimeout()
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.settimeout(min(left, usual) if usual else left)
        try:
            return super().recv_into(*arguments, **named)
        finally:
            self.settimeout(usual)


class _Request(HTTPRequest):
    """A request whose headers were read."""

    def respond(self) -> None:
        self.conn.socket.until = time.monotonic() + BODY_SECONDS
        super().respond()


class _Connection(HTTPConnection):
    """A connection whose requests have a moment by which they must be there."""

    RequestHandlerClass = _Request

    def __init__(self, server: Any, sock: socket.socket, makefile: Any = MakeFile) -> None:
        patience = sock.gettimeout()
        hurried = _Hurried(sock.family, sock.type, sock.proto, fileno=sock.detach())
        hurried.settimeout(patience)
        super().__init__(server, hurried, makefile)

    def communicate(self) -> Any:
        self.socket.until = time.monotonic() + HEADER_SECONDS
        return super().communicate()  # type: ignore[no-untyped-call]


class Server(WSGIServer):
    """cheroot's server over such connections."""

    ConnectionClass = _Connection

    _connections: Any

    def process_conn(self, conn: Any) -> None:
        """Gives a connection to a thread once there is something to read."""
        if conn.last_used is None:
            self._connections.put(conn)  # the selector calls again when the first byte is there
        elif self.requests.qsize >= LONGEST_QUEUE:
            with contextlib.suppress(OSError):
                conn.socket.sendall(_BUSY)
            conn.close()
        else:
            super().process_conn(conn)


_PAGE = refusals.page(refusals.SENTENCES[503])
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
    b"Content-Length: %d\r\nRetry-After: 5\r\n\r\n%s" % (len(_PAGE), _PAGE)
)
