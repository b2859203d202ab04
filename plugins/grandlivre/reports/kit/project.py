"""What the reports of the project set share: whose they are, and what its trees owe each other, shown to be nil."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from grandlivre.i18n import listing
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.statutory import key_of, nil
from grandlivre.reports.kit.table import Block, Column, Fact, Row, Table, grid
from grandlivre.sources.problem import RefusedError
from grandlivre.statements.behind_projects import behind_project
from grandlivre.statements.between import Between, Taken, Trees
from grandlivre.statements.explaining import Behind
from grandlivre.statements.figures import Span
from grandlivre.statements.projects import between, project_trees, project_year


def trees_of(context: Context) -> Trees:
    """The trees a report of this set speaks of: the one asked for, else all that have one.

    Raises `RefusedError` for a tree without an agreement of model A, B or F, and where there is none at all.
    """
    tree, every = context.scope.tree, project_trees(context.books)
    known = f" ({listing(every)})" if every else ""
    models = "A (fonds-administration), B (fonds-affectes) ou F (avance)"
    if tree and tree not in every:
        raise RefusedError(
            f"{tree} n'a pas de convention de modèle {models} : le jeu d'états « projet » n'est pas pour lui{known}. "
            "Demandez ses états dans le jeu de l'association (bilan, resultat, flux-tresorerie), ou corrigez financement: "
            "dans rules/bailleurs/."
        )
    if not every:
        raise RefusedError(
            f"Aucun bailleur n'a de convention de modèle {models} : il n'y a pas d'états « projet » à établir ni à combiner."
        )
    return (tree,) if tree else every


def subtitle(context: Context, trees: Trees) -> str:
    """« États combinés des projets UE-EAU, UNICEF-EDU »; nothing over the set of one project."""
    if context.scope.tree:
        return ""
    return context._("États combinés des projets {trees}").format(trees=", ".join(trees))


def between_trees(context: Context, span: Span, trees: Trees) -> tuple[tuple[Block, ...], tuple[Fact, ...]]:
    """What the combined set takes out, and that it is nil; nothing under the set of one project."""
    if context.scope.tree:
        return (), ()
    found = between(context.books, span, trees)
    return (_table(context, found),), (nil(context, "Écart prêts et parts entre projets", found.gap),)


def _table(context: Context, found: Between) -> Table:
    word = context._
    columns = (
        Column("tree", word("Projet"), width=12),
        Column("number", word("Compte"), width=8),
        Column("label", word("Intitulé"), width=36),
        Column("kind", word("Nature"), width=16),
        Column("amount", word("Débit (− : crédit)"), "money", total="sum"),
    )
    rows = [
        Row(
            {
                "tree": each.account.tree,
                "number": each.account.number,
                "label": context.account_words(each.account),
                "kind": kind,
                "amount": amount,
            }
        )
        for each, kind, amount in _taken(context, found)
    ]
    rows.append(Row({"label": word("Total"), "amount": None if rows else 0}, role="total", sums=range(len(rows))))
    note = "" if len(rows) > 1 else word("Ces projets ne se doivent rien et ne se sont rien facturé.")
    return grid("between", word("Prêts et parts entre projets, retirés des états combinés"), columns, rows, note)


def _taken(context: Context, found: Between) -> Iterator[tuple[Taken, str, int]]:
    word = context._
    yield from ((each, word("Prêt"), each.balance) for each in found.loans if each.balance)
    yield from ((each, word("Part de charges"), each.moved) for each in found.shares)


def behind_project_line(statement: str) -> Callable[[Context, str], tuple[Behind, ...]]:
    """What explains a line of a statement of this set; raises `RefusedError` for a line it does not have."""

    def explain(context: Context, ref: str) -> tuple[Behind, ...]:
        trees = trees_of(context)
        made = project_year(context.books, statement, context.period.end, trees)
        return behind_project(context.books, made, trees, key_of(context, made.now.layout, ref))

    return explain
