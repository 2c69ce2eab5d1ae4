"""The evening on the host: confirmation files taken in, matched in child processes, cut-offs, reports, the board."""
