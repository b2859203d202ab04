"""`grandlivre report`: reports of the books as pages, PDF, spreadsheets and data."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from grandlivre.cli import Day, entry_point, judging_day, ledger_option, say_waiting, today_option
from grandlivre.i18n import counted, did_you_mean

if TYPE_CHECKING:
    from grandlivre.books.index import Books
    from grandlivre.inspection import Inspection
    from grandlivre.policy.periods import Period
    from grandlivre.policy.workbooks import DonorWorkbook
    from grandlivre.render.home import HomeView
    from grandlivre.reports.catalogue import Listed
    from grandlivre.reports.home import Late, Waiting
    from grandlivre.reports.kit.table import Report
    from grandlivre.reports.making import Job
    from grandlivre.sources.problem import RefusedError

LAST_QUARTER = "dernier-trimestre"
_WHOLE = "ensemble"
"""Folder of what is made for the whole organisation."""


class _Catalogued(click.Command):
    """A command whose page of help ends with the models, read from the reports themselves."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The models and their titles."""
        from grandlivre.reports.catalogue import models

        with formatter.section("Modèles"):
            formatter.write_dl([(name, each.title) for name, each in sorted(models().items())])


@click.command(name="report", cls=_Catalogued, short_help="Établit les rapports.")
@click.argument("model", metavar="[MODÈLE]", required=False)
@click.option("--all", "every", is_flag=True, help="Tous les rapports dus pour la période, avec une page d'accueil.")
@click.option("--bailleur", "tree", metavar="CODE", default="", help="Un seul projet, par exemple UE-EAU.")
@click.option("--compte", "account", metavar="COMPTE", default="", help="Un seul compte, écrit en entier.")
@click.option("--piece", metavar="PIÈCE", default="", help="Une seule pièce, ou un seul marché.")
@click.option(
    "--periode",
    "period",
    metavar="PÉRIODE",
    default=LAST_QUARTER,
    show_default=True,
    help="2026, 2026-S1, 2026-T1, 2026-03 ou dernier-trimestre.",
)
@click.option(
    "--format",
    "forms",
    default=None,
    metavar="FORMATS",
    help="html, pdf, xlsx, csv, json, séparés par des virgules, et ics pour calendrier (par défaut : html,pdf,xlsx ; "
    "avec --all, le PDF des seuls rapports aux bailleurs).",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    metavar="DOSSIER",
    help="Où écrire (par défaut : build/rapports, à côté de ledger/).",
)
@click.option(
    "--expliquer",
    "ref",
    metavar="REF",
    default="",
    help="Liste les écritures qui font une ligne d'un état (bilan, resultat…), par sa REF ; --format text ou json.",
)
@click.option(
    "--classeur",
    "workbook",
    metavar="NOM",
    default="",
    help="Remplit le classeur du bailleur que décrit rules/classeurs/NOM.yaml, au format xlsx.",
)
@click.option("--transmettre", "sending", is_flag=True, help="Garde le rapport tel qu'il est envoyé au bailleur.")
@click.option("--date", "day", type=Day(), default=None, help="Jour de l'envoi (par défaut : aujourd'hui).")
@ledger_option
@today_option
def command(out: Path | None, ledger: Path, today: date | None, **typed: Any) -> None:
    """Établit un rapport, ou tous ceux qui sont dus pour une période (--all).

    Les fichiers vont dans DOSSIER/PÉRIODE/code-du-projet/ ; un fichier qui ne change pas n'est pas réécrit. Le
    résultat est 0, 1 si les livres ne peuvent pas être lus, si un taux de change manque ou si un rapport transmis a été modifié
    depuis, 2 si la commande est mal employée.
    """
    asked = _Asked(**typed)
    for fault in asked.faults():
        raise click.UsageError(fault)
    formats = asked.formats
    main = entry_point(ledger)
    known = _known(main)
    if asked.model and asked.model not in known:
        raise click.UsageError(f"Le modèle « {asked.model} » n'existe pas.{_close(asked.model, known)}")
    from grandlivre.cli._terminal import refusals
    from grandlivre.inspection import inspect

    say_waiting(main)
    inspection = inspect(main, judging_day(main, today))
    if inspection.halted:
        raise click.ClickException(
            "Les livres ne peuvent pas être lus entièrement : aucun rapport n'est établi. Lancez « grandlivre check »."
        )
    run = _Run(inspection, formats, out, sparing=asked.every and asked.forms is None)
    with refusals():
        sys.exit(run.answer(asked))


class _Asked(NamedTuple):
    """What was typed."""

    model: str | None
    every: bool
    tree: str
    account: str
    piece: str
    period: str
    forms: str | None
    ref: str
    workbook: str
    sending: bool
    day: date | None

    def faults(self) -> Iterator[str]:
        """What of it does not go together."""
        if bool(self.model) == self.every:
            yield f"Donnez --all, ou un seul modèle parmi : {', '.join(_known())}."
        if self.every and any((self.account, self.piece, self.sending)):
            yield "--compte, --piece et --transmettre demandent un modèle : ils ne vont pas avec --all."
        other = self.forms not in (None, "text", "json")
        if self.ref and any((self.every, self.account, self.piece, self.sending, other)):
            yield "--expliquer demande un seul état, et --format text ou json."
        other = self.forms not in (None, "xlsx")
        if self.workbook and any((self.every, self.sending, self.ref, other)):
            yield "--classeur demande un seul modèle, et --format xlsx."

    @property
    def formats(self) -> tuple[str, ...]:
        """Of the files to write; what explains a line writes none."""
        return _formats(self.forms or "html,pdf,xlsx") if not self.ref else ()


def _usual_folder(root: Path) -> Path:
    """Where reports go when nobody says it; a link there, which would take them elsewhere, ends the command with status 2."""
    from grandlivre.sources.strays import not_plain

    folder = root / "build" / "rapports"
    places = (folder.parent,) if folder.parent.is_symlink() else (folder,)
    odd = next((each for place in places for each in not_plain(place, root)), None)
    if odd is not None:
        raise click.UsageError(
            f"{odd.value} est un lien ou un fichier spécial : les rapports iraient hors des livres. Retirez-le, ou dites où écrire "
            "par --out."
        )
    return folder


class _Run:
    """One run of the command over inspected books."""

    def __init__(self, inspection: Inspection, formats: tuple[str, ...], out: Path | None, *, sparing: bool) -> None:
        from grandlivre.render.templates import shipped_templates
        from grandlivre.reports.digest import digest

        self.inspection = inspection
        self.formats = formats
        self.sparing = sparing
        """Whether only donors' reports are printed as PDF: printing is what takes time."""
        self.out = out if out is not None else _usual_folder(inspection.root)
        own = inspection.root / "templates"
        self.templates = own if own.is_dir() else None
        self.digest12 = digest(inspection.main, self.templates or shipped_templates())[:12]
        self.no_pdf = ""
        self.workbook: tuple[str, DonorWorkbook] | None = None
        """The donor's own workbook to fill, and its name."""

    def answer(self, asked: _Asked) -> int:
        """Does what was asked; the command's status."""
        from grandlivre.cli._explaining import explain

        if asked.workbook:
            self.workbook = _workbook(self.inspection, asked.workbook, asked.model or "")
        span = _period(self.inspection, asked.period)
        tree = _tree(self.inspection, asked.tree)
        if asked.every:
            return self.every(span, tree)
        assert asked.model is not None
        if asked.ref:
            explain(self.inspection, asked.model, span, tree, asked.ref, as_json=asked.forms == "json")
            return 0
        account = _account(self.inspection, asked.account, asked.model)
        return self.one(asked.model, span, tree, account, asked.piece, asked.sending, asked.day)

    def one(
        self, name: str, period: Period, tree: str, account: str, piece: str, sending: bool, day: date | None
    ) -> int:
        """One model, for what is asked; anything wrong ends the command with status 2, a rate that lacks with status 1."""
        from grandlivre.reports.catalogue import model_named
        from grandlivre.reports.exchange import MissingRateError
        from grandlivre.reports.kit.context import Scope
        from grandlivre.reports.making import jobs
        from grandlivre.sources.problem import RefusedError

        model = model_named(name, self.inspection.books.policy)
        if model is None:
            raise click.UsageError(f"Le formulaire {name} ne se lit pas : lancez « grandlivre check ».")
        asked = list(jobs(self.inspection.books, model, period, Scope(tree, account, piece)))
        status = 0
        if sending:
            try:
                self._send(asked, day)
            except MissingRateError as problem:
                raise click.ClickException(str(problem)) from problem
            except RefusedError as problem:
                raise click.UsageError(str(problem)) from problem
        else:
            status = self._written(asked, _nothing(model, period, tree))
        if self.no_pdf:
            click.echo(self.no_pdf, err=True)
        return status

    def _written(self, asked: list[Job], nothing: str) -> int:
        """Writes what is asked; 1 when a rate lacks. Raises UsageError where nothing could be written: `nothing`, else why."""
        from grandlivre.reports.exchange import MissingRateError
        from grandlivre.sources.problem import RefusedError

        files: list[Path] = []
        problems: list[RefusedError] = []
        for job in asked:
            try:
                files += self.publish(job)
            except RefusedError as problem:
                problems.append(problem)
        unrated = any(isinstance(each, MissingRateError) for each in problems)
        if not files and not unrated:
            raise click.UsageError("\n".join(map(str, problems)) or nothing)
        for path in files:
            click.echo(_shown(path))
        for each in problems:
            click.echo(str(each), err=True)
        return int(unrated)

    def every(self, period: Period, tree: str) -> int:
        """Everything that is due, with an index page; 1 when a report that was sent is not what it was, else 0."""
        from grandlivre.reports.exchange import MissingRateError
        from grandlivre.reports.making import due_jobs
        from grandlivre.reports.sent import AlteredError
        from grandlivre.rules import collector_off
        from grandlivre.sources.problem import RefusedError

        plan = due_jobs(self.inspection.books, period, tree)
        folder = self.out / period.code
        home = folder / tree.lower() if tree else folder  # one donor's index leaves everybody's alone
        status = 0
        sheets: list[int] = []  # of each report made
        lists: dict[str, list[tuple[str, str]]] = {}
        with collector_off(), _progress(sum(len(jobs) for _, jobs in plan)) as advance:
            for due, jobs in plan:
                rows = lists.setdefault(due.tree, [])
                if not jobs:
                    rows.append((due.model, "Rien à établir pour cette période, ou ce modèle n'existe pas encore."))
                for job in jobs:
                    try:
                        files = self.publish(job, folder)
                    except RefusedError as problem:
                        status = max(status, int(isinstance(problem, (AlteredError, MissingRateError))))
                        click.echo(f"{job.name} ({due.tree or _WHOLE}) : {problem}", err=True)
                        rows.append((job.model.title, str(problem)))
                    else:
                        listed = list(_listed(job, files, home))
                        rows += listed
                        sheets.append(len(listed))
                    advance()
        index = self._index(period, lists, home, tree)
        if self.no_pdf:
            click.echo(self.no_pdf, err=True)
        click.echo(f"{len(sheets)} rapports, {sum(sheets)} feuilles ({period.label}). Ouvrez {_shown(index)}")
        return status

    def publish(self, job: Job, folder: Path | None = None) -> list[Path]:
        """Writes the files of one job; raises RefusedError for a template's mistake, WriteError for the disk's."""
        from grandlivre.reports.making import make
        from grandlivre.sources.problem import RefusedError
        from grandlivre.tasks.publishing import publish

        place = (folder or self.out / job.period.code) / (job.scope.tree.lower() or _WHOLE)
        made = make(self.inspection, job, self.digest12)
        if self.workbook is not None:
            return self._fill(job, made, place, *self.workbook)
        formats = self.formats
        if self.sparing and job.model.audience != "bailleur":
            formats = tuple(form for form in formats if form != "pdf")
        files: list[Path] = []
        for name, report in zip(_names(job, made, folder), made, strict=True):
            done = publish(report, place / name, formats, self.templates)
            if not done.files and done.problem is not None:
                raise RefusedError(str(done.problem))
            if done.problem is not None:
                self.no_pdf = done.problem.message
            files += done.files
        return files

    def _fill(self, job: Job, made: tuple[Report, ...], place: Path, name: str, workbook: DonorWorkbook) -> list[Path]:
        """Writes the donor's own workbook, filled, one a report; raises RefusedError naming the cell that may not be written."""
        from grandlivre.tasks.publishing import filled_workbook, write_changed

        suffix = Path(workbook.file).suffix.lower()
        files = []
        for index, stem in enumerate(_names(job, made, None)):
            path = place / f"{stem}-{name}{suffix}"
            write_changed(path, filled_workbook(self.inspection, job, made, index, workbook, self.digest12))
            files.append(path)
        return files

    def _send(self, asked: list[Job], day: date | None) -> None:
        from grandlivre.reports.making import make
        from grandlivre.sources.problem import RefusedError
        from grandlivre.tasks.sending import send

        if len(asked) != 1 or not asked[0].scope.tree or asked[0].scope.account or asked[0].scope.piece:
            raise RefusedError("--transmettre garde un rapport d'un seul projet : donnez --bailleur.")
        (job,) = asked
        made = make(self.inspection, job, self.digest12)
        if len(made) != 1:
            raise RefusedError(f"Le modèle {job.model.name} fait plusieurs feuilles : il ne se transmet pas.")
        when = self._sending_day(made[0], day)
        if when is None:
            click.echo("Rien n'a été transmis.")
            return
        changed, problem = send(
            self.inspection.books, self.inspection.root, made[0], job.scope.tree, job.period, when, self.templates
        )
        if problem is not None and not changed:
            raise RefusedError(str(problem))
        if problem is not None:
            self.no_pdf = problem.message
        for path in changed:
            click.echo(f"écrit : {path}")

    def _sending_day(self, report: Report, day: date | None) -> date | None:
        """The day a report is sent, once what is still open was said; None when a person, being asked, sends nothing."""
        from grandlivre.cli._consent import agreed
        from grandlivre.cli._terminal import ask_day, interactive

        asking = interactive()
        errors = self.inspection.errors
        if report.provisional:
            click.echo(
                f"Attention : ce rapport porte la mention PROVISOIRE : sa période n'est pas finie, ou des erreurs restent "
                f"ouvertes ({errors} en tout : grandlivre check).",
                err=True,
            )
            if asking and not agreed("L'envoyer tout de même, avec cette mention ?", usual=False):
                return None
        elif errors:
            click.echo(
                f"Attention : les livres ont {counted(errors, 'erreur')} hors de ce rapport : voyez grandlivre check avant de l'envoyer.",
                err=True,
            )
        if day is None and asking:
            return ask_day("Jour de l'envoi", self.inspection.books.today)
        return day or self.inspection.books.today

    def _index(self, period: Period, lists: dict[str, list[tuple[str, str]]], home: Path, tree: str) -> Path:
        """The page that opens on the director's questions, at the period's situation day, and leads to every report."""
        from grandlivre.render import html
        from grandlivre.reports.kit.context import Context, Scope
        from grandlivre.reports.kit.model import INDEX
        from grandlivre.reports.kit.table import Fact, Facts
        from grandlivre.sources.problem import Problem, RefusedError
        from grandlivre.tasks.publishing import write_changed

        seen = self.inspection.at(min(period.end, self.inspection.books.today))
        books = seen.books
        context = Context(books, Scope(), period, seen.findings, digest12=self.digest12)
        body = tuple(
            Facts(
                tuple(Fact(title, files, "text") for title, files in rows),
                f"{each} — {books.policy.donors[each].name}" if each in books.policy.donors else each or "Ensemble",
            )
            for each, rows in lists.items()
        )
        made = {path for rows in lists.values() for _, files in rows for path in files.split(" ")}
        page = html(context.report(INDEX, body=body), templates=self.templates, home=_home(books, period, tree, made))
        if isinstance(page, Problem):
            raise RefusedError(str(page))
        path = home / "index.html"
        write_changed(path, page.encode("utf-8", "replace"))
        return path


def _home(books: Books, period: Period, tree: str, made: set[str]) -> HomeView:
    """The first page of the books, or of one tree, on their day; its figures lead to the reports made beside it."""
    from grandlivre.render.home import home_view
    from grandlivre.reports.asked import ask
    from grandlivre.reports.home import home

    of_tree = (lambda name: f":{tree}:" in name) if tree else None
    last = max((entry.date for entry in books.entries if entry.date <= books.today), default=None)
    return home_view(
        home(books, ask(books, (period.start, books.today), of_tree), last), _Beside(tree, frozenset(made))
    )


class _Beside(NamedTuple):
    """Addresses of the reports made beside the index; "" for one that was not made."""

    tree: str
    """Of an index of one tree, which stands in that tree's folder."""
    made: frozenset[str]

    def _page(self, model: str, tree: str = "") -> str:
        folder = "" if self.tree else f"{tree.lower() or _WHOLE}/"
        path = f"./{folder}{model}.html"
        return path if path in self.made else ""

    def held(self, figure: str) -> str:
        """Every figure stands in the balance."""
        return self._page("balance", self.tree)

    def late(self, item: Late) -> str:
        """The advances, else the calendar."""
        if item.kind == "avance" and len(item.trees) == 1:
            return self._page("avances", item.trees[0])
        return self._page("calendrier")

    def waiting(self, item: Waiting) -> str:
        """A file has no page of a voucher."""
        return ""

    def budget(self, tree: str) -> str:
        """The follow-up of the project's budget."""
        return self._page("suivi-budgetaire", tree)

    def month(self, month: Period) -> str:
        """A file has no list of what made a month."""
        return ""

    def plan(self) -> str:
        """The cash plan."""
        return self._page("plan-tresorerie", self.tree)


def _names(job: Job, made: tuple[Report, ...], folder: Path | None) -> list[str]:
    """A file name for each sheet: with its month, the number its subtitle begins with, or its day, where there are several."""
    from grandlivre.policy.periods import Period

    base = job.name if folder is None or folder.name == job.period.code else f"{job.name}-{job.period.code}"
    if len(made) == 1:
        return [base]
    names: list[str] = []
    for rank, report in enumerate(made, 1):
        detail, day = report.subtitle.split(" ")[0].lower(), report.period.start.isoformat()
        if report.period.start == report.period.end and day in detail:
            detail = day
        month = Period.month(report.period.start)
        if (month.start, month.end) == (report.period.start, report.period.end):
            detail = month.code
        if not (detail.isascii() and detail.replace("-", "").isalnum() and any(map(str.isdigit, detail))):
            detail = str(rank)
        names.append(f"{base}-{detail}" if f"{base}-{detail}" not in names else f"{base}-{detail}-{rank}")
    return names


def _listed(job: Job, files: list[Path], folder: Path) -> Iterable[tuple[str, str]]:
    """(what it is called, its files relative to the index) of each sheet."""
    sheets: dict[str, list[str]] = {}
    for path in files:
        sheets.setdefault(path.stem, []).append(f"./{path.relative_to(folder).as_posix()}")
    for stem, paths in sheets.items():
        account = job.scope.account.rpartition(":")[2].replace("-", " ")
        detail = ", ".join(filter(None, (account or job.scope.piece, _sheet(stem.removeprefix(job.name).strip("-")))))
        yield f"{job.model.title} – {detail}" if detail else job.model.title, " ".join(paths)


def _sheet(part: str) -> str:
    """What tells a sheet from its sisters, as it is said: a month, a day, the number of a dossier."""
    from grandlivre.i18n import day
    from grandlivre.policy.periods import Period

    period = Period.parse(part)
    if period is not None:
        return period.label
    try:
        return day(date.fromisoformat(part))
    except ValueError:
        return part.upper()


def _nothing(model: Listed, period: Period, tree: str) -> str:
    """Why a model makes no report."""
    kinds = f" {', '.join(model.prefixes)}" if model.prefixes else ""
    whose = f" de {tree}" if tree else ""
    return (
        f"Rien à établir pour {model.name} : aucun compte{kinds}{whose} n'a de mouvement jusqu'au {period.end:%d/%m/%Y}. "
        "Vérifiez le bailleur et la période."
    )


def _workbook(inspection: Inspection, name: str, model: str) -> tuple[str, DonorWorkbook]:
    """The workbook of that name, which the model fills."""
    known = inspection.books.policy.workbooks
    if name not in known:
        none = " Décrivez-le dans rules/classeurs/." if not known else ""
        raise click.UsageError(f"Le classeur « {name} » n'existe pas.{_close(name, known, listed=bool(known))}{none}")
    if known[name].model != model:
        raise click.UsageError(f"Le classeur {name} se remplit avec le modèle {known[name].model}, pas {model}.")
    return name, known[name]


def _known(main: Path | None = None) -> tuple[str, ...]:
    """The models, with the organisation's own forms where its books are known."""
    from grandlivre.policy.form_files import own_models
    from grandlivre.reports.catalogue import models

    own = own_models(main.parent.parent / "rules") if main is not None else ()
    return tuple(sorted({*models(), *own}))


def _formats(text: str) -> tuple[str, ...]:
    from grandlivre.tasks.publishing import FORMATS

    asked = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    unknown = [part for part in asked if part not in FORMATS]
    if unknown or not asked:
        raise click.UsageError(
            f"Format inconnu : {', '.join(unknown) or '(aucun)'}. Choisissez parmi {', '.join(FORMATS)}."
        )
    return asked


def _period(inspection: Inspection, text: str) -> Period:
    from grandlivre.policy.periods import Period
    from grandlivre.reports.making import last_quarter

    if text == LAST_QUARTER:
        return last_quarter(inspection.books)
    period = Period.parse(text)
    if period is None:
        raise click.UsageError(
            f"« {text} » n'est pas une période : écrivez 2026, 2026-S1, 2026-T1, 2026-03 ou {LAST_QUARTER}."
        )
    return period


def _tree(inspection: Inspection, text: str) -> str:
    known = {tree.upper(): tree for tree in inspection.books.trees}
    if not text:
        return ""
    if text.upper() not in known:
        raise click.UsageError(f"Le projet « {text} » n'existe pas.{_close(text.upper(), known)}")
    return known[text.upper()]


def _account(inspection: Inspection, text: str, model: str) -> str:
    from grandlivre.reports.catalogue import models

    if not text:
        return ""
    accounts = inspection.books.accounts
    if text not in accounts:
        raise click.UsageError(f"Le compte « {text} » n'existe pas.{_close(text, accounts, listed=False)}")
    prefixes = models(inspection.books.policy)[model].prefixes
    if prefixes and not accounts[text].number.startswith(prefixes):
        raise click.UsageError(
            f"Le modèle {model} se fait pour les comptes {', '.join(prefixes)} : {text} n'en est pas un."
        )
    return text


def _close(word: str, known: Iterable[str], *, listed: bool = True) -> str:
    names = list(known)
    return did_you_mean(word, names, f" Choisissez parmi : {', '.join(names)}." if listed else "")


def _shown(path: Path) -> str:
    """A path relative to the working folder when it stands inside."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def _progress(many: int) -> Any:
    """A progress bar on a terminal, nothing elsewhere; gives the function that advances it."""
    if not sys.stderr.isatty():
        return nullcontext(lambda: None)
    from contextlib import contextmanager

    @contextmanager
    def bar() -> Any:
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Rapports", total=many)
            yield lambda: progress.advance(task)

    return bar()
