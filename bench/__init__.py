"""Load tester and opening day: speaks to the host over the wire, like any terminal."""
