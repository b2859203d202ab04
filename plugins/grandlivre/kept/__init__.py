"""The index of `grandlivre check`: the answer of an earlier run, given again when everything it was made of is as it was.

It stands in `.grandlivre/index/` beside the books and may be deleted at any time. It can say « as before » and nothing else: findings
come from the rules alone, and in the slightest doubt there is no answer, so that everything is read again. What it is made of:

* every file under the folder of the books, under rules/ and under templates/. Ledgers, YAML and templates under their content (believed
  unread while size, time of the content, time of the last change of any kind, number and disk are as before); papers under those alone;
* what lies beside, as far as the audit looks at it, and whether git tracks a cache that Beancount would run;
* the day, this program, the libraries it loads, Python, the user;
* of a file that changed less than three seconds before it was looked at, the content each time: it may change again within the
  same tick of the clock (git's own rule). On Windows, which does not say when a file last changed, of every file.

The modules that answer (`asking` and below) import nothing that a library brings: a whole run spends most of its time on imports.
Whoever can write in `.grandlivre/` can make `check` silent on that machine, and only it: continuous integration, `close`, sendings
and seals read everything.
"""
