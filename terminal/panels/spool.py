"""The list of prints of this terminal: look at them, hold, release and delete them, print again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from terminal.displays.spool import (
    CHANGE,
    DELETE,
    HOLD,
    RELEASE,
    REPRINT,
    SALINAN,
    SHOW,
    STATUS,
    change,
    confirm_delete,
    number,
    spool_list,
)
from terminal.displays.subfile import Row
from terminal.edit import Said
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk
from terminal.panels.panel import Panel
from terminal.panels.paper import Paper, PaperPanel
from terminal.panels.receipt import REPRINTS, ReceiptPanel, reprint
from terminal.panels.sheets import why
from terminal.panels.subfile import LivingPanel
from terminal.spool import NOMOR_WIDTH, SALINAN_MAX, Gone, NotNow, Print, Spool, Status, Unreadable

AT_ONCE = 50
HELD, FREE = "Y", "T"


class SpoolPanel(LivingPanel):
    """Prints, newest first."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, spool_list(may_reprint=desk.may(REPRINTS)))

    async def page(self, lanjut: str) -> tuple[Sequence[Row], str]:
        """The next ones; `lanjut` is the number of the last one given."""
        try:
            prints = _spool(self.desk).prints()
        except OSError as error:
            self.said = Said("SKH9310", {"sebab": error.strerror or str(error)})
            return (), ""
        left = [print_ for print_ in prints if not lanjut or print_.nomor < int(lanjut)]
        rows = [self._row(print_) for print_ in left[:AT_ONCE]]
        return rows, str(left[AT_ONCE - 1].nomor) if len(left) > AT_ONCE else ""

    async def option(self, code: str, row: Row) -> None:
        """Do it, or say why it cannot be done now."""
        self.said = _attempt(self.desk, int(row["cetakan"]), lambda spool, print_: self._run_one(code, spool, print_))

    def _run_one(self, code: str, spool: Spool, print_: Print) -> None:
        match code:
            case HOLD.code:
                spool.hold(print_.nomor)
            case RELEASE.code:
                spool.release(print_.nomor)
                self.desk.spooler.wake()
            case CHANGE.code:
                self.open(ChangePanel(self.desk, print_))
            case DELETE.code:
                self.open(DeletePanel(self.desk, print_))
            case SHOW.code if print_.judul:
                self.open(PaperPanel(self.desk, Paper(print_.judul, spool.pages(print_.nomor)), print_))
            case SHOW.code:
                panel = ReceiptPanel(self.desk, spool.pages(print_.nomor), print_.nomor_porsi, print_)
                if print_.sebab is not None:
                    panel.said = Said(print_.sebab.id, print_.sebab.data)
                self.open(panel)
            case REPRINT.code if print_.judul:
                raise NotNow(print_)
            case REPRINT.code:
                self.open(reprint(self.desk, print_.nomor_porsi))

    def _row(self, print_: Print) -> Row:
        return {
            "cetakan": number(print_),
            "nomor_porsi": print_.what,
            "duplikat": str(print_.duplikat or ""),
            "waktu": self.desk.local(print_.waktu_us)[:16],
            "keluar": f"{print_.tercetak}/{print_.salinan}",
            "status": STATUS[print_.status].said(self.desk.language),
            "sebab": print_.sebab.id if print_.sebab else "",
            "keterangan": why(self.desk, print_).partition(" ")[2],
        }


class ChangePanel(Panel):
    """Copies of a print, and whether it is held."""

    def __init__(self, desk: Desk, print_: Print) -> None:
        self._print = print_
        self._was: Values = {"salinan": str(print_.salinan), "tahan": HELD if print_.status is Status.DITAHAN else FREE}
        super().__init__(desk, change(print_, why(desk, print_)), self._was)

    async def enter(self, values: Values) -> None:
        """Save what has been changed."""
        if not 1 <= int(values["salinan"]) <= SALINAN_MAX:
            self.say(Said("SKH1122", {"isi": values["salinan"], "pilihan": f"1-{SALINAN_MAX}"}, SALINAN))
            return
        said = _attempt(self.desk, self._print.nomor, lambda spool, print_: self._save(values, spool, print_))
        if said is None:
            self.leave("Enter")
        else:
            self.say(said)

    def _save(self, values: Values, spool: Spool, print_: Print) -> None:
        if values["salinan"] != self._was["salinan"]:
            spool.set_copies(print_.nomor, int(values["salinan"]))
        if values["tahan"] != self._was["tahan"]:
            if values["tahan"] == HELD:
                spool.hold(print_.nomor)
            else:
                spool.release(print_.nomor)
                self.desk.spooler.wake()


class DeletePanel(Panel):
    """Asks before a print goes."""

    def __init__(self, desk: Desk, print_: Print) -> None:
        self._print = print_
        super().__init__(desk, confirm_delete(print_, why(desk, print_)))

    async def enter(self, values: Values) -> None:
        """Yes."""
        said = _attempt(self.desk, self._print.nomor, lambda spool, print_: spool.remove(print_.nomor))
        if said is None:
            self.leave("Enter")
        else:
            self.say(said)


def _attempt(desk: Desk, nomor: int, action: Callable[[Spool, Print], None]) -> Said | None:
    """Do something with a print. Gives what stood in the way."""
    cetakan = f"{nomor:0{NOMOR_WIDTH}d}"
    try:
        spool = _spool(desk)
        action(spool, spool.known(nomor))
    except NotNow:
        return Said("SKH9308", {"cetakan": cetakan})
    except Gone:
        return Said("SKH9309", {"cetakan": cetakan})
    except Unreadable:
        return Said("SKH9306")
    except OSError as error:
        return Said("SKH9310", {"sebab": error.strerror or str(error)})
    return None


def _spool(desk: Desk) -> Spool:
    assert desk.who is not None, "a spool is of a device that has signed on"
    return desk.spooler.open(desk.who)
