"""A referee: the same books judged a second time, from the written contract alone.

Nothing here reads the program: Beancount loads the text, PyYAML the rules, and the arithmetic is written again, slow and
obvious. `judge` gives verdicts that a test compares with those of `check`.
"""

from arbiter.judge import KNOWN, judge
from arbiter.reading import Verdict

__all__ = ["KNOWN", "Verdict", "judge"]
