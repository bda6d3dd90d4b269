"""Why a group does not take this worker, and how it leaves one. May import: tls, aiokafka."""

import asyncio
from collections.abc import Callable

from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import InconsistentGroupProtocolError, InvalidSessionTimeoutError

from streams.tls import BadConnectionSetting

OnRefusal = Callable[[BadConnectionSetting], object]
JOINED_WITHIN_S = 1.0  # by who is to leave; the others of a group may take a minute to let somebody in
LEFT_WITHIN_S = 1.0  # behind a join that is not answered the goodbye is not, either: then the session runs out


class PlainGroup(GroupCoordinator):  # type: ignore[misc]
    """Says at once why a group does not take this worker, where asking again would not help.

    aiokafka keeps it for whoever fetches next, and Faust fetches nothing before it has partitions. And leaves soon.
    """

    _closing: asyncio.Future[None]
    _coordination_task: asyncio.Task[None]

    def __init__(self, *args: object, on_refusal: OnRefusal, **options: object) -> None:
        self._on_refusal = on_refusal
        super().__init__(*args, **options)

    async def close(self) -> None:
        """As aiokafka's, which waits for a join for as long as all others take."""
        if self._closing.done():
            return
        self._closing.set_result(None)
        await asyncio.wait([self._coordination_task], timeout=JOINED_WITHIN_S)
        self._coordination_task.cancel()
        await asyncio.wait([self._coordination_task])
        await self._stop_heartbeat_task()
        await self._stop_commit_offsets_refresh_task()
        await asyncio.wait([asyncio.ensure_future(self._maybe_leave_group())], timeout=LEFT_WITHIN_S)

    def _push_error_to_user(self, exc: Exception) -> object:
        if why := self._why_refused(exc):
            self._on_refusal(BadConnectionSetting(why))
        return super()._push_error_to_user(exc)

    def _why_refused(self, error: Exception) -> str | None:
        if isinstance(error, InvalidSessionTimeoutError):
            asked_s = self._session_timeout_ms / 1000
            return (
                f"Kafka takes no session timeout of {asked_s:g} s. Set SVARTID_SESSION_TIMEOUT_S between the broker's "
                "group.min.session.timeout.ms and group.max.session.timeout.ms"
            )
        if isinstance(error, InconsistentGroupProtocolError):
            return (
                f"the group {self.group_id} has members that are no workers of this kind. Set "
                "SVARTID_CONSUMER_GROUP to a group of svartid's own"
            )
        return None
