"""The directors' viewer: Fava with our pages, behind a guard (`guard.py`) and a small local server (`server.py`)."""
