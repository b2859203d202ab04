"""The index of `grandlivre check`: the answer of an earlier run, given again when everything it was made of is as it was.

It stands in `.grandlivre/index/` beside the books and may be deleted at any time. It can say « as before » and nothing else: findings
come from the rules alone, and in the slightest doubt there is no answer, so that everything is read again. What it is made of:

* every file under the folder of the books, under rules/ and under templates/. Ledgers, YAML and templates under their content (believed
  unread while size, time of the content, time of the last change of any kind, number and disk are as before); papers under those alone;
* what lies beside, as far as the audit looks at it, and whether git tracks a cache that Beancount would run;
* the day, this program, the libraries it loads, Python, the user;
* of a file that changed less than three seconds before it was looked at, the content each time: it may change again within the
  same tick of the clock (git's own rule). On Windows, which does not say when a file last changed, of every file.

After an edit of ordinary entries (`after_edit`) it may say as much: everything is as in the last whole run (`ground`) but for the content of
a few ledgers; their blocks that changed (`blocks`) are entries and remarks written sign by sign as programs and hands write them
(`plain_entries`), on accounts, series and days that those books know; sums that `balance` asserts on a morning are what they were; no rule's
guard (`guards`) is met. The former findings are then given again, on the lines to which their blocks have moved. A finding on what
changed, one that names a line of a ledger whose lines moved, another directive, header or order, a sign that nobody types: a whole run.
Changes are always told from that whole run, however many were answered since; `tests/test_plain_entries.py` and `tests/test_kept.py` hold
all this against Beancount's parser and against whole runs.

The modules that answer (`asking` and below) import nothing that a library brings: a whole run spends most of its time on imports.
Whoever can write in `.grandlivre/` can make `check` silent on that machine, and only it: continuous integration, `close`, sendings
and seals read everything.
"""
