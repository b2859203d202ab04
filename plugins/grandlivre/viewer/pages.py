"""Our pages inside Fava: each gathers its rows and hands them to its template. Fava puts the class's name in addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from flask import Response, request

from grandlivre.books.index import Books
from grandlivre.policy.periods import Period
from grandlivre.render.format import Format
from grandlivre.render.home import SHOWN, home_view
from grandlivre.render.page import bar, gauge
from grandlivre.render.rule_changes import told_since_closing
from grandlivre.reports import dashboard, duties
from grandlivre.reports.asked import Asked, ask
from grandlivre.reports.catalogue import Listed
from grandlivre.reports.dependence import income, months_left
from grandlivre.reports.holdings import together
from grandlivre.reports.home import Home, home
from grandlivre.reports.kit.table import Bar, Report
from grandlivre.reports.making import last_quarter
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks import signatures
from grandlivre.viewer import bank, controls, followup, refusals, shelf
from grandlivre.viewer.entry_door import may_enter
from grandlivre.viewer.fava_adapter import endpoint
from grandlivre.viewer.frame import Page, View
from grandlivre.viewer.leads import ViewerLeads, waiting_for
from grandlivre.viewer.readers import reader
from grandlivre.viewer.rights import may
from grandlivre.viewer.routes import RequestKind

FORM = Format()
LABEL = "FCFA"
_ALERTS = 5
"""Rules with findings that the first page names."""


class Accueil(Page):
    """The first page: what the director sees in five seconds."""

    report_title = "Tableau de bord"
    template = "tableau-de-bord.html"

    def after_load_file(self) -> None:
        """Works the first page out while the books load, so that nobody waits for it."""
        self.prepare()

    def facts(self, view: View) -> dict[str, Any]:
        """Treasury, tills, budgets, what waits, what the controls say."""
        loaded, person = view.loaded, reader().person
        found = loaded.once(("accueil", view.asked, view.timed), lambda: self._rows(view))
        first = loaded.once(("home", view.asked, person), lambda: self._home(view, person))
        return {**found, "home": home_view(first, ViewerLeads(view)), "shown": SHOWN}

    @staticmethod
    def _home(view: View, person: str) -> Home:
        """What the director asks first; of a known person, what awaits their own signature."""
        books, last = view.loaded.books, view.loaded.inspection.last_entry
        if person not in books.policy.people:
            return home(books, view.asked, last)
        return home(books, view.asked, last, waiting_for(books, person), books.policy.people[person].name)

    def _rows(self, view: View) -> dict[str, Any]:
        books, asked = view.loaded.books, view.asked
        known = view.loaded.once("equations", lambda: dashboard.equations(books))
        rows = dashboard.treasury(books, asked, known)
        budgets = dashboard.current(dashboard.budgets(books, asked), asked.day)
        findings = controls.concerned(view.loaded.inspection.findings, asked, view.loaded.tree_of, view.timed)
        found = controls.groups(findings, controls.FilterChoice())
        return {
            "treasury": rows,
            "total": together(row.held for row in rows),
            **self._tills(dashboard.tills(books, asked)),
            "budgets": [(budget, bar(budget.bar, FORM, LABEL, "temps écoulé")) for budget in budgets],
            "instalments": dashboard.next_instalments(books, asked, view.loaded.inspection.findings),
            "to_sign": dashboard.to_sign(books, asked),
            "refused": [each for each in signatures.refused(books) if asked.whole or each[0].tree in asked.trees],
            "late": dashboard.late_advances(books, asked),
            "errors": sum(group.errors for group in found),
            "warnings": sum(group.warnings for group in found),
            "alerts": found[:_ALERTS],
            "alerts_left": len(found[_ALERTS:]),
            "families": controls.families(findings, view.loaded.inspection.rules),
            "waived": len(view.loaded.inspection.waived),
            "income": income(books, asked.start, asked.day) if asked.whole else None,
            "left": tuple(months_left(((budget.tree, budget.execution) for budget in budgets), asked.day)),
            "people": {key: person.name for key, person in books.policy.people.items()},
            "last_entry": view.loaded.inspection.last_entry,
            "meetings": duties.last_meetings(books, asked),
            "bodies": duties.BODIES,
            **view.loaded.once(("due", asked.trees, asked.whole), lambda: self._due(books, asked)),
        }

    @staticmethod
    def _tills(tills: Sequence[dashboard.Till]) -> dict[str, Any]:
        """Each till with its gauge, and how many are out of their bounds."""
        return {
            "tills": [(till, gauge(till.gauge, FORM, LABEL) if till.gauge else None) for till in tills],
            "tills_out": sum(1 for till in tills if till.request or till.excess or till.held < 0),
        }

    @staticmethod
    def _due(books: Books, asked: Asked) -> dict[str, Any]:
        """What is late and what comes, today, whatever days are looked at."""
        waiting = duties.waiting(books, asked)
        return {
            "late_first": [due for due in waiting if due.days < 0],
            "coming": [due for due in waiting if due.days >= 0],
            "missed": duties.missed(books, ask(books).start, asked.trees, whole=asked.whole),
            "overdue": duties.late(waiting),
            "to_send": duties.to_send(waiting),
        }


class Controles(Page):
    """Every finding of `check`, with its remedy."""

    report_title = "Contrôles"
    template = "controles.html"

    def facts(self, view: View) -> dict[str, Any]:
        """The findings the reader chose, and the rules that have nothing to say."""
        inspection = view.loaded.inspection
        choice = controls.FilterChoice(
            request.args.get("niveau", ""), request.args.get("famille", ""), request.args.get("regle", "")
        )
        findings = controls.concerned(inspection.findings, view.asked, view.loaded.tree_of, view.timed)
        waived = controls.concerned(inspection.waived, view.asked, view.loaded.tree_of, view.timed)
        chosen = controls.groups(findings, choice)
        every = controls.groups(findings, controls.FilterChoice())
        return {
            "choice": choice,
            "groups": controls.first(chosen),
            "chosen": sum(len(group.findings) for group in chosen),
            "limit": controls.SHOWN,
            "errors": sum(group.errors for group in every),
            "warnings": sum(group.warnings for group in every),
            "families": controls.families(findings, inspection.rules),
            "quiet": controls.quiet(findings, inspection.rules),
            "changed": view.loaded.once("rule changes", lambda: told_since_closing(view.loaded.books)),
            "waived": controls.groups(waived, controls.FilterChoice()),
            "today": view.loaded.books.today,
            "relative": inspection.relative,
        }


class Budget(Page):
    """What each budget line was given, spent and has left; and the entries behind a line."""

    report_title = "Budget"
    template = "budget.html"

    def facts(self, view: View) -> dict[str, Any]:
        """The budgets of the trees, or the entries of one line."""
        asked = view.asked
        tree, agreement, line = (request.args.get(name, "") for name in ("arbre", "convention", "ligne"))
        budgets = view.loaded.once(("budgets", asked), lambda: dashboard.budgets(view.loaded.books, asked))
        chosen = next((each for each in budgets if each.tree == tree and each.agreement.id == agreement), None)
        row = next((each for each in chosen.execution.lines if each.code == line), None) if chosen and line else None
        if chosen is not None and row is not None:
            spent = dashboard.charged(view.loaded.books, tree, agreement, line, asked.day)
            return {"budget": chosen, "line": row, "charges": spent[::-1], "bar": self._bar(row, chosen)}
        return {
            "line": None,
            "budgets": [(each, bar(each.bar, FORM, LABEL, "temps écoulé")) for each in budgets],
            "line_bar": self._bar,
        }

    @staticmethod
    def _bar(line: Any, budget: dashboard.BudgetState) -> Any:
        return bar(Bar(line.label, line.cumulative, line.budget, budget.execution.elapsed), FORM, LABEL, "temps écoulé")


class Aide(Page):
    """What can be done here, in the place of Fava's own help."""

    report_title = "Aide"
    template = "aide.html"
    filtered = False

    def facts(self, view: View) -> dict[str, Any]:
        """Whether the reader also writes, and a tree to name in examples."""
        trees = view.asked.trees
        return {
            "writes": may(RequestKind.WRITE),
            "enters": may_enter(),
            "tree": trees[0] if trees else "PROJET",
            "year": view.asked.day.year,
        }


class Suivi(Page):
    """What programmes did, the meetings held, what is decided and not done, and parity."""

    report_title = "Suivi"
    template = "suivi.html"

    def facts(self, view: View) -> dict[str, Any]:
        """The follow-up of the days and trees asked for."""
        books, asked = view.loaded.books, view.asked
        aim = books.policy.organisation.parity
        return {
            "sheet": view.loaded.once(("followup", asked), lambda: followup.sheet(books, asked)),
            "bodies": duties.BODIES,
            "people": {key: person.name for key, person in books.policy.people.items()},
            "aim": aim,
            "code": asked.period.code,
        }


class Banque(Page):
    """The movements of the banks, mobile money and tills."""

    report_title = "Journal de banque"
    template = "banque.html"

    def facts(self, view: View) -> dict[str, Any]:
        """The accounts to choose from, and the months of one of them."""
        books, asked = view.loaded.books, view.asked
        accounts = bank.treasury_accounts(books, asked)
        wanted = request.args.get("compte", "")
        account = next((each for each in accounts if each.name == wanted), accounts[0] if accounts else None)
        period = bank.whole_months(asked.start, asked.day) if view.timed else Period.month(asked.day)
        before, after = bank.neighbours(books, period)
        model = "brouillard-caisse" if account is not None and account.is_till else "journal-banque"
        return {
            "accounts": accounts,
            "account": account,
            "journal": bank.journal(books, account, period) if account is not None else None,
            "before": before,
            "after": after,
            "people": {key: person.name for key, person in books.policy.people.items()},
            "model": model,
            "code": view.asked.period.code if view.timed and view.asked.period.code else Period.month(period.end).code,
        }


class Rapports(Page):
    """The reports: which exist, and each as a page or a file."""

    report_title = "Rapports"
    template = "rapports.html"

    def facts(self, view: View) -> dict[str, Any]:
        """What can be asked for a period."""
        books, asked = view.loaded.books, view.asked
        period = Period.parse(request.args.get("periode", ""))
        if period is None:
            period = asked.period if view.timed and asked.period.code else last_quarter(books)
        return {
            "period": period,
            "periods": shelf.periods(books),
            "shelves": shelf.shelves(books, asked.trees, period, asked.whole),
            "audiences": shelf.AUDIENCES,
            "of_pieces": shelf.of_pieces(),
            "workbooks": shelf.workbooks(books),
            "due": [due for due in duties.waiting(books, asked) if due.first.kind == "rapport"],
            "halted": view.loaded.inspection.halted,
        }

    @endpoint("rapport")
    def one(self) -> Response:
        """A report as a page or a file; what keeps it from being made is said on a page. Raises RefusedError."""
        args = request.args
        form, own = args.get("format", "html"), args.get("classeur", "")
        wanted = shelf.Wanted(
            *(args.get(name, "") for name in ("modele", "bailleur", "compte", "piece", "periode", "ligne"))
        )
        try:
            view = self.view(bare=True)
            job, reports = shelf.made(view.loaded, wanted)
            sheet = args.get("feuille", "")
            if len(reports) > 1 and not sheet.isdecimal():
                return self._sheets(view, job.model, reports)
            number = int(sheet) if sheet.isdecimal() else 1
            if form not in shelf.TYPES or not 1 <= number <= len(reports):
                raise RefusedError(refusals.SENTENCES[404])
            if own:
                form, content = shelf.workbook(view.loaded, job, reports, number - 1, own)
            else:
                content = self._content(view, wanted, reports[number - 1], form)
        except RefusedError as problem:
            return Response(refusals.page(str(problem)), mimetype="text/html")
        ending, media = shelf.media(form, content)
        response = Response(content, mimetype=media)
        if form == "html":
            response.headers["Content-Security-Policy"] = _REPORT_POLICY
        else:
            name = shelf.file_name(job, number if len(reports) > 1 else 0, ending, own)
            where = "inline" if form == "pdf" and not args.get("telecharger") else "attachment"
            response.headers["Content-Disposition"] = f"{where}; filename*=UTF-8''{quote(name, safe='')}"
        return response

    def _content(self, view: View, wanted: shelf.Wanted, report: Report, form: str) -> bytes:
        """A report in one of the formats, its figures leading to entries. Raises RefusedError."""

        def behind(ref: str) -> str:
            asked = {**request.args.to_dict(), "format": "html", "ligne": ref}
            return view.links.download("Rapports", "rapport", **asked)

        back = view.links.page("Rapports", periode=wanted.period, account=wanted.tree or None)
        return shelf.rendered(view.loaded, report, form, view.links.place, behind, back)

    def _sheets(self, view: View, model: Listed, reports: tuple[Report, ...]) -> Response:
        """Several sheets, each with its files; the donors' own workbooks after them."""
        names = shelf.workbooks(view.loaded.books).get(model.name, ())
        rows = []
        for number, report in enumerate(reports, 1):
            own = {**request.args.to_dict(), "feuille": str(number)}
            asked = [(word, {**own, "format": form}) for form, word in _OFFERED]
            asked += [(f"Classeur {name}", {**own, "format": "xlsx", "classeur": name}) for name in names]
            links = [(word, view.links.download("Rapports", "rapport", **args)) for word, args in asked]
            rows.append((report.subtitle or report.scope or f"Feuille {number}", report.period.label, links))
        page = self.render("feuilles.html", {"title": model.title, "rows": rows, "view": view})
        return Response(page, mimetype="text/html")


_OFFERED = (("html", "Voir"), ("pdf", "PDF"), ("xlsx", "Excel"), ("csv", "CSV"))
"""The formats of a sheet, and what their links say."""
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A report is one page that holds everything it needs, its fonts too."""
