"""The demonstration books, from the first event to every file's bytes."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from demo import closing, meetings, seal, statements, tills
from demo.books import Books
from demo.days import MONTHS
from demo.model import Directive, Tx, number_of
from demo.policies import rules
from demo.story import Story
from demo.vouchers import pdf, png
from demo.world import FIRST, TREES
from demo.writer import COMMODITIES, HEADER, MAIN, accounts_file, month_file

SEED = 2026
DOCUMENTS = "ledger/documents/"


def build(seed: int = SEED) -> Books:
    """The books of January to October 2026."""
    books = Story().tell()
    tills.shortage(books)
    tills.small_expenses(books, seed)
    tills.replenish(books, seed)
    closing.shares(books)
    closing.number(books)
    closing.sign(books)
    closing.reconcile(books)
    tills.counts(books)
    meetings.teams(books)
    meetings.bodies(books)
    meetings.follow_up(books)
    meetings.communities(books)
    meetings.agency_form(books)
    attach(books)
    closing.tidy(books)
    return books


def attach(books: Books) -> None:
    """Gives every transaction its voucher file; some receipts are pictures."""
    for place, tx in enumerate(books.txs):
        suffix = "png" if tx.kind == "Reçu" and place % 9 == 0 else "pdf"
        tx.meta["document"] = f"{TREES[tx.tree].folder}/{tx.day:%Y-%m}/{tx.piece}.{suffix}"


def voucher(tx: Tx, place: int) -> bytes:
    """The voucher file of a transaction."""
    if str(tx.meta["document"]).endswith("png"):
        return png(place + 1)
    total = sum(p.francs for p in tx.postings if p.francs > 0)
    lines = [tx.kind.upper(), tx.piece, f"ANI-Mali, {tx.day:%d/%m/%Y}", tx.payee, tx.narration]
    if total:
        lines.append(f"Montant : {total:,} FCFA".replace(",", " "))
    lines += [f"{key} : {tx.meta[key]}" for key in ("facture", "marche", "cheque", "ordre", "avance") if key in tx.meta]
    return pdf([*lines, "Document de démonstration, fictif"])


def files(seed: int = SEED) -> dict[str, bytes]:
    """Every generated file by its path from the repository's root."""
    books = build(seed)
    out: dict[str, bytes] = {}

    def text(path: str, content: str) -> None:
        out[path] = content.encode("utf-8")

    for place, tx in enumerate(books.txs):
        out[f"{DOCUMENTS}{tx.meta['document']}"] = voucher(tx, place)
    for path, lines in books.vouchers.items():
        out[f"{DOCUMENTS}{path}"] = pdf([*lines, "Document de démonstration, fictif"])
    kept = Path(__file__).resolve().parents[2] / DOCUMENTS
    out.update({f"{DOCUMENTS}{path}": content for path, content in meetings.sent(books, kept).items()})
    documents = {path.removeprefix(DOCUMENTS): content for path, content in out.items()}
    out.update(seal.close(books, documents, _rules()))
    first = FIRST.isoformat()
    main = HEADER.format(title="ANI-Mali : point d'entrée des livres") + MAIN.format(
        title="ANI-Mali (démonstration)", first=first
    )
    main += "".join(f'include "{tree.folder}/*.beancount"\n' for tree in TREES.values())
    text("ledger/main.beancount", main)
    text(
        "ledger/comptes.beancount", HEADER.format(title="Monnaies des livres") + "\n" + COMMODITIES.format(first=first)
    )
    months: dict[tuple[str, str], list[Tx | Directive]] = defaultdict(list)
    for item in (*books.txs, *books.directives):
        months[item.tree, f"{item.day:%Y-%m}"].append(item)
    for (code, month), items in sorted(months.items()):
        tree = TREES[code]
        title = f"{tree.title}, {MONTHS[int(month[5:]) - 1]} {month[:4]}"
        text(f"ledger/{tree.folder}/{month}.beancount", month_file(title, items))
    used = books.accounts()
    for code, tree in TREES.items():
        opens = [
            (number_of(name), name, FIRST, _currencies(money))
            for name, money in used.items()
            if name.split(":")[1] == code
        ]
        text(f"ledger/{tree.folder}/comptes.beancount", accounts_file(f"{tree.title}, comptes", opens))
    out.update(statements.files(books))
    for path, content in rules().items():
        text(f"rules/{path}", content)
    return out


def _rules() -> dict[str, str]:
    """Every YAML file under rules/ by its path, those written here and those kept by hand; schemas left out."""
    kept = Path(__file__).resolve().parents[2] / "rules"
    texts = {
        path.relative_to(kept).as_posix(): path.read_text(encoding="utf-8")
        for path in kept.rglob("*.yaml")
        if path.relative_to(kept).parts[0] != "schemas"
    }
    return {f"rules/{path}": content for path, content in {**texts, **rules()}.items()}


def _currencies(used: set[str]) -> str:
    """The currencies an account admits, the books' own first."""
    return ",".join(sorted(used if used == {"XOF-CVN"} else used | {"XOF"}, key=lambda each: (each != "XOF", each)))
