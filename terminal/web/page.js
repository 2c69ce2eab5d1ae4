// Around textual-serve's terminal: the address and letter size it starts with, the focus, and the keys that browsers
// keep for themselves, as buttons. Its WebSocket is the only way in, so its constructor is watched for it.
"use strict";

const COLUMNS = 80, ROWS = 24;
const KEYS = {
  Esc: "\x1b", F1: "\x1bOP", F2: "\x1bOQ", F3: "\x1bOR", F4: "\x1bOS", F5: "\x1b[15~", F6: "\x1b[17~", F7: "\x1b[18~",
  F8: "\x1b[19~", F9: "\x1b[20~", F10: "\x1b[21~", F11: "\x1b[23~", F12: "\x1b[24~", F24: "\x1b+",
  PgUp: "\x1b[5~", PgDn: "\x1b[6~", Enter: "\r",
};

let socket = null;
const BrowserSocket = window.WebSocket;
window.WebSocket = class extends BrowserSocket {
  constructor(...given) {
    super(...given);
    socket = this;
  }
};

function send(key) {
  if (socket !== null && socket.readyState === BrowserSocket.OPEN) {
    socket.send(JSON.stringify(["stdin", KEYS[key]]));
  }
}

function input() {
  return document.querySelector(".xterm-helper-textarea");
}

function focus() {
  const field = input();
  if (field === null) {
    window.requestAnimationFrame(focus);
  } else if (document.activeElement !== field) {
    field.focus({ preventScroll: true });
  }
}

function prepare() {
  const terminal = document.querySelector("#terminal");
  const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
  terminal.dataset.sessionWebsocketUrl = scheme + "//" + window.location.host + "/ws";
  const bar = document.querySelector("#keys");
  for (const name of Object.keys(KEYS)) {
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = -1;
    button.textContent = name;
    button.addEventListener("click", () => { send(name); focus(); });
    bar.insertBefore(button, bar.lastElementChild);
  }
  // Letters as large as 80x24 of them fit; measured at 100 px, because a cell is rounded down to whole pixels.
  const letter = document.querySelector("#measure").getBoundingClientRect();
  const width = (100 * terminal.clientWidth) / (COLUMNS + 1) / letter.width;
  const height = (100 * terminal.clientHeight) / (ROWS + 0.5) / letter.height;
  terminal.dataset.fontSize = String(Math.max(6, Math.floor(Math.min(width, height))));
  document.querySelector("#again").addEventListener("click", () => window.location.reload());
}

// Before textual.js, whose own handler opens the terminal: this script stands before it in the page.
window.addEventListener("load", () => { prepare(); focus(); });
window.addEventListener("focus", focus);
document.addEventListener("pointerup", () => { if (String(window.getSelection()) === "") { focus(); } });

// While the terminal has the focus its own handler takes these keys from the browser; anywhere else we do.
window.addEventListener("keydown", (event) => {
  if (event.target !== input() && event.key in KEYS && event.key !== "Enter" && !event.ctrlKey && !event.altKey) {
    event.preventDefault();
    send(event.key);
    focus();
  }
}, true);

// Ctrl+W, Ctrl+T and Ctrl+N never reach a page; closing it is asked about while a terminal is open.
window.addEventListener("beforeunload", (event) => {
  if (socket !== null && socket.readyState === BrowserSocket.OPEN) {
    event.preventDefault();
  }
});
