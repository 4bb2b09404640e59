"""What lies here are distributions of their own; their tests run where they are installed (see test_outsider)."""

collect_ignore_glob = ["giftwrap/*"]
