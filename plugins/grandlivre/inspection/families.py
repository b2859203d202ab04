"""The family of each rule, as a director groups the controls."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from grandlivre.inspection import voices

OTHER = "Autres contrôles"


def family_of(rule: str) -> str:
    """The family of a rule; a control that exists no more is of none."""
    return _families().get(rule, OTHER)


@cache
def _families() -> Mapping[str, str]:
    return {voice.id: str(voice.family) for voice in voices()}
