"""What goes out: a payment by bank or telephone, an expense of the till, the money that feeds a till, a supplier's invoice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from grandlivre.books.records import Account
from grandlivre.i18n import Money, did_you_mean
from grandlivre.policy.people import same_name
from grandlivre.policy.sycebnl import (
    ASSET_DEBTS,
    ASSETS,
    BANK_FEES,
    CHARGES_OF,
    MOBILE,
    SUPPLIER_DEBTS,
    TRADE_PAYABLES,
    TRANSFERS,
)
from grandlivre.tasks.entries import Value
from grandlivre.tasks.guided import known, procurement
from grandlivre.tasks.guided.making import Maker
from grandlivre.tasks.guided.text import Leg, named, told

MODES = ("cheque", "virement", "especes", "mobile")
_WHAT = "dites pour quoi, en quelques mots."
_HOW_MUCH = "dites le montant en francs, par exemple 285 000."
_TO_WHOM = "dites à qui c'est payé."


class _Bought(NamedTuple):
    """What the money is for: the account, and the keys that say it."""

    account: str
    words: dict[str, Value]


def payment(m: Maker) -> None:
    """`paiement`: an invoice settled, or an expense paid at once, from the donor's bank."""
    tree, day = m.tree(), m.day()
    payee, who = m.payee(needed=_TO_WHOM)
    narration, amount = m.form.text("libelle", needed=_WHAT), m.form.amount("montant", needed=_HOW_MUCH)
    written = m.form.choice("mode", MODES)
    mode = written or ("cheque" if "cheque" in m.form else "virement")
    paid = {key: said for key in ("cheque", "ordre") if (said := m.form.text(key))}
    allowed = m.form.words("autorise-par")
    fee, till = m.form.amount("frais"), m.form.text("caisse")
    signed = m.signatories()
    if not tree or day is None:
        return
    money = m.money(tree, day, mode, till)
    bought = _bought(m, tree, day, payee, amount)
    if money is None or bought is None:
        return
    taken = _taken_by_the_bank(bought.account, signed, paid, written)
    words = _payment_words(m, "" if taken else mode, {**signed, **paid}, allowed, who)
    legs = [Leg(bought.account, amount), *_fee(m, tree, day, money, fee)]
    m.transaction(
        money, tree, day, payee, narration, {**words, **bought.words},
        (*legs, Leg(money.name, -sum(leg.units for leg in legs))), signed=taken or m.is_signed(signed, day),
    )  # fmt: skip


def cash_expense(m: Maker) -> None:
    """`depense-caisse`: a direct purchase, paid in cash."""
    tree, day = m.tree(), m.day()
    payee, who = m.payee(needed=_TO_WHOM)
    narration, amount = m.form.text("libelle", needed=_WHAT), m.form.amount("montant", needed=_HOW_MUCH)
    till, allowed = m.form.text("caisse"), m.form.words("autorise-par")
    if not tree or day is None:
        return
    money = m.money(tree, day, "especes", till)
    bought = _bought(m, tree, day, payee, amount)
    if money is None or bought is None:
        return
    words = _payment_words(m, "especes", {}, allowed, who)
    legs = (Leg(bought.account, amount), Leg(money.name, -amount))
    m.transaction(money, tree, day, payee, narration, {**words, **bought.words}, legs)


def invoice(m: Maker) -> None:
    """`facture`: what a supplier is owed, before it is paid."""
    tree, day = m.tree(), m.day()
    payee, who = m.payee(needed="dites le fournisseur.")
    narration, amount = m.form.text("libelle", needed=_WHAT), m.form.amount("montant", needed=_HOW_MUCH)
    m.form.text("facture", needed="recopiez le numéro de la facture.")
    if not tree or day is None:
        return
    bought = _bought(m, tree, day, payee, amount, settles=False)
    if bought is None:
        return
    owed = _debt_account(m, tree, day, bought.account)
    words = {**({"beneficiaire": who} if who else {}), **m.optional(), **bought.words}
    m.transaction(None, tree, day, payee, narration, words, (Leg(bought.account, amount), Leg(owed, -amount)))


def refill(m: Maker) -> None:
    """`reapprovisionnement`: money moved from the bank to a till (or a telephone), in two vouchers of one day by the 585."""
    tree, day = m.tree(), m.day()
    named, amount = m.form.text("caisse"), m.form.amount("montant", needed=_HOW_MUCH)
    mode = m.form.choice("mode", ("cheque", "virement")) or "cheque"
    narration = m.form.text("libelle") or "Réapprovisionnement de la caisse"
    paid = {key: said for key in ("cheque", "ordre") if (said := m.form.text(key))}
    signed = m.signatories()
    if not tree or day is None:
        return
    bank, till = m.money(tree, day, mode), _receiver(m, tree, day, named)
    transit = m.need(tree, TRANSFERS[0], day)
    if bank is None or till is None:
        return
    extra = m.optional()
    first = m.transaction(
        bank, tree, day, f"{'Caisse' if till.is_till else 'Monnaie électronique'} {tree}", narration,
        {**signed, "mode": mode, **paid, **extra}, (Leg(transit, amount), Leg(bank.name, -amount)),
        signed=m.is_signed(signed, day),
    )  # fmt: skip
    when = m.parts[-1].date
    same = m.papers(tree, when, first)
    other = "especes" if till.is_till else "mobile"
    m.transaction(
        till, tree, when, f"Banque {tree}", narration, {"mode": other, **extra},
        (Leg(till.name, amount), Leg(transit, -amount)), papers=same,
    )  # fmt: skip


# --- what is bought ---------------------------------------------------------------------------------------------------


def _bought(m: Maker, tree: str, day: date, payee: str, amount: int, *, settles: bool = True) -> _Bought | None:
    """The account and the keys of what is bought: an open invoice, else the budget line's account."""
    form = m.form
    number, nif = form.text("facture"), form.text("nif") or known.tax_id(m.books, payee)
    dossier = procurement.within(m, tree, day, payee, nif)
    line, said = form.text("ligne"), m.account("compte", tree, day)
    activity, agreement = form.text("activite"), form.text("convention")
    award = m.books.dossiers.get(dossier)
    bill = known.bill_of(m.books, tree, payee, nif, number) if settles and number else None
    whose = nif if number or dossier or _is_debt(said) else ""
    words = told({"nif": whose, "facture": number, "marche": dossier})
    if bill is not None and said == "":
        return _Bought(bill.account.name, words | told({"ligne": line}))
    if award is not None and not _is_debt(said):
        line = line or award.line
        words |= told({"activite": "" if activity else award.activity})
    account = said if said != "" else _from_line(m, tree, day, payee, line, agreement)
    if account == "":
        return None
    words |= told({"ligne": line}) | _agreement_words(m, tree, day, line, agreement)
    return _Bought(named(account), words)


def _is_debt(account: Account | str) -> bool:
    number = account.number if isinstance(account, Account) else account.rpartition(":")[2]
    return number.startswith(SUPPLIER_DEBTS)


def _from_line(m: Maker, tree: str, day: date, payee: str, line: str, agreement: str) -> Account | str:
    """The account that a budget line is charged to; "" when a person has to say it."""
    if not line:
        _ask_line(m, tree, payee)
        return ""
    own = known.budget_line(known.agreement_for(m.books, tree, day, agreement, line), line, day)
    found = known.accounts_of_line(m.books, tree, day, own, line, payee)
    if found and known.is_likeliest(m.books, tree, found, line):
        return found[0]
    if found:
        choices = ", ".join(each.name.rpartition(":")[2] for each in found)
        m.form.say("compte", f"la ligne {line} admet plusieurs comptes : {choices}. Choisissez-en un.")
    elif own is not None and own.accounts:
        m.form.say("compte", f"la ligne {line} admet le {', le '.join(own.accounts)} : dites lequel.")
    else:
        codes = [code for each in known.agreements_on(m.books, tree, day) for code in each.budget_at(day)]
        hint = "" if own is not None else did_you_mean(line, codes)
        m.form.say("compte", f"rien ne dit le compte de la ligne {line} : écrivez-le.{hint}")
    return ""


def _ask_line(m: Maker, tree: str, payee: str) -> None:
    """Asks what is bought, unless it was asked before."""
    due = [bill for bill in known.open_bills(m.books, tree) if same_name(bill.name) == same_name(payee) and bill.number]
    owed = ", ".join(f"{bill.number} ({Money(bill.left)})" for bill in due)
    if not m.form.said.get("compte"):
        settled = f" ; ou la facture réglée : {owed}" if owed else ""
        m.form.say("compte", f"dites la ligne du budget, ou le compte{settled}.")


def _agreement_words(m: Maker, tree: str, day: date, line: str, named: str) -> dict[str, Value]:
    """The agreement, where several are in force and the line tells which."""
    if named or not line or len(known.agreements_on(m.books, tree, day)) < 2:
        return {}
    found = known.agreement_for(m.books, tree, day, "", line)
    return {"convention": found.id} if found is not None else {}


def _debt_account(m: Maker, tree: str, day: date, bought: str) -> str:
    """Where the supplier of what is bought is owed: assets apart."""
    number = bought.rpartition(":")[2]
    if number.startswith(ASSETS):
        opened = sorted(
            known.open_accounts(m.books, tree, day, *ASSET_DEBTS), key=lambda each: each.number, reverse=True
        )
        return opened[0].name if opened else m.need(tree, ASSET_DEBTS[-1], day)
    return m.need(tree, TRADE_PAYABLES[0], day)


# --- how it is paid ---------------------------------------------------------------------------------------------------


def _payment_words(
    m: Maker, mode: str, keys: Mapping[str, Value], allowed: tuple[str, ...], who: str
) -> dict[str, Value]:
    people = " ".join(known.person_called(m.books, each)[0] or each for each in allowed)
    words = {**keys, "mode": mode, "autorise-par": people, "beneficiaire": who, **m.optional()}
    return {key: value for key, value in words.items() if value != ""}


def _taken_by_the_bank(account: str, signed: Mapping[str, Value], paid: Mapping[str, Value], mode: str) -> bool:
    """Whether the bank takes this by itself: its charges, that nobody orders or signs."""
    return account.rpartition(":")[2].startswith(BANK_FEES) and not signed and not paid and not mode


def _fee(m: Maker, tree: str, day: date, money: Account, fee: int) -> tuple[Leg, ...]:
    """What the operator takes with the payment, on the line of the budget that admits it."""
    if not fee:
        return ()
    number = next(
        (
            each
            for each in CHARGES_OF["MM" if money.is_(*MOBILE) else "BQ"]
            if known.open_accounts(m.books, tree, day, each)
        ),
        BANK_FEES[0],
    )
    agreement = known.agreement_for(m.books, tree, day, m.form.text("convention"), m.form.text("ligne"))
    lines = (
        [code for code, line in agreement.budget_at(day).items() if line.accounts and line.allows(number)]
        if agreement
        else []
    )
    return (Leg(m.need(tree, number, day), fee, {"ligne": lines[0]} if lines else {}),)


def _receiver(m: Maker, tree: str, day: date, named: str) -> Account | None:
    """The till, or the account of electronic money, that receives."""
    phone = known.mobile_of(m.books, tree, day)
    if phone is not None and named in (phone.name, phone.number, "mobile"):
        return phone
    return m.money(tree, day, "especes", named)
