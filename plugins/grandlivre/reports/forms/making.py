"""Which form each agreement of a tree asks for, in which edition and language, and the report made of it."""

from __future__ import annotations

from dataclasses import replace

from grandlivre.policy.donors import Agreement
from grandlivre.policy.forms import Form, chosen, editions, form_faults, named_forms
from grandlivre.reports.execution import executions
from grandlivre.reports.forms.facts import FormFacts
from grandlivre.reports.forms.laying import laid
from grandlivre.reports.forms.purse import Purse
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.table import Report
from grandlivre.sources.problem import RefusedError


def form_reports(context: Context, model: str) -> tuple[Report, ...]:
    """The form of each agreement of the tree that it is owed for, else of each in force; raises `RefusedError`."""
    forms = named_forms(context.books.policy.forms)[model]
    found = agreement_facts(context, model)
    made = []
    for facts in found:
        form = _form(forms, facts.agreement, model, context.language)
        made.append(_honest(facts, form, laid(form, replace(facts, ahead=form.ahead), several=len(found) > 1)))
    return tuple(made)


def _honest(facts: FormFacts, form: Form, report: Report) -> Report:
    """A form that adds up an agreement whose earlier expenses nobody wrote down is no final one, and says why."""
    if not facts.execution.began_before or "cumul" not in repr(form.tables):  # as such figures are named
        return report
    why = facts.context._(
        "La convention {agreement} a commencé avant ces livres, et rien ne dit ce qui a été dépensé avant : cumuls, soldes et "
        "taux ne valent que depuis l'ouverture des livres. Écrivez realise-anterieur: sur ses lignes."
    ).format(agreement=facts.agreement.number or facts.agreement.id)
    return replace(report, provisional=True, provisional_why=why)


def agreement_facts(context: Context, model: str) -> tuple[FormFacts, ...]:
    """The facts of each agreement that a model is owed for, else of each in force; raises `RefusedError` without any."""
    donor = context.donor
    if donor is None:
        raise RefusedError(
            f"Le formulaire {model} se fait pour un bailleur et ses conventions : le projet {context.scope.tree or '(aucun)'} "
            "n'a pas de fiche dans rules/bailleurs/."
        )
    found = [(each, each.agreement) for each in executions(context) if each.agreement is not None]
    owed = [(each, agreement) for each, agreement in found if _owed(agreement, model)]
    if not found:
        raise RefusedError(
            f"Aucune convention de {donor.code} n'est en vigueur sur {context.period.label} : {model} n'a rien à dire."
        )
    books, tree = context.books, context.scope.tree
    return tuple(
        FormFacts(context, execution, agreement, Purse(books.conversion(tree, agreement, context.period)))
        for execution, agreement in owed or found
    )


def _owed(agreement: Agreement, model: str) -> bool:
    return any(each.model == model for each in agreement.reports)


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
