"""The teller's terminal: displays as data, panels that draw them, and the link to the host."""
