"""What an earlier answer hangs on, as plain data: after a change of entries, which rules may say something else.

A whole run asks each rule for its `Guard`; the next run holds the guards against the entries that changed. A rule whose guard is not
met says of the new books, word for word, what it said of the former ones; one whose guard is met is asked again. Findings come from
`check` alone: a guard can only say « as before » or « ask ».

Nothing here imports a library, nor any room above: the answer after an edit is given before one is loaded.
"""
