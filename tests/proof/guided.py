"""T11 with coverage: the targets of `fuzz` driven by atheris (libFuzzer), which grows its messages by what they reach.

    python -m tests.proof.guided TARGET RUNS [SEED]

Ends with exit code 0 after so many runs, or with a message that raised what a reader may not raise. `make proof` puts
the package into `var/atheris` where it can be had; it is no dependency of anything else.

atheris sees Python only, and the decoders are C: of a message of the host it saw three places. So each decoder is
wrapped, and what it says (the type that came out, of a block its size, or the error with its place) counts as a place
of its own.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

PLACE = Path(__file__).resolve().parents[2] / "var" / "atheris"
MESSAGE_BYTES_MAX = 4_096
SAYINGS_MAX = 4_096
"""More than the decoders have to say; what comes after that shares the last place."""
VALUES = re.compile(r"'.*'|\d{3,}|byte \d+", re.DOTALL)
"""What an error repeats of the message, and how far it was read."""
PLACE_MAX = re.compile(r"`.* in |(\$(?:\[[^]]*\]){2}).*")
"""A place as far as it is told apart: without the keys of maps, two arrays deep. There is no end to places."""
INSTRUMENTED = "__ATHERIS_INSTRUMENTED__"
"""What atheris leaves in a function that it has changed."""


class Sayings:
    """What the decoders have said, each with a counter of the fuzzer's."""

    def __init__(self, atheris: Any) -> None:
        self._atheris = atheris
        self._free = [atheris._reserve_counter() for _ in range(SAYINGS_MAX)]
        self._known: dict[str, int] = {}

    def say(self, words: str) -> None:
        counter = self._known.get(words)
        if counter is None:
            counter = self._known[words] = self._free.pop() if len(self._free) > 1 else self._free[0]
        self._atheris._trace_branch(counter)  # looked up each time: Setup puts another in its place

    def of(self, name: str, decode: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """A decoder that says what came of it."""

        def decoded(message: Any) -> Any:
            try:
                made = decode(message)
            except Exception as error:
                said = VALUES.sub("", error.reason if isinstance(error, UnicodeDecodeError) else str(error))
                self.say(f"{name} {type(error).__name__} " + PLACE_MAX.sub(r"\1", said))
                raise
            more = len(message).bit_length() if type(made) is list else type(getattr(made, "body", None)).__name__
            self.say(f"{name} {type(made).__name__} {more}")
            return made

        return decoded

    def listen(self) -> None:
        """To every typed decoder that a target reaches."""
        codec, frames, trunk = map(import_module, ("ledger.codec", "txserver.wire.frames", "txserver.trunk"))
        for module, name in (
            (codec, "_row"), (frames, "_from_terminal"), (frames, "_from_host"), (trunk, "_decode"),
        ):  # fmt: skip
            setattr(module, name, self.of(name, getattr(module, name)))
        for reader in (codec.decode_row, frames.decode_from_terminal, frames.decode_from_host, trunk.Records.feed):
            assert INSTRUMENTED in reader.__code__.co_consts, f"{reader.__qualname__} is not instrumented"
        codec._facts.update({code: self.of(code, decode) for code, decode in codec._facts.items()})


def main() -> None:
    target, runs, *seed = sys.argv[1:]
    sys.path.append(str(PLACE))
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["ledger", "txserver"]):
        fuzz = import_module("tests.proof.fuzz")
    Sayings(atheris).listen()
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
