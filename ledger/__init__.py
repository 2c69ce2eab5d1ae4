"""Rules and storage of the registration ledger: no network, no clock, no log."""
