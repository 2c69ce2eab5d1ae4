"""The Textual renderers of the displays."""
