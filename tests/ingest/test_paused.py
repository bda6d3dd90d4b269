"""A worker that was away for longer than its session: it comes back as a stranger, and what it writes is refused."""

import pytest

from tests.ingest.generated import assert_books_agree, generate
from tests.ingest.installation import Installation
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

RECORDS = 24_000
STATIC, SAME = {"old": "one", "new": "two"}, {"old": "one", "new": "one"}  # the group's own names for its members


def member(members: dict[str, str], which: str) -> dict[str, str]:
    """The settings of one."""
    return {"SVARTID_GROUP_INSTANCE_ID": members[which]} if members else {}


@pytest.mark.fault(2)
@pytest.mark.parametrize("members", [{}, STATIC, SAME], ids=["dynamic", "static", "replaced by its own like"])
def test_the_old_owner_is_fenced_and_every_event_counts_once(
    installation: Installation, members: dict[str, str]
) -> None:
    """
    events    |-----------------------------------------------|
    worker 1  |-----STOP . . . . . . . . . .CONT-----------------
    worker 2             |---------------------------------------
    """
    log = generate(2, RECORDS)
    with installation.sending(log.records, ahead=6000):
        old = installation.start(**member(members, "old"))
        installation.wait_committed(round(RECORDS * 0.2))
        old.pause()
        epochs = installation.epochs()
        new = installation.start(**member(members, "new"))
        new.wait_until_reading()
        assert all(now > before for now, before in zip(installation.epochs(), epochs, strict=True))
        installation.wait_committed(round(RECORDS * 0.5))
        old.resume()
        # It learns that it is out from its heartbeat or from a refused commit, and joins anew or ends.
        eventually(
            lambda: len(old.lines("took partitions")) > 1 or old.process.poll() is not None,
            lambda: f"the old owner notices; it said\n{old.said}",
        )
    workers = [old, new]

    def is_all_counted() -> bool:
        """Two of one name put each other out of the group, and both may end for it: then one is started again."""
        if members is SAME and all(worker.process.poll() == 3 for worker in workers):
            workers.append(installation.start(**member(members, "new")))
        return installation.committed() == len(log.records)

    eventually(is_all_counted, lambda: f"{installation.committed()} committed; {installation.said}", 60)
    for worker in workers:
        assert worker.process.poll() in (None, 3), worker.said
        assert worker.process.poll() or worker.stop() == 0, worker.said
    installation.verify(len(log.records))
    assert_books_agree(log.books, installation.totals())
