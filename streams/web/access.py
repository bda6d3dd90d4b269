"""Who may ask: whoever reaches it on loopback; elsewhere who has a token, or whom a trusted proxy names.

Pure, but for comparing secrets in equal time. May import: settings, problems.
"""

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from streams.settings import Settings
from streams.web.problems import NOT_TOLD_WHO, WRONG_HOST, Refused

OPENED: Final = (
    "SVARTID_WEB_HOST is {host}, which others can reach, and nothing says who may ask: set SVARTID_WEB_TOKEN, or "
    "SVARTID_WEB_IDENTITY_HEADER and SVARTID_WEB_PROXIES where a proxy says who asks; or unset SVARTID_WEB_HOST"
)
HALF_A_PROXY: Final = (
    "SVARTID_WEB_IDENTITY_HEADER and SVARTID_WEB_PROXIES go together: anybody may send a header, and only a proxy that "
    "is named is believed. Set both, or neither"
)
_LONGEST_IDENTITY: Final = 200


class Who(NamedTuple):
    """Who asks: what limits are counted by."""

    client: str


def why_not(settings: Settings) -> str | None:
    """Why these settings let in whoever comes; None where they do not."""
    if bool(settings.web_identity_header) != bool(settings.web_proxies):
        return HALF_A_PROXY
    is_guarded = bool(settings.web_tokens or settings.web_proxies)
    return None if is_guarded or settings.is_of_loopback else OPENED.format(host=settings.web_host)


class Access:
    """As configured. A token or a proxy's word is enough, each by itself."""

    def __init__(self, settings: Settings) -> None:
        self._tokens = [token.encode() for token in settings.web_tokens]
        self._header = (settings.web_identity_header or "").lower().encode()
        self._proxies = settings.web_proxies
        self._host = settings.web_host

    def of(self, peer: str, headers: Mapping[bytes, bytes]) -> Who:
        """Who asks from an address with these headers (in lower case). Raises Refused."""
        if self._header and self._is_proxy(peer) and (named := headers.get(self._header)):
            return Who(f"{peer} {named[:_LONGEST_IDENTITY].decode('latin-1')}")
        if self._tokens and self._has_token(headers):
            return Who(peer)
        if self._tokens or self._header:
            raise Refused(NOT_TOLD_WHO, headers={"WWW-Authenticate": "Bearer"})
        if not self._is_ours(headers.get(b"host", b"")):
            raise Refused(WRONG_HOST)
        return Who(peer)

    def _is_proxy(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._proxies)

    def _has_token(self, headers: Mapping[bytes, bytes]) -> bool:
        kind, _, told = headers.get(b"authorization", b"").partition(b" ")
        same = [hmac.compare_digest(told.strip(), token) for token in self._tokens]
        return kind.lower() == b"bearer" and any(same)

    def _is_ours(self, host: bytes) -> bool:
        """Whether it was asked by an address, or by its own name: a page of another name may be anybody's."""
        try:
            name = urlsplit(f"//{host.decode('ascii')}").hostname or ""
        except ValueError:
            return False
        if name in ("", "localhost", self._host):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True
