"""`grandlivre reconcile`: what is ticked, what is left outstanding, what is written, and what never is."""

from __future__ import annotations

import difflib
import errno
import random
import re
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest
from beancount import loader
from beancount.parser import parser
from click.testing import CliRunner, Result

from grandlivre.books.index import Books, build
from grandlivre.cli import _terminal, cli
from grandlivre.importers.statement import BankFile, StatementLine
from grandlivre.inspection import inspect
from grandlivre.policy.loading import Policy, load_policy
from grandlivre.policy.periods import Period
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks import desk, reconciling
from grandlivre.tasks.reconciling import Study, study
from grandlivre.writing import locked
from writing_faults import StoppingDisk

ROOT = Path(__file__).resolve().parent.parent
BANK = "Actif:EAU:52111-Banque"
MARCH = Period("2026-03", date(2026, 3, 1), date(2026, 3, 31))

NAMES = """\
option "name_assets" "Actif"
option "name_liabilities" "Passif"
option "name_equity" "Capitaux"
option "name_income" "Produits"
option "name_expenses" "Charges"
"""
ACCOUNTS = f"""\
{NAMES}
2026-01-01 open {BANK} XOF
2026-01-01 open Passif:EAU:4011-Fournisseurs XOF
2026-01-01 open Passif:EAU:462-Fonds XOF
2026-01-01 open Charges:EAU:6318-Frais XOF
"""
OPENING = f"""\
2026-01-01 * "ANI-Mali" "Report à nouveau"
  piece: "OD-EAU-2026-0001"
  ecriture: "a-nouveau"
  {BANK}                              50000000 XOF
  {BANK}                                -75000 XOF
    piece: "BQ-EAU-2025-0188"
    cheque: "0730498"
  Passif:EAU:462-Fonds               -49925000 XOF
"""
PAYEES = (
    "Faso Papeterie", "Sahel Carburants", "Hydro Services Mopti", "Imprimerie du Fleuve", "Garage Sangha", "INPS",
    "Énergie du Mali", "Awa Keïta", "Issa Coulibaly", "Oumar Maïga", "Hôtel Ambedjele", "Kalan Téléphonie",
)  # fmt: skip


class Move(NamedTuple):
    """A booked movement as the test plans it."""

    piece: str
    day: date
    amount: int
    payee: str
    cheque: str
    order: str

    @property
    def text(self) -> str:
        """The entry."""
        own = "".join(
            f'\n  {key}: "{value}"' for key, value in (("cheque", self.cheque), ("ordre", self.order)) if value
        )
        return (
            f'{self.day} * "{self.payee}" "Règlement {self.payee}"\n  piece: "{self.piece}"{own}\n'
            f"  Passif:EAU:4011-Fournisseurs {-self.amount} XOF\n  {BANK} {self.amount} XOF\n"
        )

    def wording(self, chance: random.Random) -> str:
        """What the bank prints: capitals, cut short, with the number or with the payee."""
        payee = self.payee.upper()[: chance.choice((12, 16, 24))]
        if self.cheque:
            return chance.choice((f"CHQ {self.cheque}", f"CHEQUE N° {self.cheque} {payee}", f"CHQ{self.cheque}"))
        return chance.choice((f"VIR {self.order}", f"VIREMENT {payee} {self.order}")) if self.order else f"VIR {payee}"


class Plan(NamedTuple):
    """Books, the bank's side of a month, and the truth."""

    moves: tuple[Move, ...]
    statement: BankFile
    shown: frozenset[str]
    """Vouchers the statement shows."""
    outstanding: frozenset[str]
    charges: tuple[int, ...]


def plan(seed: int) -> Plan:
    """A month of sixty movements with two amounts repeated on one day, and a statement shuffled, re-dated by up to three
    days, with merged and split lines and charges."""
    chance = random.Random(seed)
    days = sorted(MARCH.start + timedelta(days=chance.randrange(31)) for _ in range(60))
    twins = {10: 11, 30: 31}  # same day, same amount; the first pair of one payee, the second with cheques
    moves: list[Move] = []
    for at, day in enumerate(days):
        amount = chance.randrange(4_000, 3_000_000, 250) * chance.choice((-1, -1, -1, 1))
        payee, mode = chance.choice(PAYEES), chance.choice(("cheque", "cheque", "order", ""))
        if at == 10:
            payee, amount, mode = "Moussa Diarra", -chance.randrange(5_000, 90_000, 500), ""
        elif at == 30:
            payee, amount, mode = "Fanta Sow", -chance.randrange(5_000, 90_000, 500), "cheque"
        elif at - 1 in twins:
            moves.append(moves[-1]._replace(piece=f"BQ-EAU-2026-{at + 1:04d}"))
            if moves[-1].cheque:
                moves[-1] = moves[-1]._replace(cheque=f"{1_200_000 + at:07d}")
            continue
        cheque = f"{1_200_000 + at:07d}" if mode == "cheque" else ""
        moves.append(
            Move(f"BQ-EAU-2026-{at + 1:04d}", day, amount, payee, cheque, f"OV-{at:04d}" if mode == "order" else "")
        )
    plain = [each for place, each in enumerate(moves) if place not in (10, 11, 30, 31)]
    planted = {each.piece for each in chance.sample(plain, 5)}
    planted |= chance.choice((set(), {moves[30].piece}, {moves[31].piece}, {moves[10].piece, moves[11].piece}))
    left = [each for each in moves if each.piece not in planted]
    lines: list[StatementLine] = []

    def emit(day: date, amount: int, text: str, nature: str | None = None) -> None:
        at = min(max(day + timedelta(days=chance.randint(-3, 3)), MARCH.start), MARCH.end)
        lines.append(StatementLine(len(lines) + 1, at, chance.choice((None, at)), amount, text, None, None, nature))

    old = chance.random() < 0.5  # the old cheque of the opening comes this month, or not
    if old:
        emit(MARCH.start, -75_000, "CHQ 0730498 COMPENSE")
    merged: set[str] = set()
    for first, second in zip(left, left[1:], strict=False):
        near = first.payee == second.payee and (second.day - first.day).days <= 1 and first.amount * second.amount > 0
        if near and first in plain and second in plain and not merged & {first.piece, second.piece}:
            merged |= {first.piece, second.piece}
            numbers = " ".join(each.cheque or each.order for each in (first, second))
            emit(first.day, first.amount + second.amount, f"OPERATIONS {first.payee.upper()} {numbers}")
    for each in left:
        if each.piece in merged:
            continue
        if each in plain and abs(each.amount) > 100_000 and chance.random() < 0.08:
            part = each.amount * chance.randint(20, 45) // 100
            for some in (part, each.amount - part):
                emit(each.day, some, f"{each.wording(chance)} PARTIEL")
        else:
            emit(each.day, each.amount, each.wording(chance))
    # One charge has the very amount of an outstanding payment: it must not be taken for it.
    unpaid = [each.amount for each in moves if each.piece in planted and each.amount < 0][:1]
    charges = (-2_500, -450, *unpaid)
    for amount, text in zip(charges, ("FRAIS TENUE DE COMPTE", "TAF/FRAIS", "AGIOS"), strict=False):
        emit(MARCH.end, amount, text, "frais")
    chance.shuffle(lines)
    outstanding = planted if old else planted | {"BQ-EAU-2025-0188"}
    shown = {each.piece for each in left} | ({"BQ-EAU-2025-0188"} if old else set())
    total = sum(line.amount for line in lines)
    statement = BankFile(None, 50_000_000, 50_000_000 + total, tuple(lines))
    return Plan(tuple(moves), statement, frozenset(shown), frozenset(outstanding), charges)


def books_of(*texts: str) -> Books:
    """Books read from texts, without any policy."""
    entries, errors, options = parser.parse_string("\n".join((ACCOUNTS, *texts)), report_filename="mars.beancount")
    assert errors == []
    return build(entries, options, Policy())


@pytest.mark.parametrize("seed", range(50))
def test_exactly_the_planted_items_are_outstanding(seed: int) -> None:
    planned = plan(seed)
    books = books_of(OPENING, *(each.text for each in planned.moves))
    found = study(books, books.accounts[BANK], planned.statement, MARCH)
    assert {each.piece for each in found.to_tick} == planned.shown
    assert {each.piece for each in found.outstanding} == planned.outstanding
    assert sorted(each.line.amount for each in found.proposals) == sorted(planned.charges)
    assert (found.complete, found.gap, found.matching.choices, found.puzzles) == (True, 0, (), ())
    for tick in found.matching.certain:
        assert sum(line.amount for line in tick.lines) == sum(each.amount for each in tick.movements)
    assert found.closing + found.receipts - found.payments == found.book + found.proposed


# --- the real command ---------------------------------------------------------------------------------------------

FORM = """\
nom: Banque d'essai
type: csv
encodage: utf-8
separateur: ";"
solde-initial: '^ancien solde'
solde-final: '^nouveau solde'
colonnes: {date: Date, libelle: Libellé, montant: Montant}
natures: {frais: [AGIOS, FRAIS, TAF], interets: [INTERETS]}
"""
DONOR = """\
code: EAU
nom: Eau
comptes: {banque: Actif:EAU:52111-Banque}
conventions:
  - id: EAU-1
    du: 2026-01-01
    au: 2026-12-31
    financement: fonds-administration
    budget: [{code: "4", libelle: Bureau, lignes: [{code: "4.6", libelle: Frais, cout-unitaire: 90 000 XOF, comptes: [631]}]}]
"""


def make(root: Path, *texts: str) -> Path:
    """Small books on disk; returns the month's file."""
    (root / "rules" / "releves").mkdir(parents=True)
    (root / "rules" / "bailleurs").mkdir()
    (root / "ledger" / "eau").mkdir(parents=True)
    (root / "rules" / "organisation.yaml").write_text(
        "exercices: [{du: 2026-01-01, au: 2026-12-31}]\n", encoding="utf-8"
    )
    (root / "rules" / "bailleurs" / "eau.yaml").write_text(DONOR, encoding="utf-8")
    (root / "rules" / "releves" / "essai.yaml").write_text(FORM, encoding="utf-8")
    main = f'{NAMES}plugin "grandlivre.checks" "../rules"\ninclude "eau/*.beancount"\n'
    (root / "ledger" / "main.beancount").write_text(main, encoding="utf-8")
    (root / "ledger" / "eau" / "comptes.beancount").write_text(f"{ACCOUNTS}\n{OPENING}", encoding="utf-8")
    month = root / "ledger" / "eau" / "2026-03.beancount"
    month.write_bytes("\n".join((NAMES, *texts)).encode())
    return month


def bank_file(root: Path, opening: int, *lines: tuple[str, str, int], closing: int | None = None) -> Path:
    """A statement in the form above, kept outside the books."""
    total = opening + sum(amount for _, _, amount in lines) if closing is None else closing
    rows = [f"{at};{text};{amount}" for at, text, amount in lines]
    text = "\n".join(("Date;Libellé;Montant", f";ANCIEN SOLDE;{opening}", *rows, f";NOUVEAU SOLDE;{total}", ""))
    path = root / "releve.csv"
    path.write_text(text, encoding="utf-8")
    return path


def run(root: Path, *words: str, answers: str | None = None) -> Result:
    """The command as it is typed."""
    given = ["reconcile", *words, "--ledger", str(root / "ledger" / "main.beancount")]
    return CliRunner().invoke(cli, given, input=answers)


def reconcile(root: Path, file: Path, *words: str, answers: str | None = None) -> Result:
    return run(root, "EAU", "--releve", str(file), *words, answers=answers)


def texts(root: Path) -> dict[str, bytes]:
    """Every file of the books."""
    found = (each for each in (root / "ledger").rglob("*") if not each.name.startswith("."))
    return {each.relative_to(root).as_posix(): each.read_bytes() for each in found if each.is_file()}


def changes(before: bytes, after: bytes) -> list[str]:
    """The lines taken away and added, ends of line included."""
    old, new = (content.decode().splitlines(keepends=True) for content in (before, after))
    return [each for each in difflib.ndiff(old, new) if each[0] in "+-"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 14, 41])
def test_the_command_writes_the_ticks_the_charges_and_the_statement(tmp_path: Path, seed: int) -> None:
    planned = plan(seed)
    month = make(tmp_path, *(each.text for each in planned.moves))
    lines = [(f"{line.date:%d/%m/%Y}", line.text, line.amount) for line in planned.statement.lines]
    file = bank_file(tmp_path, 50_000_000, *lines)
    seen = texts(tmp_path)
    shown = reconcile(tmp_path, file)
    assert shown.exit_code == 0, shown.output
    assert "Rien n'a été écrit" in shown.output
    assert texts(tmp_path) == seen
    written = reconcile(tmp_path, file, "--accept")
    assert written.exit_code == 0, written.output
    removed = [each for each in changes(seen["ledger/eau/2026-03.beancount"], month.read_bytes()) if each[0] == "-"]
    assert removed == []
    entries, _, options = loader.load_file(str(tmp_path / "ledger" / "main.beancount"))
    books = build(entries, options, load_policy(tmp_path / "rules"))
    ticked = {each.piece for each in books.ticks(BANK) if each.month == "2026-03"}
    assert ticked >= planned.shown
    assert len(ticked - planned.shown) == len(planned.charges)
    (reconciled,) = books.reconciliations(BANK)
    assert (reconciled.gap, set(reconciled.pieces)) == (0, planned.outstanding)
    assert set(reconciled.statement.outstanding) == planned.outstanding
    assert (tmp_path / "ledger" / "releves" / "eau" / "2026-03-52111.csv").read_bytes() == file.read_bytes()
    after = texts(tmp_path)
    again = reconcile(tmp_path, file, "--accept")
    assert (again.exit_code, texts(tmp_path)) == (0, after), again.output
    assert "Tout est déjà écrit" in again.output


def test_only_the_intended_lines_change_in_a_file_typed_anyhow(tmp_path: Path) -> None:
    typed = (
        "; Mars, saisi sous Windows\r\n" + NAMES.replace("\n", "\r\n") + "\r\n"
        '2026-03-02   *  "Énergie du Mali"   "Électricité, n° 3" ; à revoir\r\n'
        '\tpiece:   "BQ-EAU-2026-0001"\r\n'
        '\tcheque: "0441024"   ; barré\r\n'
        '\tpointage: ""   ; vide\r\n'
        "\tPassif:EAU:4011-Fournisseurs\t\t75000 XOF\r\n"
        f"\t{BANK}          -75000 XOF ; BDM\r\n"
        ";; fin de la semaine\r\n\r\n"
        '2026-03-05 * "Awa Keïta" "Réunion"\r\n'
        '    piece: "BQ-EAU-2026-0002"\r\n'
        f"    {BANK}   -20000 XOF\r\n"
        f"    {BANK}   -30000 XOF\r\n"
        '        cheque: "0441030"\r\n'
        "    Passif:EAU:4011-Fournisseurs   50000 XOF\r\n"
    )
    month = make(tmp_path)
    month.write_bytes(typed.encode())
    lines = (
        ("03/03/2026", "CHQ 0441024", -75_000),
        ("06/03/2026", "CHQ 0441030 KEITA AWA", -30_000),
        ("31/03/2026", "FRAIS TENUE DE COMPTE", -2_500),
    )
    file = bank_file(tmp_path, 50_000_000, *lines)
    written = reconcile(tmp_path, file, "--accept")
    assert written.exit_code == 0, written.output
    assert changes(typed.encode(), month.read_bytes()) == [
        '- \tpointage: ""   ; vide\r\n',
        '+ \tpointage: "2026-03"   ; vide\r\n',
        '+         pointage: "2026-03"\r\n',
        "+ \r\n",
        '+ 2026-03-31 ! "Banque d\'essai" "FRAIS TENUE DE COMPTE"\r\n',
        '+   piece: "BQ-EAU-2026-0003"\r\n',
        '+   ligne: "4.6"\r\n',
        '+   pointage: "2026-03"\r\n',
        "+   Charges:EAU:6318-Frais                              2500 XOF\r\n",
        "+   Actif:EAU:52111-Banque                             -2500 XOF\r\n",
        "+ \r\n",
        '+ 2026-03-31 custom "releve" Actif:EAU:52111-Banque "2026-03" 49892500 XOF\r\n',
        '+   suspens: "BQ-EAU-2025-0188 BQ-EAU-2026-0002"\r\n',
    ]


TWINS = tuple(
    Move(f"BQ-EAU-2026-000{at}", date(2026, 3, 4), -25_000, "Moussa Diarra", "", "").text for at in (1, 2)
)  # fmt: skip


def test_a_fee_printed_beside_an_operation_nothing_explains_waits_for_it(tmp_path: Path) -> None:
    month = make(tmp_path)
    form = FORM.replace("montant: Montant}", "montant: Montant, frais: Frais}")
    (tmp_path / "rules/releves/essai.yaml").write_text(form, encoding="utf-8")
    file = tmp_path / "releve.csv"
    rows = (
        "Date;Libellé;Montant;Frais",
        ";ANCIEN SOLDE;50000000;",
        "05/03/2026;PAIEMENT;-26000;260",
        ";NOUVEAU SOLDE;49973740;",
    )
    file.write_text("\n".join((*rows, "")), encoding="utf-8")
    before = month.read_bytes()
    said = reconcile(tmp_path, file, "--accept")
    assert (said.exit_code, "Écritures proposées" in said.output) == (1, False)
    assert "ces frais vont avec l'opération" in said.output
    assert month.read_bytes() == before
    month.write_bytes(before + Move("BQ-EAU-2026-0001", date(2026, 3, 5), -26_260, "Relais", "", "").text.encode())
    said = reconcile(tmp_path, file, "--accept")
    assert (said.exit_code, "montant et ses frais" in said.output) == (0, True), said.output


def test_a_doubt_is_shown_and_never_guessed(tmp_path: Path) -> None:
    month = make(tmp_path, *TWINS, Move("BQ-EAU-2026-0003", date(2026, 3, 9), -60_000, "INPS", "", "OV-009").text)
    before = month.read_bytes()
    file = bank_file(
        tmp_path, 50_000_000, ("05/03/2026", "VIR DIARRA MOUSSA", -25_000), ("10/03/2026", "VIR OV-009", -60_000)
    )
    said = reconcile(tmp_path, file, "--accept")
    assert said.exit_code == 1
    assert "À choisir 1" in said.output
    assert "Reste à expliquer : 1 opération de la banque" in said.output
    assert changes(before, month.read_bytes()) == ['+   pointage: "2026-03"\n']
    assert b"releve" not in month.read_bytes()


def test_a_person_settles_a_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_terminal, "interactive", lambda: True)
    month = make(tmp_path, *TWINS)
    before = month.read_bytes()
    file = bank_file(tmp_path, 50_000_000, ("05/03/2026", "VIR DIARRA MOUSSA", -25_000))
    nothing = reconcile(tmp_path, file, answers="\nn\n")
    assert (nothing.exit_code, month.read_bytes()) == (1, before)
    done = reconcile(tmp_path, file, answers="2\ny\n")
    assert done.exit_code == 0, done.output
    ticked = re.findall(r'piece: "(.+)"\n  pointage: "2026-03"', month.read_text(encoding="utf-8"))
    assert ticked == ["BQ-EAU-2026-0002"]
    assert '  suspens: "BQ-EAU-2025-0188 BQ-EAU-2026-0001"' in month.read_text(encoding="utf-8")


def test_a_person_may_refuse_the_entries_proposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_terminal, "interactive", lambda: True)
    month = make(tmp_path, TWINS[0])
    file = bank_file(tmp_path, 50_000_000, ("05/03/2026", "VIR DIARRA MOUSSA", -25_000), ("31/03/2026", "AGIOS", -900))
    before = month.read_bytes()
    done = reconcile(tmp_path, file, answers="n\ny\n")
    assert done.exit_code == 1
    assert changes(before, month.read_bytes()) == ['+   pointage: "2026-03"\n']


def proposals(*lines: StatementLine, model: str = "fonds-administration", tree: str = "EAU", last: str = "") -> Study:
    policy_text = DONOR.replace("fonds-administration", model).replace("EAU", tree)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bailleurs").mkdir()
        (Path(folder) / "bailleurs" / "a.yaml").write_text(policy_text, encoding="utf-8")
        policy = load_policy(Path(folder))
    text = "\n".join(
        (ACCOUNTS, "2026-01-01 open Capitaux:EAU:165-Fonds XOF\n2026-01-01 open Produits:EAU:771-Interets XOF", last)
    )
    entries, errors, options = parser.parse_string(text.replace("EAU", tree))
    assert errors == []
    books = build(entries, options, policy)
    statement = BankFile(None, 0, sum(line.amount for line in lines), lines)
    return study(books, books.accounts[BANK.replace("EAU", tree)], statement, MARCH, bank="BDM", document="r.pdf")


def bank_line(at: int, amount: int, text: str, nature: str) -> StatementLine:
    return StatementLine(1, date(2026, 3, at), None, amount, text, None, None, nature)


@pytest.mark.parametrize(
    ("model", "tree", "account"),
    [
        ("fonds-administration", "EAU", "Passif:EAU:462-Fonds"),
        ("fonds-affectes", "EAU", "Capitaux:EAU:165-Fonds"),
        ("ressources-propres", "FONCT", "Produits:FONCT:771-Interets"),
    ],
)
def test_interest_goes_back_where_its_model_says(model: str, tree: str, account: str) -> None:
    found = proposals(bank_line(31, 1_500, "INTERETS CREDITEURS", "interets"), model=model, tree=tree)
    (proposal,) = found.proposals
    assert (proposal.other.name, proposal.piece) == (account, f"BQ-{tree}-2026-0001")
    assert f"{account} " in proposal.entry
    assert "-1500 XOF" in proposal.entry


def test_what_cannot_be_booked_by_a_machine_says_why() -> None:
    unknown = proposals(bank_line(31, 1_500, "INTERETS", "interets"), model="subvention-exploitation")
    assert [each.why for each in unknown.puzzles] == [
        "le modèle de financement ne dit pas où vont les intérêts : passez l'écriture avec la Direction."
    ]
    levy = proposals(bank_line(12, -9_000, "AVIS A TIERS DETENTEUR", "prelevements"))
    assert "prélèvement d'office" in levy.puzzles[0].why
    assert not levy.complete


def test_a_charge_taken_before_the_last_voucher_keeps_the_numbers_in_the_order_of_dates() -> None:
    last = Move("BQ-EAU-2026-0001", date(2026, 3, 28), -5_000, "INPS", "", "").text
    (proposal,) = proposals(bank_line(5, -900, "AGIOS", "frais"), last=last).proposals
    assert (proposal.date, proposal.piece) == (date(2026, 3, 28), "BQ-EAU-2026-0002")
    assert "  date-valeur: 2026-03-05\n" in proposal.entry


def test_a_charge_booked_in_the_next_month_is_never_proposed_again() -> None:
    charge = bank_line(31, -900, "AGIOS", "frais")
    late = Move("BQ-EAU-2026-0001", date(2026, 4, 2), -900, "BDM", "", "")
    found = proposals(charge, last=late.text)
    assert (found.proposals, found.complete) == ((), False)
    assert [each.why for each in found.puzzles] == [
        (
            "les livres ont peut-être déjà ce mouvement, BQ-EAU-2026-0001 du 02/04/2026 : si c'est lui, ajoutez-y "
            "date-valeur: 2026-03-31 ; sinon, passez l'écriture."
        )
    ]
    for other in (late._replace(amount=-901), late._replace(day=date(2026, 4, 8))):
        assert len(proposals(charge, last=other.text).proposals) == 1


def wrong(root: Path) -> list[str]:
    """The errors about numbers and statements."""
    rules = ("rapprochement-bancaire", "numerotation-pieces")
    found = inspect(root / "ledger" / "main.beancount").findings
    return [each.message for each in found if each.rule in rules and each.level == "erreur"]


def test_a_charge_found_after_vouchers_of_the_next_month_takes_the_next_number_and_keeps_the_bank_s_day(
    tmp_path: Path,
) -> None:
    cheque = Move("BQ-EAU-2026-0001", date(2026, 3, 20), -60_000, "Faso Papeterie", "0441099", "")
    april = tmp_path / "ledger" / "eau" / "2026-04.beancount"
    make(tmp_path, cheque.text)
    paid = Move("BQ-EAU-2026-0002", date(2026, 4, 20), -5_000, "INPS", "", "OV-1")
    april.write_text(f"{NAMES}\n{paid.text}", encoding="utf-8")
    march = bank_file(tmp_path, 50_000_000, ("23/03/2026", "CHQ 0441099", -60_000), ("31/03/2026", "AGIOS", -900))
    said = reconcile(tmp_path, march, "--accept")
    assert said.exit_code == 0, said.output
    assert "BQ-EAU-2026-0003 est datée du 20/04/2026, jour de la dernière pièce de sa série" in said.output
    assert "date-valeur: garde le 31/03/2026" in said.output
    assert "mars 2026 : rapproché, 1 suspens." in said.output
    charge = april.read_text(encoding="utf-8").partition('"AGIOS"\n')[2]
    for line in ('piece: "BQ-EAU-2026-0003"', "date-valeur: 2026-03-31", 'pointage: "2026-03"'):
        assert f"  {line}\n" in charge
    assert wrong(tmp_path) == []
    written = texts(tmp_path)
    again = reconcile(tmp_path, march, "--accept")
    assert (again.exit_code, "Tout est déjà écrit" in again.output, texts(tmp_path)) == (0, True, written)
    assert "+ passées depuis, avec leur date-valeur:" in again.output
    # April begins where the bank's March ended; the charge is in April's books and on March's statement.
    after = bank_file(tmp_path, 49_939_100, ("21/04/2026", "VIR OV-1", -5_000))
    assert "avril 2026 : rapproché, 1 suspens." in reconcile(tmp_path, after, "--accept").output
    assert wrong(tmp_path) == []


SHARED = """\
2026-01-01 open Produits:EAU:702-Quote-part XOF

2026-03-30 * "Faso Papeterie" "Cahiers, à payer"
  piece: "OD-EAU-2026-0002"
  Charges:EAU:6318-Frais 5000 XOF
  Passif:EAU:4011-Fournisseurs -5000 XOF

2026-03-31 * "ANI-Mali" "Quote-part de mars"
  piece: "OD-EAU-2026-0003"
  convention: "EAU-1"
  Passif:EAU:462-Fonds 5000 XOF
  Produits:EAU:702-Quote-part -5000 XOF
"""


def uneven(root: Path) -> list[str]:
    found = inspect(root / "ledger" / "main.beancount").findings
    return [each.message for each in found if each.rule == "egalite-de-tresorerie"]


def test_a_charge_of_a_month_whose_share_is_passed_completes_the_share(tmp_path: Path) -> None:
    month = make(tmp_path, SHARED)
    assert uneven(tmp_path) == []
    file = bank_file(tmp_path, 50_000_000, ("31/03/2026", "AGIOS", -900), ("31/03/2026", "TAF SUR AGIOS", -153))
    said = reconcile(tmp_path, file, "--accept")
    assert said.exit_code == 0, said.output
    assert "OD-EAU-2026-0003 est la quote-part de mars 2026 : ces frais la complètent de 1 053 FCFA." in said.output
    written = month.read_text(encoding="utf-8").partition("Complément de quote-part, frais de banque de mars 2026")[2]
    assert '  piece: "OD-EAU-2026-0004"\n  convention: "EAU-1"\n' in written
    assert uneven(tmp_path) == []
    again = reconcile(tmp_path, file, "--accept")
    assert (again.exit_code, "Tout est déjà écrit" in again.output) == (0, True)


def test_a_month_whose_share_is_not_passed_says_what_it_would_be(tmp_path: Path) -> None:
    """5 000 of supplies and 900 of charges: 5 900, then nothing once the share is written."""
    make(tmp_path, SHARED.partition("2026-03-31 *")[0])
    file = bank_file(tmp_path, 50_000_000, ("31/03/2026", "AGIOS", -900))
    for _ in range(2):
        said = reconcile(tmp_path, file, "--accept")
        assert (
            "grandlivre entries quote-part --periode 2026-03 --bailleur EAU --ecrire passerait : EAU mars 2026 5 900 FCFA"
        ) in said.output
    words = (
        "quote-part",
        "--periode",
        "2026-03",
        "--bailleur",
        "EAU",
        "--ecrire",
        "--ledger",
        str(tmp_path / "ledger/main.beancount"),
    )
    assert CliRunner().invoke(cli, ["entries", *words]).exit_code == 0
    assert "quote-part" not in reconcile(tmp_path, file, "--accept").output
    assert uneven(tmp_path) == []


def test_a_share_that_counted_the_charge_already_is_not_completed(tmp_path: Path) -> None:
    month = make(tmp_path, SHARED.replace("Fonds 5000", "Fonds 5900").replace("part -5000", "part -5900"))
    said = reconcile(tmp_path, bank_file(tmp_path, 50_000_000, ("31/03/2026", "AGIOS", -900)), "--accept")
    assert (said.exit_code, "Complément" in month.read_text(encoding="utf-8")) == (0, False), said.output
    assert uneven(tmp_path) == []


def test_a_charge_found_once_its_month_s_share_is_out_of_reach_is_booked_in_the_next_month(tmp_path: Path) -> None:
    make(tmp_path, SHARED)
    april = tmp_path / "ledger" / "eau" / "2026-04.beancount"
    april.write_text(
        f'{NAMES}\n2026-04-10 * "Faso" "Reprise"\n  piece: "OD-EAU-2026-0004"\n'
        "  Passif:EAU:4011-Fournisseurs 10 XOF\n  Passif:EAU:4011-Fournisseurs -10 XOF\n",
        encoding="utf-8",
    )
    said = reconcile(tmp_path, bank_file(tmp_path, 50_000_000, ("31/03/2026", "AGIOS", -900)), "--accept")
    assert said.exit_code == 0, said.output
    assert "datée du 10/04/2026, jour de la dernière pièce de la série OD" in said.output
    assert [each for each in uneven(tmp_path) if "mars 2026" in each] == []
    assert wrong(tmp_path) == []


def test_a_late_entry_the_statement_does_not_show_is_not_outstanding_but_said() -> None:
    late = Move("BQ-EAU-2026-0001", date(2026, 4, 9), -900, "BDM", "", "").text
    ticked = late.replace('-0001"', '-0001"\n  date-valeur: 2026-03-31\n  pointage: "2026-03"')
    books = books_of(OPENING, ticked)
    found = study(books, books.accounts[BANK], BankFile(None, 50_000_000, 50_000_000, ()), MARCH)
    assert [each.piece for each in found.astray] == ["BQ-EAU-2026-0001"]
    assert [each.piece for each in found.outstanding] == ["BQ-EAU-2025-0188"]
    assert (found.since, found.gap, found.complete) == (0, 0, False)


def test_an_entry_and_its_storno_never_wait_for_the_bank() -> None:
    wrong = Move("BQ-EAU-2026-0001", date(2026, 3, 3), -40_000, "INPS", "", "")
    storno = Move("BQ-EAU-2026-0002", date(2026, 3, 9), 40_000, "INPS", "", "").text
    storno = storno.replace(
        '"BQ-EAU-2026-0002"', '"BQ-EAU-2026-0002"\n  ecriture: "extourne"\n  annule: "BQ-EAU-2026-0001"'
    )
    books = books_of(OPENING, wrong.text, storno)
    found = study(books, books.accounts[BANK], BankFile(None, 50_000_000, 50_000_000, ()), MARCH)
    assert [each.piece for each in found.outstanding] == ["BQ-EAU-2025-0188"]
    assert found.complete


def test_a_tick_the_statement_does_not_show_is_said() -> None:
    ticked = Move("BQ-EAU-2026-0001", date(2026, 3, 3), -40_000, "INPS", "", "").text
    ticked = ticked.replace('-0001"', '-0001"\n  pointage: "2026-03"')
    books = books_of(OPENING, ticked)
    found = study(books, books.accounts[BANK], BankFile(None, 50_000_000, 50_000_000, ()), MARCH)
    assert [each.piece for each in found.astray] == ["BQ-EAU-2026-0001"]
    assert not found.complete


@pytest.mark.parametrize(
    ("opening", "closing", "words"),
    [
        (49_000_000, None, "les mouvements déjà pointés"),
        (50_000_000, 49_000_000, "Le solde final imprimé est 49 000 000"),
    ],
)
def test_balances_that_do_not_agree_stop_everything(
    tmp_path: Path, opening: int, closing: int | None, words: str
) -> None:
    make(tmp_path, *TWINS)
    seen = texts(tmp_path)
    file = bank_file(tmp_path, opening, ("05/03/2026", "VIR DIARRA MOUSSA", -25_000), closing=closing)
    said = reconcile(tmp_path, file, "--accept")
    assert said.exit_code == 2
    assert words in said.output
    assert texts(tmp_path) == seen


def test_a_later_month_is_shown_while_the_one_before_waits(tmp_path: Path) -> None:
    make(tmp_path, *TWINS)
    seen = texts(tmp_path)
    april = bank_file(tmp_path, 49_000_000, ("02/04/2026", "AGIOS", -900))
    looked = reconcile(tmp_path, april)
    assert looked.exit_code == 1, looked.output
    assert "Rien ne s'écrit de ce mois : Le relevé d'avril 2026 commence à 49 000 000 FCFA" in looked.output
    assert "Solde du relevé d'avril 2026" in looked.output
    refused = reconcile(tmp_path, april, "--accept")
    assert (refused.exit_code, texts(tmp_path)) == (2, seen)


@pytest.mark.parametrize("said", ["49999100", "49 999 100", "49\u202f999\u202f100 FCFA", "49 999 100 XOF"])
def test_a_balance_is_typed_as_people_write_it(tmp_path: Path, said: str) -> None:
    make(tmp_path)
    file = bank_file(tmp_path, 50_000_000, ("31/03/2026", "AGIOS", -900))
    form = tmp_path / "rules" / "releves" / "essai.yaml"
    form.write_text(FORM.replace("solde-initial: '^ancien solde'\nsolde-final: '^nouveau solde'\n", ""), "utf-8")
    rows = [row for row in file.read_text("utf-8").splitlines() if "SOLDE" not in row]
    file.write_text("\n".join(rows) + "\n", "utf-8")
    done = reconcile(tmp_path, file, "--solde", said, "--accept")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("49.999", "se lit de deux façons"),
        ("4 99 100", "milliers"),
        ("12,50 EUR", "monnaie des livres"),
        ("x", "nombre"),
    ],
)
def test_a_balance_with_two_readings_is_refused(tmp_path: Path, said: str, why: str) -> None:
    make(tmp_path)
    refused = reconcile(tmp_path, bank_file(tmp_path, 50_000_000), "--solde", said)
    assert (refused.exit_code, why in refused.output) == (2, True), refused.output


def test_a_tree_stands_for_its_bank_and_the_number_of_the_statement_for_its_account(tmp_path: Path) -> None:
    make(tmp_path)
    accounts = tmp_path / "ledger" / "eau" / "comptes.beancount"
    accounts.write_text(accounts.read_text("utf-8") + "\n2026-01-01 open Actif:EAU:5521-Monnaie XOF\n", "utf-8")
    file = bank_file(tmp_path, 50_000_000, ("31/03/2026", "AGIOS", -900))
    assert f"{BANK}, mars 2026" in reconcile(tmp_path, file).output


def test_a_draft_that_the_books_no_longer_need_is_told(tmp_path: Path) -> None:
    make(tmp_path)
    file = bank_file(tmp_path, 50_000_000, ("31/03/2026", "AGIOS", -900))
    main = str(tmp_path / "ledger" / "main.beancount")
    assert CliRunner().invoke(cli, ["import", str(file), "--compte", "EAU", "--ledger", main]).exit_code == 0
    done = reconcile(tmp_path, file, "--accept")
    assert done.exit_code == 0, done.output
    place = re.search(r"supprimez-les :\n  (ledger/brouillons/.*):(\d+)\n", done.output)
    assert place is not None, done.output
    assert "ligne-releve:" in (tmp_path / place[1]).read_text("utf-8").splitlines()[int(place[2]) - 1]


def test_other_refusals_are_sentences(tmp_path: Path) -> None:
    make(tmp_path, *TWINS)
    file = bank_file(tmp_path, 50_000_000, ("05/03/2026", "VIR DIARRA MOUSSA", -25_000))
    assert "n'existe pas" in reconcile(tmp_path, tmp_path / "rien.csv").output
    assert "n'est pas un compte de banque" in run(tmp_path, "Actif:EAU:57", "--releve", str(file)).output
    assert "n'est pas un mois" in reconcile(tmp_path, file, "--mois", "2026-T1").output
    assert "Formats : essai" in reconcile(tmp_path, file, "--format-releve", "essais").output
    (tmp_path / "rules" / "releves" / "essai.yaml").write_text(FORM.replace("Montant}", "Somme}"), encoding="utf-8")
    unknown = reconcile(tmp_path, file)
    assert "Colonnes attendues et absentes : « Somme »" in unknown.output
    assert unknown.exit_code == 2
    (tmp_path / "ledger" / "eau" / "2026-03.beancount").write_text('2026-03-01 * "ouvert\n', encoding="utf-8")
    assert "Les livres ne se lisent pas entièrement" in reconcile(tmp_path, file).output


def test_a_full_disk_and_another_command_are_clear_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    month = make(tmp_path, *TWINS[:1])
    file = bank_file(tmp_path, 50_000_000, ("05/03/2026", "VIR DIARRA MOUSSA", -25_000))
    seen = texts(tmp_path)
    with locked(tmp_path, "count"):
        busy = reconcile(tmp_path, file, "--accept")
    assert busy.exit_code == 2
    assert "« grandlivre count »" in busy.output

    def full() -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    for step in (1, 4, 9):
        monkeypatch.setattr(desk, "DISK", StoppingDisk(step, full, dead=False))
        said = reconcile(tmp_path, file, "--accept")
        assert said.exit_code == 2, said.output
        assert "le disque est plein" in said.output
        assert texts(tmp_path) == seen
    monkeypatch.undo()
    month.chmod(0o444)
    said = reconcile(tmp_path, file, "--accept")
    assert said.exit_code == 2
    assert "ledger/eau/2026-03.beancount: écriture refusée" in said.output
    month.chmod(0o644)
    assert reconcile(tmp_path, file, "--accept").exit_code == 0


def test_books_changed_while_a_person_was_reading_are_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_terminal, "interactive", lambda: True)
    month = make(tmp_path, *TWINS[:1])
    file = bank_file(tmp_path, 50_000_000, ("05/03/2026", "VIR DIARRA MOUSSA", -25_000))
    original = reconciling.write

    def meanwhile(*given: Any) -> tuple[str, ...]:
        month.write_bytes(month.read_bytes() + b"\n; une ligne de plus\n")
        return original(*given)

    monkeypatch.setattr(reconciling, "write", meanwhile)
    said = reconcile(tmp_path, file, answers="y\n")
    assert said.exit_code == 2
    assert "ont changé depuis" in said.output
    assert b"pointage" not in month.read_bytes()


def test_later_months_of_the_file_and_the_chain_of_statements() -> None:
    moves = [Move(f"BQ-EAU-2026-000{n}", date(2026, n + 2, 5), -n * 1000, "INPS", "", f"OV-00{n}").text for n in (1, 2)]
    books = books_of(OPENING, *moves)
    lines = tuple(
        StatementLine(n, date(2026, n + 2, 6), None, -n * 1000, f"VIR OV-00{n}", None, None, None) for n in (1, 2)
    )
    both = BankFile(None, 50_000_000, 49_997_000, lines)
    march = study(books, books.accounts[BANK], both, MARCH)
    assert (march.closing, march.left_out, [each.piece for each in march.to_tick]) == (
        49_999_000,
        1,
        ["BQ-EAU-2026-0001"],
    )
    april = Period.parse("2026-04")
    assert april is not None
    with pytest.raises(RefusedError, match="Le relevé d'avril 2026 commence à 49 999 000 FCFA"):
        study(books, books.accounts[BANK], both, april)


@pytest.mark.slow
def test_the_demonstration_statements_reconcile_the_demonstration_books(tmp_path: Path) -> None:
    for name in ("ledger", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name)
    month = tmp_path / "ledger" / "ue-eau" / "2026-10.beancount"
    original = month.read_text(encoding="utf-8")
    entries = original.split("\n\n")
    bare = [each.replace('  pointage: "2026-10"\n', "") if "52111" in each else each for each in entries]
    month.write_text("\n\n".join(each for each in bare if '"releve" Actif:UE-EAU:52111' not in each), encoding="utf-8")
    for other in sorted((tmp_path / "ledger" / "ue-eau").glob("2026-09.beancount")):
        text = other.read_text(encoding="utf-8").split("\n\n")
        other.write_text(
            "\n\n".join(each.replace('  pointage: "2026-10"\n', "") if "52111" in each else each for each in text),
            encoding="utf-8",
        )
    file = tmp_path / "ledger" / "releves" / "ue-eau" / "2026-10-52111.csv"
    done = run(tmp_path, "Actif:UE-EAU:52111-Banque-BDM", "--releve", str(file), "--accept")
    assert done.exit_code == 0, done.output
    assert sorted(month.read_text(encoding="utf-8").splitlines()) == sorted(original.splitlines())


def test_charges_are_in_the_name_of_the_bank_that_the_donor_s_file_says(demo_texts: Path) -> None:
    """Whatever payee the last charges were booked under: under another they would have to be signed."""
    path = demo_texts / "rules" / "bailleurs" / "ue-eau.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('banque-nom: "BDM (fictif)"', 'banque-nom: "Banque de Mopti (fictif)"'), encoding="utf-8"
    )
    books = inspect(demo_texts / "ledger" / "main.beancount").books
    bank, mobile = (books.accounts[f"Actif:UE-EAU:{leaf}"] for leaf in ("52111-Banque-BDM", "5521-Orange-Money"))
    source: Any = type("Source", (), {"form": type("Form", (), {"name": "Un format"})})
    assert reconciling.bank_name(books, bank, source) == "Banque de Mopti (fictif)"
    assert reconciling.bank_name(books, mobile, source) != "Banque de Mopti (fictif)"
