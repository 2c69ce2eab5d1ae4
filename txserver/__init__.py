"""The host: sign-on, sessions, the one way in for every request, group commit, and the socket edge."""
