"""Grand Livre: the books of a donor-funded NGO, kept in plain text and proved by machine."""
