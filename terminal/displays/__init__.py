"""Display files: each screen once, as data, free of any renderer."""
