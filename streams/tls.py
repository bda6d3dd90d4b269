"""TLS as the settings ask for it, and in words why a server cannot be reached. May import: standard library.

The settings of each server are called SVARTID_<SERVER>_CA_PATH, _CERTIFICATE_PATH and _PRIVATE_KEY_PATH.
"""

import ssl
from asyncio import IncompleteReadError
from collections.abc import Iterator
from pathlib import Path
from socket import gaierror

_OTHER_HOST = (62, 64)  # OpenSSL's codes where a certificate is for another name, or for another address


class BadConnectionSetting(Exception):
    """A setting that no connection can be made with: the text names it, says what to do, and has no secret in it."""


def context(server: str, ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """What verifies the server by its authority and host name, and shows it our certificate if there is one.

    Without `ca` the machine's own authorities are trusted. Raises BadConnectionSetting.
    """
    try:
        made = ssl.create_default_context(cafile=str(ca) if ca else None)
    except OSError as error:
        raise _unreadable(f"SVARTID_{server}_CA_PATH", ca, error) from None
    if certificate is not None:
        try:
            made.load_cert_chain(str(certificate), str(key) if key else None, password=lambda: "")
        except OSError as error:
            names = f"SVARTID_{server}_CERTIFICATE_PATH and SVARTID_{server}_PRIVATE_KEY_PATH"
            raise _unreadable(names, certificate, error) from None
    elif key is not None:
        raise BadConnectionSetting(
            f"SVARTID_{server}_PRIVATE_KEY_PATH is set: set SVARTID_{server}_CERTIFICATE_PATH too"
        )
    return made


def _unreadable(names: str, path: Path | None, error: OSError) -> BadConnectionSetting:
    said = getattr(error, "reason", None) or error.strerror or "it is no PEM file"
    return BadConnectionSetting(
        f"{names}: cannot use {path} ({said}). Certificates and an unencrypted key, as PEM, are needed"
    )


def why(error: BaseException, server: str) -> str:
    """Why a connection was not made or did not last, and what to do, without any of what was sent over it."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _distrusted(cause, server)
        if isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or ""):
            return (
                f"it does not accept our certificate, or misses it ({cause.reason}): set "
                f"SVARTID_{server}_CERTIFICATE_PATH and SVARTID_{server}_PRIVATE_KEY_PATH to what its authority issued"
            )
        if isinstance(cause, ssl.SSLError):
            return f"no TLS can be agreed on ({cause.reason}): is that its port for TLS?"
        if isinstance(cause, gaierror):
            return "there is no such host"
        if isinstance(cause, ConnectionRefusedError | FileNotFoundError):
            return "nobody listens there"
        if isinstance(cause, ConnectionResetError | IncompleteReadError):
            return "it closes the connection: does it want TLS, or a client certificate? See deploy/SECURITY.md"
    return "it does not answer" if isinstance(error, TimeoutError) else type(error).__name__


def _distrusted(error: ssl.SSLCertVerificationError, server: str) -> str:
    if error.verify_code in _OTHER_HOST:
        return "its certificate is for another host name: use the name that the certificate is for"
    return f"its certificate is not to be trusted ({error.verify_message}): is SVARTID_{server}_CA_PATH its authority?"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
