"""The rule `releve-fichier`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from grandlivre.books.directives.bank import Statement
from grandlivre.books.documents import DocumentFolder
from grandlivre.books.index import Books
from grandlivre.guards.guard import Guard, on
from grandlivre.guards.sums import Ticked
from grandlivre.i18n import Message, Money
from grandlivre.rules import ClosingPoint, Family, Finding, Level, Rule, plugin

if TYPE_CHECKING:  # read when a file is: most checks find them all as they were
    from grandlivre.importers.formats import StatementFormat
    from grandlivre.importers.statement import BankFile


class StatementFile(Rule):
    """Signale un relevé inscrit dans les livres avec un autre solde que le fichier de la banque.

    Le fichier que la banque envoie se garde dans ledger/releves/. `grandlivre check` le relit et compare son solde, au jour
    du relevé, à celui de la directive `releve` : un solde tapé à la main ne remplace pas celui de la banque. De même les
    mouvements depuis le relevé d'avant : leur somme quand le fichier ne donne pas de solde (erreur), et le total des entrées
    et des sorties contre les écritures pointées (alerte) : une somme sortie puis rendue dans le mois laisse le solde égal. Le
    fichier est
    celui de `fichier: "ue-eau/2026-03-52111.csv"`, à partir de ledger/releves/ ; sans cette clé, celui de l'arbre, du mois
    et du numéro de compte (ue-eau/2026-03-52111 et son extension ; -2 pour une suite du même mois).

    Un fichier nommé qui manque, ou qui est celui d'un autre compte, est une erreur. Une alerte dit le fichier qu'aucun format
    ne lit, et le mois sans fichier quand l'argent a bougé et que d'autres mois du compte ont le leur. La règle se tait
    sans formats de relevés (rules/releves/), et pour un compte dont la banque n'envoie que du papier.

    Source : AUDCIF art. 17 (pièces justificatives) ; manuel de procédures, rapprochement bancaire mensuel.

    Exemple : relevé de mars inscrit à 23 297 183 FCFA, le fichier de la banque finit à 23 143 683 FCFA.
    """

    id = "releve-fichier"
    family = Family.BANK
    closing_point = ClosingPoint.STATEMENTS
    weakens: ClassVar = {}

    other = Message(
        "Le relevé de {account} est inscrit à {written} le {day} ; le fichier {file} dit {balance} ce jour-là, soit {gap} "
        "d'écart. Corrigez la directive d'après le fichier, puis refaites le rapprochement."
    )
    stranger = Message(
        "Le fichier {file} est celui du compte {found}, pas de {account} ({month}). Rangez le bon fichier, ou corrigez fichier:."
    )
    lost = Message(
        "Le fichier {file} du relevé {month} de {account} n'est pas dans ledger/releves/. Remettez le fichier de la banque, ou "
        "corrigez fichier:."
    )
    absent = Message(
        "Le relevé {month} de {account} n'a pas de fichier dans ledger/releves/, alors que d'autres mois en ont un et que "
        "l'argent a bougé. Rangez-y {file} suivi de son extension, ou ajoutez fichier:."
    )
    unread = Message(
        "Aucun format de rules/releves/ ne lit {file} ({month}, {account}) : son solde n'est pas comparé. Rangez le fichier "
        "d'origine de la banque, ou décrivez son format (grandlivre import --decrire)."
    )

    unsummed = Message(
        "Le fichier {file} ne donne pas de solde, et ses mouvements font {sum} ; de {before} à {month}, les relevés de {account} "
        "inscrits disent {moved}. Corrigez la directive d'après le fichier, ou rangez-y le fichier entier."
    )
    unlike = Message(
        "Le fichier {file} montre {received} d'entrées et {paid} de sorties ; les écritures pointées {month} de {account} font "
        "{booked} et {spent}. Le solde est le même, les mouvements non : comparez ligne à ligne, et passez chaque mouvement de la "
        "banque pour lui-même."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Nothing: files are read whole, by `verify`."""
        return iter(())

    def guard(self, books: Books) -> Guard:
        """What each account with statements shows, by their months."""
        last: dict[str, str] = {}
        for statement in books.directives.statements:
            last[statement.account.name] = max(last.get(statement.account.name, ""), statement.month)
        return on(*(Ticked(name, month) for name, month in sorted(last.items())))

    def verify(self, books: Books) -> Iterator[Finding]:
        """Each statement against its file; one that an earlier check found to agree is not read again."""
        root = books.policy.root
        if root is None:
            return
        bank = _Bank(books.folder / "releves", root / "releves")
        before: dict[str, Statement] = {}
        statements = sorted(books.directives.statements, key=lambda each: (each.date, each.month))
        filed = {each.account.name for each in statements if bank.files(each)}
        for statement in statements:
            former = before.get(statement.account.name)
            before[statement.account.name] = statement
            if files := bank.files(statement):
                window = _window(books, statement, former)
                said = [self.id, *map(str, files), *window.told]
                yield from books.unless_known(
                    [*files, *bank.described], said, partial(self._compared, window, files, bank)
                )
            elif statement.file and bank.formats:
                yield self._finding(self.lost, statement, statement.file)
            elif (
                statement.account.name in filed
                and statement.balance != (former.balance if former else 0)
                and bank.formats
            ):
                yield self._finding(self.absent, statement, _usual(statement), Level.WARNING)

    def _compared(self, window: _Window, files: Sequence[Path], bank: _Bank) -> Iterator[Finding]:
        """What is wrong with the file, or with the last of several that follow each other, when none agrees."""
        fault: Finding | None = None
        for path in files if bank.formats else ():
            judged = self._judged(window.statement, path, bank)
            if not isinstance(judged, Finding):
                if len(files) == 1:
                    yield from self._moved(window, judged, path.relative_to(bank.folder).as_posix())
                return
            fault = judged
        if fault is not None:
            yield fault

    def _judged(self, statement: Statement, path: Path, bank: _Bank) -> Finding | BankFile:
        """What is wrong with the balance a file gives; when nothing is, what it says."""
        file = path.relative_to(bank.folder).as_posix()
        read = _readings(path, statement, bank.formats)
        if not read:
            return self._finding(self.unread, statement, file, Level.WARNING)
        accounts = [form.account_of(said.account_id) for form, said in read]
        mine = [said for (_, said), on in zip(read, accounts, strict=True) if on in (None, statement.account.name)]
        if not mine:
            return self._finding(self.stranger, statement, file, found=accounts[0])
        balances = {balance: said for said in mine if (balance := _balance(said, statement)) is not None}
        if not balances or statement.balance in balances:
            return balances.get(statement.balance, mine[0])
        balance = min(balances)
        return self._finding(
            self.other,
            statement,
            file,
            written=Money(statement.balance),
            day=statement.date,
            balance=Money(balance),
            gap=Money(abs(statement.balance - balance)),
        )

    def _moved(self, window: _Window, said: BankFile, file: str) -> Iterator[Finding]:
        """The movements of the file since the statement before: their sum, and receipts and payments as the books tick them."""
        statement, former = window.statement, window.former
        if former is None:
            return
        amounts = [line.amount for line in said.lines if former.date < line.date <= statement.date]
        received, paid = _receipts_and_payments(amounts)
        moved = statement.balance - former.balance
        if said.opening is None:
            if sum(amounts) != moved:
                yield self._finding(
                    self.unsummed, statement, file, moved=Money(moved), before=former.month, sum=Money(sum(amounts))
                )
                return
        elif said.opening + sum(line.amount for line in said.lines if line.date <= former.date) != former.balance:
            return  # it begins later: it does not say the whole of what moved
        more = window.paid - paid
        if more == window.received - received and not 0 <= more <= window.reversed:
            yield self._finding(
                self.unlike,
                statement,
                file,
                Level.WARNING,
                received=Money(received),
                paid=Money(paid),
                booked=Money(window.received),
                spent=Money(window.paid),
            )

    def _finding(
        self, message: Message, statement: Statement, file: str, level: Level = Level.ERROR, **facts: object
    ) -> Finding:
        return self.finding(
            message,
            statement.place,
            level=level,
            account=statement.account.name,
            month=statement.month,
            file=file,
            **facts,  # type: ignore[arg-type]
        )


class _Window(NamedTuple):
    """A statement, the one before, and what the books ticked since, receipts and payments apart."""

    statement: Statement
    former: Statement | None
    received: int
    paid: int
    reversed: int
    """What stornos put back, each with a replacement or with what it cancels: the bank saw neither."""

    @property
    def told(self) -> list[object]:
        """All that the comparison takes from the books."""
        each = (self.former, self.statement)
        return [
            *([one.account.name, one.month, one.date.isoformat(), one.balance] if one else [] for one in each),
            self.received,
            self.paid,
            self.reversed,
        ]


def _window(books: Books, statement: Statement, former: Statement | None) -> _Window:
    ticks = books.ticks(statement.account.name)
    months = {statement.month}
    if former is not None:
        months = {month for month in ticks.months if former.month < month <= statement.month}
    shown = [ticks[rank] for rank, month in enumerate(ticks.months) if month in months]
    reversed_ = sum(abs(tick.movement.value) for tick in shown if tick.entry.is_storno)
    return _Window(statement, former, *_receipts_and_payments([tick.movement.value for tick in shown]), reversed_)


def _receipts_and_payments(amounts: Sequence[int]) -> tuple[int, int]:
    return sum(each for each in amounts if each > 0), -sum(each for each in amounts if each < 0)


class _Bank:
    """The files the bank sent, and the formats that read them."""

    def __init__(self, folder: Path, described: Path) -> None:
        self.folder = folder
        self._described = described
        self._held: dict[str, list[Path]] = {}

    @cached_property
    def described(self) -> list[Path]:
        """The files that describe the formats."""
        return [path for path in self._described.glob("*.yaml") if path.is_file()]

    @cached_property
    def formats(self) -> Mapping[str, StatementFormat]:
        """The formats; none where no file describes one."""
        from grandlivre.importers.formats import load_formats

        return load_formats(self._described, [])

    def files(self, statement: Statement) -> list[Path]:
        """The files of a statement, in their order."""
        if statement.file:
            path = self.folder / statement.file
            return [path] if not DocumentFolder.escapes(statement.file) and path.is_file() else []
        tree, _, stem = _usual(statement).rpartition("/")
        return [path for path in self._in(tree) if _is_of(path.name, stem) and path.is_file()]

    def _in(self, tree: str) -> list[Path]:
        if tree not in self._held:
            try:
                self._held[tree] = sorted((self.folder / tree).iterdir())
            except OSError:
                self._held[tree] = []
        return self._held[tree]


def _is_of(name: str, stem: str) -> bool:
    """Whether a file is named as those of a month are: 2026-03-52111.csv, or 2026-03-52111-2.csv when another follows."""
    if not name.startswith(stem):
        return False
    rest, dot, _ = name[len(stem) :].partition(".")
    return bool(dot) and (not rest or (rest[0] == "-" and rest[1:2].isdigit()))


def _usual(statement: Statement) -> str:
    """Where `grandlivre import` keeps the file of a month, without its extension."""
    account = statement.account
    return f"{account.tree.lower()}/{statement.month}-{account.number}"


def _readings(
    path: Path, statement: Statement, formats: Mapping[str, StatementFormat]
) -> list[tuple[StatementFormat, BankFile]]:
    """What the file says, by each format that reads it; those that know the account are tried first."""
    from grandlivre.importers.reading import may_be, read_statement, recognised

    able = [form for form in formats.values() if may_be(path, form)]
    known = [form for form in able if statement.account.name in form.accounts.values()]
    for forms in (known, able):
        said = [(form, read_statement(path, form).statement) for form in forms if recognised(path, form)]
        found = [(form, each) for form, each in said if each is not None]
        if found:
            return found
    return []


def _balance(said: BankFile, statement: Statement) -> int | None:
    """What the file says at the statement's date; None when it gives no balance."""
    if said.opening is None:
        return None
    return said.opening + sum(line.amount for line in said.lines if line.date <= statement.date)


__plugins__ = (plugin(StatementFile),)
