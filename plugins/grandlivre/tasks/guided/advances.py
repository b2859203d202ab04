"""Money advanced to somebody, and how it is justified or given back."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from grandlivre.books.purchases import Advance
from grandlivre.books.records import Account
from grandlivre.i18n import Money, did_you_mean
from grandlivre.policy.sycebnl import MISSION_ADVANCES, SUPPLIER_ADVANCES
from grandlivre.tasks.entries import Value
from grandlivre.tasks.guided import known
from grandlivre.tasks.guided.form import Form
from grandlivre.tasks.guided.making import Maker
from grandlivre.tasks.guided.payments import MODES
from grandlivre.tasks.guided.text import Leg, named, told

_BACK = "document-reliquat"
"""The paper of what is given back, when it is not that of the expenses."""
_ROW = ("ligne", "montant", "libelle", "activite", "compte", "fournisseur", "nif")


class _Row(NamedTuple):
    """What a part of an advance was spent on."""

    account: Account | str
    amount: int
    words: dict[str, Value]


def advance(m: Maker) -> None:
    """`avance`: an amount handed to somebody who must justify it by a day."""
    tree, day = m.tree(), m.day()
    holder, who = m.payee(needed="dites à qui l'avance est remise.")
    narration = m.form.text("libelle", needed="dites pour quoi, en quelques mots.")
    amount = m.form.amount("montant", needed="dites le montant en francs.")
    due = m.form.day("echeance", needed="dites pour quand elle doit être justifiée.")
    written, number = m.form.choice("mode", MODES), m.form.text("avance")
    mode = written or ("cheque" if "cheque" in m.form else "virement")
    keys = told({key: m.form.text(key) for key in ("cheque", "ordre")})
    allowed, signed, till = m.form.words("autorise-par"), m.signatories(), m.form.text("caisse")
    line, nif, extra = m.form.text("ligne"), m.form.text("nif") or known.tax_id(m.books, holder), m.optional()
    if not tree or day is None:
        return
    said, money = m.account("compte", tree, day), m.money(tree, day, mode, till)
    if money is None or due is None:
        return
    account = named(said) or m.need(tree, (MISSION_ADVANCES if who or not nif else SUPPLIER_ADVANCES)[0], day)
    words: dict[str, Value] = {**signed, "mode": mode, **keys, **extra}
    words |= told({"autorise-par": " ".join(allowed), "beneficiaire": who, "nif": "" if who else nif, "ligne": line})
    words |= {"avance": number or known.next_advance(m.books, day), "echeance": due}
    m.transaction(
        money, tree, day, holder, _titled("Avance à justifier", narration), words,
        (Leg(account, amount), Leg(money.name, -amount)), signed=m.is_signed(signed, day),
    )  # fmt: skip


def justification(m: Maker) -> None:
    """`justification`: what an advance was spent on, and what of it comes back."""
    found = _advance(m)
    day, back = m.day(), _given_back(m)
    mode, till = m.form.choice("mode", MODES), m.form.text("caisse")
    narration, extra = m.form.text("libelle"), m.optional()
    rows = m.form.rows("lignes")
    if not rows and not back:
        m.form.say("lignes", "dites ce qui a été dépensé, ou ce qui est rendu (reliquat).")
    if found is None or day is None:
        for row in rows:
            _read(row)
        return
    opened, held = found.opened, _held(found)
    spent = [_spent(m, row, found.tree, day, opened.payee) for row in rows]
    if m.form.said:
        return
    what = narration or opened.narration.partition(" : ")[2] or opened.narration
    words: dict[str, Value] = {**told({"beneficiaire": opened.text("beneficiaire")}), **extra, "avance": found.id}
    papers = _justify(m, found, day, what, words, held, spent) if spent else None
    if back:
        _give_back(
            m, found.tree, day, opened.payee, what, {**words, "mode": mode or "virement"}, held, back, till, papers
        )
    _note_rest(m, found, found.open - sum(each.amount for each in spent) - back)


def _note_rest(m: Maker, found: Advance, left: int) -> None:
    if left:
        state = "restera à justifier" if left > 0 else "est rendu de trop"
        m.notes.append(f"De l'avance {found.id}, {Money(abs(left))} {state}.")


def _advance(m: Maker) -> Advance | None:
    """The advance that the form names."""
    number = m.form.text("avance", needed="dites le numéro de l'avance.")
    found = known.advance_of(m.books, number)
    if number and found is None:
        waiting = [each.id for each in m.books.advances if each.open]
        m.form.say("avance", f"l'avance {number} n'est pas dans les livres.{did_you_mean(number, waiting)}")
    return found


def _justify(
    m: Maker, found: Advance, day: date, what: str, words: dict[str, Value], held: Account, spent: list[_Row]
) -> dict[str, Value]:
    """Writes what was spent; its papers."""
    legs = [Leg(named(each.account), each.amount, each.words) for each in spent]
    piece = m.transaction(
        None, found.tree, day, found.opened.payee, _titled("Justification d'avance", what), words,
        (*legs, Leg(held.name, -sum(each.amount for each in spent))),
    )  # fmt: skip
    return m.papers(found.tree, m.parts[-1].date, piece)


def _held(found: Advance) -> Account:
    """The account on which it stands."""
    return next(each.account for each in found.opened.movements if each.account.is_advance)


def _given_back(m: Maker) -> int:
    return m.form.amount("reliquat") if m.form.text("reliquat") not in ("", "0") else 0


def _give_back(
    m: Maker, tree: str, day: date, payee: str, what: str, words: dict[str, Value], held: Account, back: int, till: str,
    papers: dict[str, Value] | None,
) -> None:  # fmt: skip
    money = m.money(tree, day, str(words["mode"]), till)
    if money is not None:
        legs = (Leg(money.name, back), Leg(held.name, -back))
        m.transaction(money, tree, day, payee, _titled("Reliquat d'avance", what), words, legs,
                      papers=papers, paper=_BACK if _BACK in m.form else "")  # fmt: skip


def _titled(head: str, what: str) -> str:
    return what if what.casefold().startswith(head.casefold()) else f"{head} : {what}"


def _read(row: Form) -> tuple[str, int, str, str]:
    return (
        row.text("ligne"),
        row.amount("montant", needed="dites le montant."),
        row.text("libelle"),
        row.text("activite"),
    )


def _spent(m: Maker, row: Form, tree: str, day: date, payee: str) -> _Row:
    """A row as a posting: its account said, else that of its line."""
    line, amount, label, activity = _read(row)
    supplier, nif = row.text("fournisseur"), row.text("nif")
    account = _account(m, row, tree, day, line, payee)
    row.require(_ROW, papers=False)
    words: dict[str, Value] = {
        key: said
        for key, said in (
            ("ligne", line), ("activite", activity), ("libelle", label), ("beneficiaire", supplier), ("nif", nif),
        )
        if said
    }  # fmt: skip
    return _Row(account, amount, words)


def _account(m: Maker, row: Form, tree: str, day: date, line: str, payee: str) -> Account | str:
    said = Maker.account(_Rowed(m, row), "compte", tree, day)
    if said != "" or "compte" in row:
        return said
    own = known.budget_line(known.agreement_for(m.books, tree, day, m.form.text("convention"), line), line, day)
    found = known.accounts_of_line(m.books, tree, day, own, line, payee)
    if found and known.is_likeliest(m.books, tree, found, line):
        return found[0]
    choices = f" La ligne {line} admet : {', '.join(each.name.rpartition(':')[2] for each in found)}." if found else ""
    row.say("compte", f"dites le compte.{choices}")
    return ""


class _Rowed(Maker):
    """The same maker, reading a row of its form."""

    def __init__(self, m: Maker, row: Form) -> None:
        self.__dict__.update(m.__dict__)
        self.form = row
