"""T11 with coverage: the targets of `fuzz` driven by atheris (libFuzzer), which grows its messages by what they reach.

    python -m tests.proof.guided TARGET RUNS [SEED]

Ends with exit code 0 after so many runs, or with a message that raised what a reader may not raise. `make proof` puts
the package into `var/atheris` where it can be had; it is no dependency of anything else.
"""

from __future__ import annotations

import sys
import tempfile
from importlib import import_module
from pathlib import Path

PLACE = Path(__file__).resolve().parents[2] / "var" / "atheris"
MESSAGE_BYTES_MAX = 4_096


def main() -> None:
    target, runs, *seed = sys.argv[1:]
    sys.path.append(str(PLACE))
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["ledger", "txserver"]):
        fuzz = import_module("tests.proof.fuzz")
    make, seeds = fuzz.TARGETS[target]
    call = make()
    with tempfile.TemporaryDirectory(prefix="siskohat-fuzz-") as folder:
        for number, message in enumerate(seeds):
            (Path(folder) / str(number)).write_bytes(message)
        options = [
            f"-runs={runs}",
            f"-seed={(seed or ['1'])[0]}",
            f"-max_len={MESSAGE_BYTES_MAX}",
            "-print_final_stats=1",
        ]
        atheris.Setup([sys.argv[0], folder, f"-artifact_prefix={folder}/", *options], lambda data: call(data) and None)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
