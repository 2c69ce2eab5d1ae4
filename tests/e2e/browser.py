"""A headless Chromium spoken to over its own debugging protocol; no package is needed for it but `websockets`."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import connect

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
KEY_CODES = {"Enter": 13, "Tab": 9, "Escape": 27, "F1": 112, "F3": 114, "F5": 116, "F11": 122, "F12": 123}


class Browser:
    """One page of one browser. `asked` holds the address of every request and WebSocket the page made; `before` is
    JavaScript that runs in it before its own.
    """

    def __init__(self, folder: Path, url: str, before: str = "", width: int = 1024, height: int = 640) -> None:
        self.asked: list[str] = []
        self._number = 0
        self._process = subprocess.Popen(
            [
                CHROMIUM,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
                f"--user-data-dir={folder}",
                f"--window-size={width},{height}",
                "--remote-debugging-port=0",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        place = ""
        while not place:
            line = self._process.stderr.readline()
            assert line, "the browser ended before it listened"
            found = re.search(r"ws://\S+", line)
            place = found.group() if found else ""
        self._stack = ExitStack()
        self._line = self._stack.enter_context(connect(place, max_size=None, open_timeout=20))
        self._session = ""
        pages = self.ask("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in pages if target["type"] == "page")
        self._session = self.ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Network", "Page", "Runtime"):
            self.ask(f"{domain}.enable")
        if before:
            self.ask("Page.addScriptToEvaluateOnNewDocument", source=before)
        self.ask("Page.navigate", url=url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *what: object) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._stack.close()

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command; what happens meanwhile is looked through for addresses."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._line.send(json.dumps(message | ({"sessionId": self._session} if self._session else {})))
        while True:
            said = json.loads(self._line.recv(timeout=20))
            if said.get("id") == self._number:
                assert "error" not in said, said
                result: dict[str, Any] = said["result"]
                return result
            if said.get("method") == "Network.requestWillBeSent":
                self.asked.append(said["params"]["request"]["url"])
            elif said.get("method") == "Network.webSocketCreated":
                self.asked.append(said["params"]["url"])
            elif said.get("method") == "Page.javascriptDialogOpening":
                self.asked.append("dialog:" + said["params"]["type"])

    def value(self, expression: str) -> Any:
        """What a JavaScript expression is in the page."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait(self, expression: str, seconds: float = 20.0) -> None:
        """Until a JavaScript expression is true."""
        deadline = time.monotonic() + seconds
        while not self.value(expression):
            assert time.monotonic() < deadline, f"not so after {seconds} s: {expression}"
            time.sleep(0.05)

    def press(self, key: str, modifiers: int = 0) -> None:
        """A key that types nothing, as the keyboard sends it."""
        code = KEY_CODES.get(key) or ord(key.upper())
        text = {"Enter": "\r"}.get(key, "")
        for kind in ("rawKeyDown", "char", "keyUp"):
            if kind != "char" or text:
                self.ask(
                    "Input.dispatchKeyEvent",
                    type=kind,
                    key=key,
                    code=key if len(key) > 1 else f"Key{key.upper()}",
                    windowsVirtualKeyCode=code,
                    modifiers=modifiers,
                    text=text if kind == "char" else "",
                )

    def type(self, text: str) -> None:
        """Characters into whatever has the focus."""
        for character in text:
            self.ask("Input.dispatchKeyEvent", type="keyDown", key=character, text=character, unmodifiedText=character)
            self.ask("Input.dispatchKeyEvent", type="keyUp", key=character)

    def click(self, selector: str) -> None:
        """The mouse, on the middle of an element."""
        place = self.value(
            f"(() => {{const r = document.querySelector({selector!r}).getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]})()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def screenshot(self, file: Path) -> None:
        """A picture of the page."""
        file.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))
