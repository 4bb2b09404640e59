from tests.core.web.console.conftest import book, ceramics, count_statements, desk, sign_in, tea

__all__ = ["book", "ceramics", "count_statements", "desk", "sign_in", "tea"]
