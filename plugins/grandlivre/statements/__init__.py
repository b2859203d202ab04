"""The statutory statements: account numbers and their signs laid out on the official lines (SYCEBNL)."""
