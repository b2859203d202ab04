"""Reports as people and programs read them: HTML, PDF, XLSX, CSV, JSON.

`html(report)` and `pdf(report)` give the page, or a `Problem`; `xlsx`, `csv` and `json` give bytes.
"""

from grandlivre.render.flat import csv, json
from grandlivre.render.page import html
from grandlivre.render.printing import pdf
from grandlivre.render.workbook import xlsx
from grandlivre.reports.kit.wording import amount_in_words
from grandlivre.sources.problem import Problem

__all__ = ["Problem", "amount_in_words", "csv", "html", "json", "pdf", "xlsx"]
