"""How Kafka is reached: brokers and TLS, from the settings. May import: settings."""

import ssl
from typing import Any

from streams.settings import Settings


def ssl_context(settings: Settings) -> ssl.SSLContext | None:
    """TLS as the settings say; None where no CA is named (a broker on loopback)."""
    if settings.kafka_ca_path is None:
        return None
    context = ssl.create_default_context(cafile=str(settings.kafka_ca_path))
    if settings.kafka_certificate_path is not None:
        key = settings.kafka_private_key_path
        context.load_cert_chain(str(settings.kafka_certificate_path), str(key) if key else None)
    return context


def connection(settings: Settings) -> dict[str, Any]:
    """The arguments that every aiokafka client needs to reach the cluster."""
    context = ssl_context(settings)
    return {
        "bootstrap_servers": settings.kafka_brokers,
        "security_protocol": "PLAINTEXT" if context is None else "SSL",
        "ssl_context": context,
    }
