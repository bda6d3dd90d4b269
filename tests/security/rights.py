"""A Kafka that asks an authorizer before it does anything, and the rights of `deploy/kafka/acls.txt` in it."""

import asyncio
import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest

from streams.local import Kafka

ACLS = Path(__file__).parents[2] / "deploy/kafka/acls.txt"
AUTHORIZER: dict[str, object] = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "false",
    # Who comes without TLS: the broker itself, its controller, and the test as whoever administers them.
    "super.users": "User:ANONYMOUS",
    "listener.name.tls.ssl.principal.mapping.rules": r"RULE:^.*CN=([^,]+).*$/$1/,DEFAULT",
}
# Every decision, in the broker's own words; as it is, only denials are told.
AUDIT = """
logger.authorizer.name=kafka.authorizer.logger
logger.authorizer.level=debug
"""
DECISION = re.compile(
    r"Principal = User:(?P<user>\S+) is (?P<answer>Allowed|Denied) operation = (?P<operation>\w+) "
    r"from host = \S+ on resource = (?P<kind>\w+):LITERAL:(?P<name>\S+)"
)
_CODES = {"topic": 2, "group": 3, "Read": 3, "Write": 4}  # Kafka's, of kinds of resources and of operations
_LITERAL, _ALLOW = 3, 3


class Rule(NamedTuple):
    """One line of the file."""

    user: str
    operation: str
    kind: str
    name: str


class Decision(NamedTuple):
    """One answer of the authorizer's."""

    user: str
    answer: str
    operation: str
    kind: str
    name: str


class GuardedKafka(Kafka):
    """A broker that also says what it allowed and denied."""

    def command(self) -> list[str]:
        """As ever, with the authorizer's log."""
        command = super().command()
        with (self.folder / "log4j2.properties").open("a") as file:
            file.write(AUDIT)
        return command

    def decisions(self, since: int = 0) -> list[Decision]:
        """What was asked of the authorizer, from a place in the log on."""
        return [Decision(*found.groups()) for found in DECISION.finditer(self.log.read_text()[since:])]


def rules(names: Mapping[str, str] | None = None) -> list[Rule]:
    """The file's lines; with `names`, for an installation whose topics and group are called otherwise."""
    parser = ArgumentParser()
    parser.add_argument("--allow-principal", required=True)
    parser.add_argument("--operation", required=True)
    resource = parser.add_mutually_exclusive_group(required=True)
    for kind in ("topic", "group"):
        resource.add_argument(f"--{kind}")
    lines = [shlex.split(line, comments=True) for line in ACLS.read_text().splitlines()]
    return [_rule(vars(parser.parse_args(line)), names) for line in lines if line]


def _rule(given: Mapping[str, Any], names: Mapping[str, str] | None) -> Rule:
    kind = "topic" if given["topic"] else "group"
    name = given[kind]
    return Rule(
        given["allow_principal"].removeprefix("User:"), given["operation"], kind, names[name] if names else name
    )


def give(brokers: str, wanted: Iterable[Rule]) -> None:
    """Gives these rights."""
    _ask(brokers, [CreateAclsRequest(*_filter(rule)) for rule in wanted])


def take(brokers: str, unwanted: Iterable[Rule]) -> None:
    """Takes these rights away."""
    _ask(brokers, [DeleteAclsRequest(*_filter(rule)) for rule in unwanted])


def _filter(rule: Rule) -> tuple[int, str, int, str, str, int, int]:
    return _CODES[rule.kind], rule.name, _LITERAL, f"User:{rule.user}", "*", _CODES[rule.operation], _ALLOW


def _ask(brokers: str, requests: Iterable[Any]) -> None:
    async def ask() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
        await admin.start()
        try:
            for answer in [await admin._send_to_controller(request) for request in requests]:
                assert [one["error_code"] for one in answer.to_object().popitem()[1]] == [0], answer
        finally:
            await admin.close()

    asyncio.run(ask())
