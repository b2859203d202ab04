"""Which reports the page « Rapports » offers: the whole organisation's, then each tree's own."""

from __future__ import annotations

from grandlivre.inspection import Inspection
from grandlivre.policy.periods import Period
from grandlivre.viewer import shelf

PROJECT_SET = {
    "bilan-projet",
    "emplois-ressources",
    "execution-budgetaire",
    "exploitation-projet",
    "reconciliation-tresorerie",
}


def test_a_tree_is_offered_its_project_set_and_the_forms_it_promised(demo: Inspection) -> None:
    """Models A, B and F have a project set (UE-EAU, UNICEF-EDU); a form is its donor's alone; the combined set stands first."""
    year = Period.parse("2026")
    assert year is not None
    found = {
        each.tree: {offer.model.name for offers in each.offers.values() for offer in offers}
        for each in shelf.shelves(demo.books, demo.books.trees, year, True)
    }
    assert PROJECT_SET | {"bilan", "resultat", "flux-tresorerie", "notes"} <= found[""]
    assert {tree for tree, names in found.items() if names >= PROJECT_SET} == {"", "UE-EAU", "UNICEF-EDU"}
    assert {tree for tree, names in found.items() if "face" in names} == {"UNICEF-EDU"}
    assert {tree for tree, names in found.items() if "ue-annexe-6" in names} == {"UE-EAU"}
    assert not any("sf-425" in names for names in found.values())
