"""Who is logged in, and how often somebody tried in vain: kept in this process, nowhere else.

A session is a random number in a cookie; everything else about it stays here. It ends when nobody used it for a while, when
it is old, when its account changed, and with the server.
"""

from __future__ import annotations

import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from grandlivre.tasks.accounts import Account
from grandlivre.viewer.readers import Reader, Role

Clock = Callable[[], float]
_MOST = 10_000
"""Sessions, and names or addresses that tried: the oldest make room."""


class Limits(NamedTuple):
    """How long, how often; times in seconds."""

    idle: float = 3_600.0
    """Without a request, a session ends."""
    longest: float = 43_200.0
    """It ends then, whatever happened."""
    tries_by_name: int = 5
    tries_by_address: int = 20
    """Failures before somebody waits."""
    first_wait: float = 60.0
    """The first wait; each failure more doubles it."""
    longest_wait: float = 900.0


LIMITS = Limits()


@dataclass
class _Session:
    account: Account
    token: str
    begun: float
    used: float


class Sessions:
    """The sessions of one server."""

    def __init__(self, limits: Limits = LIMITS, clock: Clock = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._kept: OrderedDict[str, _Session] = OrderedDict()
        self._lock = Lock()

    def begin(self, account: Account) -> str:
        """A new session of an account; what the cookie holds."""
        now = self._clock()
        number = secrets.token_urlsafe(32)
        with self._lock:
            for old in [key for key, each in self._kept.items() if self._is_over(each, now)]:
                del self._kept[old]
            while len(self._kept) >= _MOST:
                self._kept.popitem(last=False)
            self._kept[number] = _Session(account, secrets.token_urlsafe(24), now, now)
        return number

    def find(self, number: str, accounts: Mapping[str, Account], *, touch: bool = True) -> Reader | None:
        """Who a cookie is, None when it is nobody's any more. A page that only asks whether something changed does not `touch`."""
        now = self._clock()
        with self._lock:
            found = self._kept.get(number)
            if found is None:
                return None
            if self._is_over(found, now) or accounts.get(found.account.name) != found.account:
                del self._kept[number]
                return None
            if touch:
                found.used = now
        account = found.account
        return Reader(account.name, role_of(account), account.person, account.tree, found.token)

    def end(self, number: str) -> None:
        """Forgets a session."""
        with self._lock:
            self._kept.pop(number, None)

    def _is_over(self, session: _Session, now: float) -> bool:
        return now - session.used > self._limits.idle or now - session.begun > self._limits.longest


def role_of(account: Account) -> Role:
    """The role of an account."""
    return Role.DONOR if account.tree else Role(account.role)


@dataclass
class _Tries:
    failures: int = 0
    last: float = 0.0
    until: float = 0.0


@dataclass
class Attempts:
    """Failures by name and by address; who failed too often waits, even with the right password."""

    limits: Limits = LIMITS
    clock: Clock = time.monotonic
    _kept: OrderedDict[tuple[str, str], _Tries] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, name: str, address: str) -> float:
        """Seconds until this name, from this address, may try again; 0 when it may."""
        now = self.clock()
        with self._lock:
            tries = [self._kept[key] for key, _ in self._keys(name, address) if key in self._kept]
        return max([each.until - now for each in tries], default=0.0)

    def failed(self, name: str, address: str) -> None:
        """Counts one failure."""
        now = self.clock()
        with self._lock:
            for key, limit in self._keys(name, address):
                tries = self._kept.pop(key, None) or _Tries()
                if now - tries.last > 2 * self.limits.longest_wait:
                    tries = _Tries()
                tries.failures, tries.last = tries.failures + 1, now
                beyond = tries.failures - limit
                if beyond >= 0:
                    tries.until = now + min(self.limits.first_wait * 2 ** min(beyond, 30), self.limits.longest_wait)
                self._kept[key] = tries
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)

    def succeeded(self, name: str) -> None:
        """Forgets the failures of a name; those of an address stay, or its owner's own account would wash them off."""
        with self._lock:
            self._kept.pop(("name", name), None)

    def _keys(self, name: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
        return (
            (("name", name[:64]), self.limits.tries_by_name),
            (("address", _neighbourhood(address)), self.limits.tries_by_address),
        )


def _neighbourhood(address: str) -> str:
    """What one subscriber holds: an address, or the 64 bits that an IPv6 one begins with."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
