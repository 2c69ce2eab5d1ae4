"""The browser's end of Textual, without the mouse."""

from __future__ import annotations

from textual.drivers.web_driver import WebDriver


class KeysOnlyDriver(WebDriver):
    """Mouse reports are switched off again, so that a browser's own marking and copying go on working."""

    def start_application_mode(self) -> None:
        """Begin, then let go of the mouse, which Textual takes whether it was asked for it or not."""
        super().start_application_mode()
        self._disable_mouse_support()
