"""The seams of Faust and aiokafka that batches come through: one message a topic, events that gather on their way."""

import re

import pytest
from faust.types import TP

from streams.ingest.transport import BatchScheduler
from tests.conftest import Installations
from tests.ingest.generated import generate

COMMITS = re.compile(r"^svartid_worker_commits_total (\S+)$", re.MULTILINE)


def test_a_topics_partitions_come_as_one_message_each_in_its_order() -> None:
    phone_0, phone_1, chat_0 = TP("phone", 0), TP("phone", 1), TP("chat", 0)
    fetched = {phone_0: [[1, 2], [3]], chat_0: [[7]], phone_1: [[4]], TP("written", 0): []}
    handed_out = list(BatchScheduler().iterate(fetched))
    assert handed_out == [(phone_0, {phone_0: [1, 2, 3], phone_1: [4]}), (chat_0, {chat_0: [7]})]


@pytest.mark.real
def test_events_that_come_thick_are_committed_together(installations: Installations) -> None:
    """Sent one after the other, some milliseconds apart. Where nothing gathers, nearly each is a commit of its own."""
    installation = installations({"phone": 1})
    log = generate(15, 600)
    records = [record for record in log.records if record.channel == "phone"]
    worker = installation.start()
    worker.wait_until_reading()
    with installation.sending(records, chunk=1):
        installation.wait_committed(len(records))
    found = COMMITS.search(worker.get("/metrics")[1])
    assert found and 0 < float(found[1]) < len(records) / 2, found
    installation.verify(len(records))
