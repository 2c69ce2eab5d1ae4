"""The library that stands between a process and libc (preload.c), built from its source."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

NO_COMPILER = "no C compiler (cc) to build the recorder with"
SOURCE = Path(__file__).with_name("preload.c")


def build(folder: Path) -> Path | None:
    """Build it into a folder; None where there is no C compiler."""
    compiler, library = shutil.which("cc"), folder / "preload.so"
    if compiler is None:
        return None
    command = [compiler, "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-o", str(library), str(SOURCE)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return library
