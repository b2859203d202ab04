"""What the reader of the current request may do."""

from __future__ import annotations

from flask import current_app

from grandlivre.viewer import fava_adapter, guard
from grandlivre.viewer.routes import WRITING, RequestKind


def may(kind: RequestKind) -> bool:
    """Whether the reader may do such a thing."""
    own = current_app.extensions.get("grandlivre")
    closed = kind in WRITING and fava_adapter.is_read_only(current_app)
    return isinstance(own, guard.Guard) and kind in own.allowed() and not closed
