"""One report a module: Books + Policy + Period → a frozen dataclass of facts → table grids. No formatting here."""
