"""The alerts of what was promised one by one: to be called back, and to be helped where one was passed on to.

May import: config, alert, board_names, records, words, serve's bokmal.
"""

from config import Centre
from streams.core import series
from streams.generate.alert import LINE, MINUTE_MS, Alert, of_queue, while_open
from streams.generate.board_names import DEPTH
from streams.generate.recording_rules import PASSED_ON, PASSED_ON_ANSWERED, added
from streams.generate.words import latest
from streams.serve.bokmal import exactly

CALLBACKS_OVERDUE, TRANSFERS_UNANSWERED = "CallbacksOverdue", "TransfersUnanswered"

TRANSFER_STRETCH_MS = 60 * MINUTE_MS


def callbacks_overdue(centre: Centre) -> Alert:
    """People who were promised a call, and have not had it."""
    told = centre.alerts
    overdue = f"max by ({LINE}) ({series.CALLBACKS_OVERDUE}) >= {told.overdue}"
    return Alert(
        name=CALLBACKS_OVERDUE,
        group="svartid-promises",
        expr=while_open(overdue),
        hold_ms=5 * MINUTE_MS,
        clear_ms=10 * MINUTE_MS,
        severity="warning",
        summary=f"{of_queue(centre.names)}: minst {told.overdue} løfter om tilbakeringing er over tiden",
        consequence="De fikk et løfte og la på. De fleste ringer ikke igjen: de tror at saken er tatt.",
        action="Sett av veiledere til å ringe opp nå, de eldste løftene først. Stopp nye tilbud om tilbakeringing til "
        "listen er kort.",
        dashboard=DEPTH,
    )


def transfers_unanswered(centre: Centre) -> Alert:
    """A destination that those who are passed on do not get an answer from."""
    told = centre.alerts
    passed_on, answered = (f"({added(name, TRANSFER_STRETCH_MS)})" for name in (PASSED_ON, PASSED_ON_ANSWERED))
    return Alert(
        name=TRANSFERS_UNANSWERED,
        group="svartid-promises",
        expr=while_open(
            f"{answered} / {passed_on} < {told.transfer_answered_share:g}\nand {passed_on} >= {told.transfer_least}"
        ),
        hold_ms=10 * MINUTE_MS,
        clear_ms=15 * MINUTE_MS,
        severity="warning",
        summary=f"{of_queue(centre.names)}: under {exactly(told.transfer_answered_share)} av dem som settes over, får "
        f"svar {latest(TRANSFER_STRETCH_MS)}",
        consequence="De som settes over, har alt ventet én gang. Nå venter de til de gir opp, og ingen har hjulpet "
        "dem.",
        action="Ring mottakerens vaktnummer. Slutt å sette over dit til noen svarer: ta imot saken og avtal "
        "tilbakeringing.",
        dashboard=DEPTH,
    )
