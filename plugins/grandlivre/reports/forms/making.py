"""Which form each agreement of a tree asks for, in which edition and language, and the report made of it."""

from __future__ import annotations

from collections.abc import Iterator

from grandlivre.policy.donors import Agreement
from grandlivre.policy.forms import Form, chosen, editions, form_faults, named_forms
from grandlivre.reports.execution import Execution, executions
from grandlivre.reports.forms.facts import FormFacts
from grandlivre.reports.forms.laying import laid
from grandlivre.reports.forms.purse import Purse
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.table import Report
from grandlivre.sources.problem import RefusedError


def form_reports(context: Context, model: str) -> tuple[Report, ...]:
    """The form of each agreement of the tree that it is owed for, else of each in force; raises `RefusedError`."""
    donor = context.donor
    if donor is None:
        raise RefusedError(
            f"Le formulaire {model} se fait pour un bailleur et ses conventions : le projet {context.scope.tree or '(aucun)'} "
            "n'a pas de fiche dans rules/bailleurs/."
        )
    found = [each for each in executions(context) if each.agreement is not None]
    owed = [each for each in found if each.agreement is not None and _owed(each.agreement, model)]
    if not found:
        raise RefusedError(
            f"Aucune convention de {donor.code} n'est en vigueur sur {context.period.label} : {model} n'a rien à dire."
        )
    return tuple(_made(context, model, owed or found))


def _owed(agreement: Agreement, model: str) -> bool:
    return any(each.model == model for each in agreement.reports)


def _made(context: Context, model: str, found: list[Execution]) -> Iterator[Report]:
    forms = named_forms(context.books.policy.forms)[model]
    for execution in found:
        agreement = execution.agreement
        assert agreement is not None
        form = _form(forms, agreement, model, context.language)
        purse = Purse(context.books.conversion(context.scope.tree, agreement, context.period))
        facts = FormFacts(context, execution, agreement, purse, form.ahead)
        yield laid(form, facts, several=len(found) > 1)


def _form(forms: tuple[Form, ...], agreement: Agreement, model: str, language: str) -> Form:
    edition = next((each.edition for each in agreement.reports if each.model == model), "")
    form = chosen(forms, edition, language)
    if form is None:
        raise RefusedError(
            f"{model} n'a pas d'édition « {edition} », que demande la convention {agreement.id} ; éditions : "
            f"{', '.join(editions(forms))}. Corrigez edition: dans rules/bailleurs/."
        )
    for _, fault in form_faults(form):
        raise RefusedError(
            f"{fault} Corrigez le formulaire {model} dans rules/formulaires/ (grandlivre check dit la ligne)."
        )
    return form
