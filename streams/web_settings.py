"""The settings of `svartid web`: where it listens, who may ask, and how much. May import: pydantic.

Each is `SVARTID_WEB_<NAME>`. Lists are separated by commas.
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

Network = IPv4Network | IPv6Network

SHORTEST_TOKEN: Final = 16
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]+")  # what RFC 6750 lets a bearer token be
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


def is_host(name: str) -> str:
    """What can be looked up as a host: an address or a name."""
    try:
        name.encode("idna")
    except UnicodeError:
        raise ValueError("it is no host: the parts between its dots have 1 to 63 letters") from None
    return name


def _listed(value: object) -> object:
    return tuple(filter(None, (one.strip() for one in value.split(",")))) if isinstance(value, str) else value


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError("it has addresses such as 10.0.0.7, or networks such as 10.0.0.0/8") from None


def _origin(text: str) -> str:
    """What a browser calls the origin of a page."""
    try:
        parts = urlsplit(text)
        is_one = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and text == f"{parts.scheme}://{parts.netloc}"
        )
    except ValueError:
        is_one = False
    if not is_one or "@" in text or "*" in text:
        raise ValueError("an origin is a scheme, a host and a port, such as https://board.example.org; no path, no *")
    return text


Listed = BeforeValidator(_listed)


class WebSettings(BaseSettings):
    """What `svartid web` alone goes by; all others pass it over."""

    web_host: Annotated[str, AfterValidator(is_host)] = Field("127.0.0.1", min_length=1)
    web_port: int = Field(8090, ge=0, le=65535)  # 0 picks a free one
    web_token: SecretStr = SecretStr("")  # of who asks; several while one is changed
    web_identity_header: str | None = Field(None, pattern=f"^{_HEADER.pattern}$")  # in which a proxy says who asks
    web_proxies: Annotated[tuple[Annotated[Network, BeforeValidator(_network)], ...], NoDecode, Listed] = ()
    web_origins: Annotated[tuple[Annotated[str, BeforeValidator(_origin)], ...], NoDecode, Listed] = ()
    web_most_connections: int = Field(4096, ge=1, le=1_000_000)
    web_most_watchers: int = Field(2500, ge=0, le=1_000_000)
    web_watchers_a_client: int = Field(100, ge=1, le=1_000_000)
    web_requests_a_minute: int = Field(600, ge=1, le=1_000_000)  # of one client
    web_most_rows: int = Field(5000, ge=1, le=1_000_000)  # of one history
    web_most_days: int = Field(1100, ge=1, le=100_000)  # that it spans: three years
    web_histories_at_once: int = Field(2, ge=1, le=64)
    web_message: str = Field("", max_length=200)  # a line for everybody who looks at a board

    @property
    def web_tokens(self) -> tuple[str, ...]:
        """Each that is accepted; none where none is asked for."""
        return tuple(filter(None, (one.strip() for one in self.web_token.get_secret_value().split(","))))

    @property
    def is_of_loopback(self) -> bool:
        """Whether nobody on another machine can reach it."""
        try:
            return ip_address(self.web_host).is_loopback
        except ValueError:
            return self.web_host == "localhost"

    @field_validator("web_token")
    @classmethod
    def _are_hard_to_guess(cls, value: SecretStr) -> SecretStr:
        for token in filter(None, (one.strip() for one in value.get_secret_value().split(","))):
            if len(token) < SHORTEST_TOKEN or not _TOKEN.fullmatch(token):
                raise ValueError(
                    f"a token has {SHORTEST_TOKEN} letters, digits or signs (-._~+/=) at least, such as "
                    "`openssl rand -hex 32` makes; several are separated by commas"
                )
        return value
