"""The same terminal in a browser: a page of our own over textual-serve, a process for every browser."""
