"""docs/operations.md: its commands run, and its tables of settings, exit codes and log lines are the code's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ledger import errors
from tests.host_fixtures import ROOT, HostProcess, environment
from txserver.__main__ import EXIT_SETTINGS
from txserver.config import Settings
from txserver.supervisor import OTHERWISE, RULES

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """The lines of the shell blocks, in order."""
    return [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def programs(folder: Path) -> dict[str, str]:
    """An environment in which the commands of this checkout are found."""
    folder.mkdir()
    for name, module in (("siskohat-server", "txserver"), ("siskohat-ledger", "ledger")):
        file = folder / name
        file.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
        file.chmod(0o755)
    return environment() | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def test_every_command_runs(tmp_path: Path) -> None:
    named = programs(tmp_path / "bin")
    (tmp_path / "var").mkdir()
    ran = 0
    for command in commands():
        if " --listen " in command:
            assert "--data var/ledger" in command
            with HostProcess(tmp_path / "var" / "ledger", "--clock-speed", "1", "--clock", "") as host:
                assert b"SISKOHAT PUSAT, entry 1," in host.said
                assert host.end() == 0
        elif "xxd" not in command or shutil.which("xxd"):
            done = subprocess.run(
                ["sh", "-c", command], cwd=tmp_path, env=named, capture_output=True, text=True, timeout=30, check=False
            )
            assert (done.returncode, done.stderr) == (0, ""), (command, done)
        ran += 1
    assert ran >= 14
    assert (tmp_path / "var" / "ledger").stat().st_mode & 0o077 == 0


def test_settings_are_all_there_with_their_defaults() -> None:
    defaults = dict(zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True))
    documented = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", PAGE, re.MULTILINE))
    assert documented == {name: repr(value) for name, value in defaults.items()}


def test_exit_codes_are_those_of_the_errors() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    raised = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")}
    assert documented == raised | {0, 1, 2, 76, EXIT_SETTINGS} | set(RULES)


def test_the_supervisor_does_what_the_table_says() -> None:
    rows = re.findall(r"^\| (\d+) \|[^|]*\| ([^|]*) \|", PAGE, re.MULTILINE)
    said = {int(code): words for code, words in rows if int(code) in RULES}
    assert said == {code: rule.deed.value for code, rule in RULES.items()}
    assert dict(rows)["1"] == OTHERWISE.deed.value


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    """With programs that exist on this machine in the place of ours."""
    unit = (ROOT / "docs" / "siskohat.service").read_text(encoding="utf-8")
    assert "siskohat-server --supervised" in unit
    if (analyze := shutil.which("systemd-analyze")) is None:
        pytest.skip("not run: no systemd-analyze here")
    file = tmp_path / "siskohat.service"
    file.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit, flags=re.MULTILINE))
    done = subprocess.run([analyze, "verify", str(file)], capture_output=True, text=True, timeout=30, check=False)
    assert str(file.name) not in done.stderr, done.stderr


def test_log_lines_are_those_of_the_host() -> None:
    source = "".join(path.read_text() for path in sorted((ROOT / "txserver").rglob("*.py")))
    logged = set(re.findall(r'(?:log\.\w+|because_of)\(\s*"(SKH\d{4})', source))
    documented = set(re.findall(r"^\| `(SKH\d{4})` \|", PAGE, re.MULTILINE))
    assert logged <= documented
    assert documented - logged == {"SKH7003"}, "which stands for the refusals of a sign-on"
