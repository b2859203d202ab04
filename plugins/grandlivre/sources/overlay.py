"""Files as they would stand after a change that nobody has written yet, so that the controls judge it first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

OVERLAY = "grandlivre-essai"
"""The key of `options_map` under which a trial hands its overlay to the load."""


class Overlay(NamedTuple):
    """What a change would write."""

    texts: Mapping[Path, bytes]
    """By absolute path, the ledgers that would change or come."""
    papers: Mapping[str, bytes]
    """By path in documents/, the files that would come there."""
