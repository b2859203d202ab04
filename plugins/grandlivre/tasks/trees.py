"""The trees a command of the year speaks of, once each says how it is financed."""

from __future__ import annotations

from grandlivre.books.index import Books
from grandlivre.i18n import did_you_mean
from grandlivre.policy.donors import OWN_TREE
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk


def wanted_trees(desk: Desk, wanted: str | None) -> tuple[str, ...]:
    """The tree of a code, or every tree; raises RefusedError for one that nobody knows, or whose model nobody declared."""
    books = desk.books
    known = _trees(books)
    if wanted is not None:
        found = next((tree for tree in known if tree.casefold() == wanted.strip().casefold()), None)
        if found is None:
            raise RefusedError(
                f"Le projet « {wanted} » n'existe pas.{did_you_mean(wanted, known)} Projets : {', '.join(known)}."
            )
        known = (found,)
    undeclared = [_undeclared(desk, tree) for tree in known if tree != OWN_TREE and not books.tree_agreements(tree)]
    if undeclared:
        raise RefusedError(*undeclared)
    return known


def _trees(books: Books) -> tuple[str, ...]:
    """The trees declared, and those that only accounts name."""
    return tuple(sorted({*books.trees, *(each.tree for each in books.accounts.values() if each.tree)}))


def _undeclared(desk: Desk, tree: str) -> str:
    books = desk.books
    if books.donor(tree) is not None:
        place = books.donor_place(tree)
        return (
            f"{desk.inspection.relative(place.file)}:{place.line} : {tree} n'a aucune convention, donc aucun modèle de "
            "financement. Ajoutez-la dans conventions, avec financement:."
        )
    place = books.tree_place(tree)
    return (
        f"{desk.inspection.relative(place.file)}:{place.line} : le projet {tree} n'est décrit dans aucun fichier de "
        f"rules/bailleurs/, son modèle de financement n'est pas déclaré. Décrivez-le dans rules/bailleurs/{tree.lower()}.yaml."
    )
