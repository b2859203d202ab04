"""What comes in: a donor's instalment, a gift, dues, what is sold, interest."""

from __future__ import annotations

from datetime import date

from beancount.core.data import Open

from grandlivre.books.records import Account
from grandlivre.i18n import Money, did_you_mean
from grandlivre.policy.donors import OWN_TREE, Agreement
from grandlivre.policy.sycebnl import (
    BANK_FEES,
    CALLED_FUNDS,
    CHARGES_OF,
    DUE,
    GIFT,
    INTEREST_OF,
    RECEIVED_ON,
    SERVICE,
    SERVICES_SOLD,
    SUSPENSE,
    TO_GIVE_BACK,
)
from grandlivre.tasks.entries import Value
from grandlivre.tasks.guided import known
from grandlivre.tasks.guided.making import Maker
from grandlivre.tasks.guided.payments import MODES
from grandlivre.tasks.guided.text import Leg, named, told

NATURES = ("tranche", "don", "cotisation", "prestation", "interets")
_OF_AGREEMENTS = ("tranche", "interets")
_TITLES = {
    "tranche": "Tranche de la convention {agreement} : virement reçu",
    "don": "Don reçu",
    "cotisation": "Cotisation {year}",
    "prestation": "Prestation encaissée",
    "interets": "Intérêts versés par la banque",
}


def receipt(m: Maker) -> None:
    """`recette`: money received, on the account that its nature and the donor's model call for."""
    tree, day = m.tree(), m.day()
    giver, who = m.payee("de", "dites de qui vient l'argent.")
    nature = m.form.choice(
        "nature", NATURES, needed="dites ce que c'est : tranche, don, cotisation, prestation, interets."
    )
    amount = m.form.amount("montant", needed="dites le montant reçu, en francs.")
    foreign, convention = m.form.money("montant-devise"), m.form.text("convention")
    member, year = _member(m), m.form.count("annee")
    written, till = m.form.choice("mode", MODES), m.form.text("caisse")
    narration, register, fee = m.form.text("libelle"), m.form.text("registre"), m.form.amount("frais")
    line = m.form.text("ligne")
    extra = m.optional()
    if not tree or day is None or not nature:
        return
    mode = written or "virement"
    said, money = m.account("compte", tree, day), m.money(tree, day, mode, till)
    agreement = _agreement(m, tree, day, convention) if nature in _OF_AGREEMENTS else None
    account = said or _account(m, tree, day, nature, agreement)
    if money is None or account == "" or m.form.said:
        return
    due = year or day.year
    words: dict[str, Value] = {} if nature == "interets" else {"mode": mode}
    words |= {**extra, **told({"beneficiaire": "" if member else who})}
    words |= _of_nature(m, nature, day, {"registre": register, "membre": member, "annee": due})
    title = narration or _title(nature, agreement, due)
    charged = _fee(m, tree, day, agreement, fee, line)
    taken = _credited(m, tree, day, giver, named(account), amount + fee, foreign)
    m.piece = m.transaction(money, tree, day, giver, title, words, (Leg(money.name, amount), *charged, taken))


def _of_nature(m: Maker, nature: str, day: date, said: dict[str, Value]) -> dict[str, Value]:
    """The keys that a gift or dues ask for."""
    if nature == "don":
        return {"registre": said["registre"] or known.next_gift(m.books, day)}
    return told({key: said[key] for key in ("membre", "annee")}) if nature == "cotisation" else {}


def _title(nature: str, agreement: Agreement | None, year: int) -> str:
    return _TITLES[nature].format(agreement=agreement.number if agreement else "", year=year)


def _fee(m: Maker, tree: str, day: date, agreement: Agreement | None, fee: int, line: str) -> tuple[Leg, ...]:
    """What the bank kept of the receipt, so that the instalment shows whole."""
    if not fee:
        return ()
    lines = (
        [code for code, each in agreement.budget_at(day).items() if each.accounts and each.allows(CHARGES_OF["BQ"][0])]
        if agreement
        else []
    )
    own = line or (lines[0] if lines else "")
    return (Leg(m.need(tree, BANK_FEES[0], day), fee, {"ligne": own} if own else {}),)


def _credited(m: Maker, tree: str, day: date, giver: str, account: str, amount: int, foreign: Money | None) -> Leg:
    """The credit, in the donor's currency when it says one: it settles the call, written first when nobody wrote it."""
    if foreign is None or foreign.currency == m.currency:
        return Leg(account, -amount)
    if _takes(m, m.books.accounts.get(account), foreign):
        return Leg(account, -amount, foreign=foreign)
    waiting = [each for each in known.open_accounts(m.books, tree, day, *CALLED_FUNDS) if _takes(m, each, foreign)]
    if not waiting:
        m.notes.append(
            f"Aucun compte 469 de {tree} n'admet {foreign.currency} : le montant en devise n'est pas gardé. Ouvrez-le avec "
            f"« {m.currency},{foreign.currency} » pour que le taux de la tranche se lise."
        )
        return Leg(account, -amount)
    called = Leg(waiting[0].name, amount, foreign=foreign)
    if not _is_called(m, called.account, foreign):
        legs = (called, Leg(account, -amount))
        m.transaction(None, tree, day, giver, f"Appel de fonds : {foreign}", {}, legs, paper="document-appel")
    return Leg(called.account, -amount, foreign=foreign)


def _takes(m: Maker, account: Account | None, foreign: Money) -> bool:
    """Whether an account is open in that currency."""
    return account is not None and any(
        isinstance(each, Open) and each.account == account.name and foreign.currency in (each.currencies or ())
        for each in m.books.raw
    )


def _is_called(m: Maker, account: str, foreign: Money) -> bool:
    """Whether that much of the currency was called and has not come."""
    held = sum(
        each.units for entry in m.books.foreign for each in entry.movements
        if each.account.name == account and each.currency == foreign.currency
    )  # fmt: skip
    return held >= foreign.units


def _agreement(m: Maker, tree: str, day: date, named: str) -> Agreement | None:
    found = known.agreement_for(m.books, tree, day, named, "")
    if found is None and tree != OWN_TREE:
        ids = [each.id for each in m.books.tree_agreements(tree)]
        why = (
            f"la convention « {named} » n'existe pas" if named else "plusieurs conventions, ou aucune, sont en vigueur"
        )
        m.form.say("convention", f"{why} : {', '.join(ids) or 'aucune'}.{did_you_mean(named, ids)}")
    return found


def _account(m: Maker, tree: str, day: date, nature: str, agreement: Agreement | None) -> str:
    """The account of what is received."""
    if nature == "tranche" and agreement is not None:
        return _of_instalment(m, tree, day, agreement)
    if nature == "tranche":
        m.form.say("nature", f"le projet {tree} n'a pas de convention : ce n'est pas une tranche.")
        return ""
    if nature == "interets":
        number = (
            INTEREST_OF.get(agreement.financing, "") if agreement is not None else INTEREST_OF["ressources-propres"]
        )
        if not number:
            m.form.say("compte", "le modèle de financement ne dit pas où vont les intérêts : dites le compte.")
            return ""
        return m.need(tree, number, day)
    if nature == "prestation":
        sold = known.open_accounts(m.books, tree, day, *SERVICES_SOLD)
        return sold[0].name if sold else m.need(tree, SERVICE, day)
    return m.need(tree, GIFT if nature == "don" else DUE, day)


def _of_instalment(m: Maker, tree: str, day: date, agreement: Agreement) -> str:
    """What the donor was asked for, when it still owes it; else the funds of its model."""
    for each in known.open_accounts(m.books, tree, day, *CALLED_FUNDS):
        if m.books.balance(each.name, date.max) > 0 and not each.number.startswith(TO_GIVE_BACK):
            return each.name
    return m.need(tree, RECEIVED_ON.get(agreement.financing, SUSPENSE[-1]), day)


def _member(m: Maker) -> str:
    said = m.form.text("membre")
    members = [each.id for each in m.books.policy.members.members]
    if said and members and said not in members:
        m.form.say("membre", f"« {said} » n'est pas dans rules/membres.yaml.{did_you_mean(said, members)}")
    return said
