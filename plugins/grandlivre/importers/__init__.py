"""Bank and mobile-money statements: the columns are declared in `rules/releves/`, the files are only read."""
