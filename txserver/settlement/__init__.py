"""End-of-day settlement, the pure half: banks' confirmation files, matching against the journal, reports and ISO 20022.

Nothing here knows the network, the clock or the running host: callers pass paths, days, keys and times.
"""
