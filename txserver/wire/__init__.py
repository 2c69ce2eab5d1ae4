"""What host and terminal say to each other, and when: bytes and dialogue, without IO."""
