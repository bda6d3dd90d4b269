"""NAV Kontaktsenter in numbers: volumes, advisers, times and habits. The queues are those of config/queues.toml.

Volumes are of 2024: phone 3 124 706, letters 697 369, chat the rest of 4 484 687, over some 250 working days. How they
divide among topics, and the staffing, are chosen so that a usual day looks like the published waits.
May import: the model, durations; `holidays` for the days off.
"""

from dataclasses import replace
from functools import cache

from streams.sources.durations import Exponential, Lognormal, Mixture
from streams.sources.model import (
    Bot,
    Callbacks,
    Centre,
    Line,
    Outside,
    Pool,
    QueueName,
    Survey,
    Written,
)

WORKING_DAYS = 250
PHONE = 3_124_706 / WORKING_DAYS
LETTERS = 697_369 / WORKING_DAYS
CHAT = (4_484_687 - 3_124_706 - 697_369) / WORKING_DAYS

MORNING_PEAK = ((9, 1.25), (9.5, 1.3), (10.5, 1.2), (11.5, 0.9), (12.5, 0.9), (13.25, 1.0), (14, 0.85), (15, 0.5))
SAMHANDLER_DAY = ((9, 1.1), (10, 1.25), (11, 1.1), (11.5, 0.85), (12.25, 0.85), (13, 1.05), (14, 0.95), (15, 0.6))
WAKING = ((0, 0.05), (6, 0.1), (8, 0.8), (9, 1.3), (12, 1.2), (15, 1.1), (16, 0.7), (21, 0.5), (24, 0.05))
PHONE_SHIFTS = ((9, 1.0), (10, 1.05), (11, 1.05), (12, 0.98), (13, 1.0), (15, 0.9), (15.5, 0.3), (15.6, 0))
CHAT_SHIFTS = ((9, 1.0), (11, 1.05), (11.5, 0.9), (12.5, 0.9), (13, 1.0), (15, 0.85), (15.3, 0))

_TO_BE_CALLED = Callbacks(
    from_wait_s=4 * 60,
    accepted=0.15,
    asked_after=Lognormal(50, 0.4),
    promised_s=2 * 3600,
    forgotten=1 / 11,
    cancelled=0.06,
    due_after=Lognormal(50 * 60, 0.7),
    connected=0.80,
)
_CITIZEN = Mixture(0.02, Exponential(6), Exponential(45 * 60))
_PARTNER = Mixture(0.015, Exponential(6), Exponential(28 * 60))
_CHATTER = Mixture(0.03, Exponential(8), Exponential(16 * 60))
_MENU = Lognormal(25, 0.5)
_NO_REPLY = Lognormal(20, 0.3)


def _citizens(agents: float, handling_s: float) -> Pool:
    return Pool(
        agents=agents,
        handling=Lognormal(handling_s, 0.9),
        patience=_CITIZEN,
        shifts=PHONE_SHIFTS,
        ring=Lognormal(5, 0.5),
        missed=0.03,
        missed_after=_NO_REPLY,
        timeout_s=45 * 60,
        rerouted=0.004,
        rerouted_after=Exponential(60),
        callbacks=_TO_BE_CALLED,
    )


def _partners(agents: float, handling_s: float) -> Pool:
    return Pool(
        agents=agents,
        handling=Lognormal(handling_s, 0.8),
        patience=_PARTNER,
        shifts=PHONE_SHIFTS,
        ring=Lognormal(4, 0.5),
        missed=0.02,
        missed_after=_NO_REPLY,
        timeout_s=45 * 60,
        callbacks=_TO_BE_CALLED,
    )


def _chats(at_a_time: float) -> Pool:
    return Pool(
        agents=at_a_time,
        handling=Lognormal(14 * 60, 0.7),
        patience=_CHATTER,
        shifts=CHAT_SHIFTS,
        ring=Lognormal(8, 0.5),
        missed=0.04,
        missed_after=_NO_REPLY,
        timeout_s=25 * 60,
    )


POOLS = {
    "general": _citizens(160, 7 * 60),
    "social": _citizens(33, 6.5 * 60),
    "international": replace(_citizens(8, 9 * 60), overflow_s=15 * 60),
    "employers": _partners(19.3, 6 * 60),
    "providers": _partners(9, 6 * 60),
    "chat": _chats(19),
    "chat-employers": _chats(6),
}


def _phone(audience: str, queue: str, pool: str, share: float, transfers: dict[str, float], overflow: str = "") -> Line:
    demand = MORNING_PEAK if audience == "personbruker" else SAMHANDLER_DAY
    return Line(
        name=QueueName("phone", audience, queue),
        pool=pool,
        per_day=PHONE * share,
        demand=demand,
        menu=_MENU,
        transfers=transfers,
        overflow=overflow or None,
    )


def _chat(queue: str, share: float) -> Line:
    return Line(QueueName("chat", "personbruker", queue), "chat", CHAT * share, MORNING_PEAK, bot="frida")


LINES = (
    _phone("personbruker", "arbeid", "general", 0.25, {"helse": 0.04, "pensjon": 0.02, "sosiale-tjenester": 0.05}),
    _phone("personbruker", "helse", "general", 0.22, {"arbeid": 0.05, "familie": 0.02, "nav-kontor": 0.03}),
    _phone("personbruker", "familie", "general", 0.12, {"arbeid": 0.02, "helse": 0.03, "internasjonalt": 0.02}),
    _phone("personbruker", "pensjon", "general", 0.11, {"helse": 0.03, "internasjonalt": 0.02}),
    # Of 59 calls about social services that were listened to, 44 had to be passed on to an office.
    _phone("personbruker", "sosiale-tjenester", "social", 0.14, {"nav-kontor": 44 / 59, "arbeid": 0.03}),
    _phone("personbruker", "internasjonalt", "international", 0.02, {"arbeid": 0.04, "helse": 0.04}, "arbeid"),
    _phone("samhandler", "arbeidsgiver", "employers", 0.09, {"lege-behandler": 0.01}),
    _phone("samhandler", "lege-behandler", "providers", 0.02, {"arbeidsgiver": 0.02}),
    _phone("samhandler", "kommune", "providers", 0.02, {"arbeidsgiver": 0.03}),
    _chat("arbeid", 0.35),
    _chat("helse", 0.30),
    _chat("familie", 0.20),
    _chat("pensjon", 0.15),
    Line(QueueName("chat", "samhandler", "arbeidsgiver"), "chat-employers", CHAT * 0.05, SAMHANDLER_DAY),
)

_STO, _BTO = (QueueName("written", "personbruker", queue) for queue in ("sto", "bto"))
FRIDA = Bot(
    name=QueueName("chat", "personbruker", "frida"),
    per_day=CHAT * 0.95,
    demand=WAKING,
    talk=Lognormal(150, 0.9),
    solved=0.33,
    partly=0.32,
)


@cache
def nks() -> Centre:
    """NAV Kontaktsenter on working days 9 to 15; the chatbot and the letter box never close."""
    import holidays  # slow to import, and only a simulation needs it

    return Centre(
        timezone="Europe/Oslo",
        hours={"phone": (9, 15), "chat": (9, 15)},
        lines=LINES,
        pools=POOLS,
        bots=(FRIDA,),
        # 6 of the 44 were answered.
        outside=(
            Outside(QueueName("phone", "personbruker", "nav-kontor"), 6 / 44, Lognormal(90, 0.8), Lognormal(240, 0.7)),
        ),
        written=(
            Written(
                _STO,
                LETTERS * 0.8,
                WAKING,
                Lognormal(7 * 3600, 0.7),
                fates={"held": 0.03, "withdrawn": 0.01, "merged": 0.02},
                moved=0.02,
                moved_to=_BTO,
                another=0.1,
            ),
            Written(
                _BTO,
                LETTERS * 0.2,
                WAKING,
                Lognormal(8 * 3600, 0.7),
                fates={"held": 0.01, "withdrawn": 0.02, "merged": 0.03},
                moved=0.08,
                moved_to=_STO,
            ),
        ),
        surveys={
            "phone": Survey(0.2, 0.2, Lognormal(20 * 60, 1.0), {"solution": 0.84, "service": 0.92}),
            "written": Survey(0.2, 0.15, Lognormal(5 * 3600, 1.0), {"solution": 0.70, "service": 0.88}),
        },
        snapshot_every_s=60,
        weekdays=(1.18, 1.05, 1.0, 0.95, 0.82, 0, 0),
        staffing=(1.13, 1.04, 1.0, 0.97, 0.87, 0, 0),
        free_day=0.12,
        holidays=holidays.country_holidays("NO"),
    )
