"""Every rule of the referee, waivers, and the verdicts to compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from arbiter import budget, buying, money, papers
from arbiter.reading import Entry, Ledger, Verdict, plain

RULES: dict[str, Callable[[Ledger], Iterator[Verdict]]] = {
    "double-signature": money.double_signature,
    "caisse-hors-bornes": money.till_out_of_bounds,
    "pv-de-caisse": money.cash_counts,
    "bailleurs-croises": money.crossed_donors,
    "virement-en-transit": money.transit,
    "decouvert": money.overdraft,
    "rapprochement-bancaire": money.reconciliation,
    "trois-proformas": buying.three_quotes,
    "fractionnement": buying.splitting,
    "facture-en-double": buying.double_invoice,
    "hors-convention": buying.outside_agreement,
    "ligne-budgetaire": buying.budget_line,
    "depassement-budgetaire": budget.overspent,
    "avance-en-retard": buying.late_advances,
    "numerotation-pieces": papers.numbering,
    "piece-justificative": papers.vouchers,
    "piece-reutilisee": papers.reused,
    "date-valeur-lointaine": papers.far_value_date,
    "cloture-en-retard": papers.late_closing,
    "serie-tronquee": papers.short_series,
    "regles-affaiblies": papers.weakened,
    "regle-retroactive": papers.retroactive,
}
AGAINST_THE_SEAL: dict[str, Callable[[Ledger, Ledger], Iterator[Verdict]]] = {
    "periode-close": papers.closed_period,
    "releve-fichier": papers.bank_file,
}
"""Rules that compare the books with what they were when they were closed."""
KNOWN = frozenset((*RULES, *AGAINST_THE_SEAL))
NO_LINE = ("regles-affaiblies", "regle-retroactive")
"""Rules whose finding is compared by its file only."""
NO_WAIVER = (
    "periode-close",
    "pv-de-caisse",
    "cloture-en-retard",
    "serie-tronquee",
    "regles-affaiblies",
    "regle-retroactive",
)


def judge(books: Ledger, sealed: Ledger | None = None) -> set[Verdict]:
    """What the contract says of the books; `sealed`: the same books as they were when they were closed."""
    said: set[Verdict] = set()
    for name, rule in RULES.items():
        if not books.stopped(name):
            said |= {books_level(books, each) for each in rule(books)}
    if sealed is not None:
        for name, compare in AGAINST_THE_SEAL.items():
            if not books.stopped(name):
                said |= set(compare(books, sealed))
    waived = {
        (entry.file, entry.line): entry.text("derogation") for entry in books.entries if valid_waiver(books, entry)
    }
    kept = {each for each in said if waived.get((each.file, each.line)) != each.rule or each.rule in NO_WAIVER}
    return {normal(books, each) for each in kept}


def books_level(books: Ledger, said: Verdict) -> Verdict:
    """`niveau: alerte` caps a rule."""
    return said._replace(level="alerte") if books.setting(said.rule, "niveau", "") == "alerte" else said


def valid_waiver(books: Ledger, entry: Entry) -> bool:
    who = entry.text("derogation-par")
    if not entry.text("derogation") or not entry.text("motif") or who not in books.people:
        return False
    if books.setting(entry.text("derogation"), "derogation", "permise") == "interdite":
        return False
    paid = {who, plain(books.people[who]["nom"])} & entry.receivers
    return books.person_holds(who, "autorisation", entry.value_day) and not paid


def normal(books: Ledger, said: Verdict) -> Verdict:
    """The finding on its object: an entry's first line, no line for a rule file, paths from the root."""
    file = said.file
    try:
        file = Path(file).relative_to(books.root).as_posix()
    except ValueError:
        file = Path(file).as_posix()
    line = 0 if said.rule in NO_LINE else books.object_of(said.file, said.line)
    return Verdict(said.rule, str(said.level), file, line)
