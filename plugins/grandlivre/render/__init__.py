"""Reports as people and programs read them: HTML, PDF, XLSX, CSV, JSON.

`html(report)` and `pdf(report)` give the page, or a `RenderProblem`; `xlsx` and `json` give bytes, `csv` a file a table.
"""

from grandlivre.render.flat import csv, json
from grandlivre.render.page import html
from grandlivre.render.printing import pdf
from grandlivre.render.problem import RenderProblem
from grandlivre.render.workbook import xlsx
from grandlivre.reports.kit.wording import amount_in_words

__all__ = ["RenderProblem", "amount_in_words", "csv", "html", "json", "pdf", "xlsx"]
