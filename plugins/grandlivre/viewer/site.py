"""Where the books are served: the addresses that are ours, and what a proxy in front may say for others."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")
_PLAIN = {"http": 80, "https": 443}
_TOLD = ("HTTP_FORWARDED", "HTTP_X_REAL_IP")
_SHORT = (
    "L'origine « {origin} » n'est pas celle d'un site : écrivez par exemple https://livres.exemple.org, sans chemin."
)
_UNSAFE = "L'origine « {origin} » est sans TLS : des mots de passe passeraient en clair. Mettez https://, derrière un mandataire tel que Caddy."


@dataclass(frozen=True)
class Site:
    """The addresses under which an application answers."""

    origin: str = ""
    """« https://livres.exemple.org » behind a proxy; "" for this machine's own names."""
    trusts: bool = False
    """Whether who asks has already proved to be our own server, which has looked at the address."""

    @property
    def is_secure(self) -> bool:
        """Whether readers come by TLS."""
        return self.origin.startswith("https:")

    def is_ours(self, environ: WSGIEnvironment) -> bool:
        """Whether the address that a request names is one of ours (row S13)."""
        if self.trusts:
            return True
        host = str(environ.get("HTTP_HOST", "")).lower()
        if self.origin:
            return host == urlsplit(self.origin).netloc
        port = environ.get("SERVER_PORT", "")
        plain = set(_OWN_NAMES) if port == str(_PLAIN["http"]) else set()
        return host in {f"{name}:{port}" for name in _OWN_NAMES} | plain

    def came_in_clear(self, environ: WSGIEnvironment) -> bool:
        """Whether the proxy says that a reader of a TLS site came without."""
        said = environ.get("HTTP_X_FORWARDED_PROTO", "") if self._is_proxy(environ) else ""
        return self.is_secure and said not in ("", "https")

    def settle(self, environ: WSGIEnvironment) -> str:
        """Makes a request say by itself how it came, and returns the reader's address.

        Only a proxy on this machine is believed, and only where an origin was given: anybody can write such headers.
        """
        peer = str(environ.get("REMOTE_ADDR", ""))
        told = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
        address = told if self._is_proxy(environ) and _is_address(told) else peer
        for name in [key for key in environ if key in _TOLD or key.startswith("HTTP_X_FORWARDED_")]:
            del environ[name]
        environ["REMOTE_ADDR"] = address
        if self.origin:
            environ["wsgi.url_scheme"] = urlsplit(self.origin).scheme
        return address

    def _is_proxy(self, environ: WSGIEnvironment) -> bool:
        peer = environ.get("REMOTE_ADDR", "")
        return bool(self.origin) and _is_address(peer) and ipaddress.ip_address(peer).is_loopback


THIS_MACHINE = Site()
INSIDE = Site(trusts=True)


def site_of(origin: str, address: str) -> Site:
    """The site that `serve` is asked for; raises ValueError, in French, for one that would not be safe."""
    if not origin:
        if not ipaddress.ip_address(address).is_loopback:
            raise ValueError(
                f"L'adresse {address} est ouverte au réseau : dites avec --origine sous quel nom les lecteurs y viennent, "
                "par exemple --origine https://livres.exemple.org."
            )
        return THIS_MACHINE
    try:
        parts = urlsplit(origin.rstrip("/").lower())
        port = parts.port
    except ValueError:
        raise ValueError(_SHORT.format(origin=origin)) from None
    named = parts.hostname and not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in _PLAIN or not named:
        raise ValueError(_SHORT.format(origin=origin))
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError(_UNSAFE.format(origin=origin))
    netloc = parts.netloc.removesuffix(f":{port}") if port == _PLAIN[parts.scheme] else parts.netloc
    return Site(f"{parts.scheme}://{netloc}")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
