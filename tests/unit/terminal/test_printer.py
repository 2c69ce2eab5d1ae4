from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from threading import Event, Thread
from typing import Literal

import pytest

from terminal.printer import (
    CommandTarget,
    DeviceTarget,
    FileTarget,
    Job,
    PrintFailed,
    rendered,
    save,
    sheets_of,
    target_of,
    text,
)

PAGES = [["satu", "dua"], ["tiga"]]
JOB = Job("1100000100", "txt", text(PAGES))
GO_ON = Event()


def failure(target: FileTarget | DeviceTarget | CommandTarget, job: Job = JOB, ends: Event = GO_ON) -> PrintFailed:
    with pytest.raises(PrintFailed) as caught:
        target.send(job, ends)
    return caught.value


def test_sheets_are_separated_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    FileTarget(tmp_path / "bukti").send(JOB, GO_ON)
    path = tmp_path / "bukti" / "1100000100.txt"
    assert path.read_text() == "satu\ndua\n\ftiga\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_same_receipt_is_one_file_and_another_one_the_next(tmp_path: Path) -> None:
    first = save(tmp_path, JOB)
    assert save(tmp_path, JOB) == first
    assert save(tmp_path, Job(JOB.name, "txt", b"other")).name == "1100000100-2.txt"
    assert save(tmp_path, Job("1100000100-D1", "txt", b"DUPLIKAT 1")).name == "1100000100-D1.txt"
    assert len(list(tmp_path.iterdir())) == 3


def test_a_host_cannot_choose_the_folder(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        save(tmp_path, Job("../x", "txt", b""))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "bukti").write_text("a file where the folder should be")
    assert failure(FileTarget(tmp_path / "bukti")).id == "SKH9301"


def test_no_line_of_a_text_is_a_command() -> None:
    assert text([["SITI\f\x1b@\x85AMINAH"]]) == b"SITI??@?AMINAH\n"


@pytest.mark.parametrize(
    ("sheets", "are"), [("1-5", "abcde"), ("1", "a"), ("2,4-5", "bde"), ("5,1", "ae"), ("8-9", "abcde")]
)
def test_sheets_are_chosen_by_number(sheets: str, are: str) -> None:
    assert sheets_of([[letter] for letter in "abcde"], sheets) == [[letter] for letter in are]


@pytest.mark.parametrize(("form", "starts"), [("text", b"satu\n"), ("pdf", b"%PDF"), ("escp", b"\x1b@")])
def test_formats(form: Literal["text", "pdf", "escp"], starts: bytes) -> None:
    assert rendered(PAGES, form, 66).startswith(starts)


def test_pdf_without_its_package_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "reportlab.pdfgen.canvas", None)
    with pytest.raises(PrintFailed) as caught:
        rendered(PAGES, "pdf", 66)
    assert caught.value.id == "SKH9304"


def test_targets_by_their_setting(tmp_path: Path) -> None:
    assert target_of("file", tmp_path) == FileTarget(tmp_path)
    assert target_of("file:~/x", tmp_path) == FileTarget(Path.home() / "x")
    assert target_of("device:/dev/usb/lp0", tmp_path) == DeviceTarget(Path("/dev/usb/lp0"))
    target = target_of("command:lp -d 'LQ 310' -o raw", tmp_path)
    assert target == CommandTarget(("lp", "-d", "LQ 310", "-o", "raw"))
    assert [target_of(of, tmp_path).label for of in ("device:/dev/lp0", "command:/bin/lp x")] == ["/dev/lp0", "lp"]


# ----------------------------------------------------------------------------------------------------- devices


def test_a_device_gets_every_byte(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lp0")
    reader = os.open(tmp_path / "lp0", os.O_RDONLY | os.O_NONBLOCK)
    job = Job("1", "prn", bytes(range(256)) * 1000)  # four times what a pipe holds
    got = bytearray()

    def read() -> None:
        while len(got) < len(job.content):
            try:
                got.extend(os.read(reader, 1000))
            except BlockingIOError:
                time.sleep(0.001)

    thread = Thread(target=read)
    thread.start()
    DeviceTarget(tmp_path / "lp0", stall_s=10).send(job, GO_ON)
    thread.join(10)
    os.close(reader)
    assert bytes(got) == job.content


def test_a_device_that_takes_nothing_more_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lp0")
    reader = os.open(tmp_path / "lp0", os.O_RDONLY | os.O_NONBLOCK)
    failed = failure(DeviceTarget(tmp_path / "lp0", stall_s=0.3), Job("1", "prn", b"x" * 200_000))
    os.close(reader)
    assert (failed.id, failed.data["printer"]) == ("SKH9302", str(tmp_path / "lp0"))


def test_a_device_nobody_listens_at_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lp0")
    began = time.monotonic()
    assert failure(DeviceTarget(tmp_path / "lp0")).id == "SKH9301"
    assert time.monotonic() - began < 5


def test_a_device_that_goes_away_while_it_prints(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lp0")
    reader = os.open(tmp_path / "lp0", os.O_RDONLY | os.O_NONBLOCK)
    Thread(target=lambda: (time.sleep(0.1), os.close(reader))).start()
    assert failure(DeviceTarget(tmp_path / "lp0"), Job("1", "prn", b"x" * 200_000)).id == "SKH9301"


def test_the_end_of_the_terminal_ends_the_wait_for_a_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lp0")
    reader = os.open(tmp_path / "lp0", os.O_RDONLY | os.O_NONBLOCK)
    ends = Event()
    Thread(target=lambda: (time.sleep(0.1), ends.set())).start()
    began = time.monotonic()
    assert failure(DeviceTarget(tmp_path / "lp0"), Job("1", "prn", b"x" * 200_000), ends).id == "SKH9305"
    os.close(reader)
    assert time.monotonic() - began < 5


def test_a_file_is_no_device(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    assert failure(DeviceTarget(path)).id == "SKH9301"
    assert path.read_text() == "mine"
    assert failure(DeviceTarget(tmp_path / "none")).id == "SKH9301"


# ---------------------------------------------------------------------------------------------------- commands


def python(program: str, *words: str, stall_s: float = 20) -> CommandTarget:
    return CommandTarget((sys.executable, "-c", program, *words), stall_s)


def test_a_command_reads_the_job_from_its_input(tmp_path: Path) -> None:
    program = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"
    job = Job("1", "prn", bytes(range(256)) * 1000)
    python(program, str(tmp_path / "out")).send(job, GO_ON)
    assert (tmp_path / "out").read_bytes() == job.content


def test_a_command_may_leave_its_input_alone() -> None:
    CommandTarget(("true",)).send(Job("1", "prn", b"x" * 200_000), GO_ON)


def test_what_a_command_complains_of_is_told() -> None:
    failed = failure(python("import sys; sys.stderr.write('\\nlp: no such printer\\x1b\\n'); sys.exit(7)"))
    assert (failed.id, failed.data["kode"], failed.data["sebab"]) == ("SKH9303", 7, "lp: no such printer?")
    assert failure(CommandTarget(("false",))).data["sebab"] == "?"


def test_no_such_command() -> None:
    assert failure(CommandTarget(("no-such-command-here",))).id == "SKH9301"


def test_a_command_that_hangs_is_killed_with_what_it_started(tmp_path: Path) -> None:
    program = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(60)
"""
    failed = failure(python(program, str(tmp_path / "pid"), stall_s=2))
    assert failed.id == "SKH9302"
    child = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 5
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(child)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def test_a_command_that_leaves_something_behind_is_not_waited_for() -> None:
    program = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'])"
    began = time.monotonic()
    python(program).send(JOB, GO_ON)
    assert time.monotonic() - began < 10


def test_the_end_of_the_terminal_ends_the_wait_for_a_command() -> None:
    ends = Event()
    ends.set()
    assert failure(python("import time; time.sleep(60)"), ends=ends).id == "SKH9305"
