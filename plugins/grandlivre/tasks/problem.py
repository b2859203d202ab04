"""What stops a task: a refusal (nothing was done), or the disk (nothing was lost)."""

from grandlivre.sources.problem import RefusedError
from grandlivre.writing import WriteError

__all__ = ["RefusedError", "WriteError"]
