"""The figures that a donor's form may ask for: the closed vocabulary of `donnee:`, by the kind of row that has them.

What each is worth is computed in `reports/forms/`; a test keeps the two lists equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Source = Literal[
    "budget",
    "couts-directs",
    "imprevus",
    "couts-indirects",
    "activites",
    "depenses",
    "financement",
    "tranches",
]
"""What the rows of a table are taken from."""
Kind = Literal["texte", "montant", "date", "pourcentage", "nombre"]
"""What a figure is."""

LINE: Mapping[str, Kind] = {
    "code": "texte",
    "libelle": "texte",
    "unite": "texte",
    "initial-unites": "nombre",
    "initial-valeur-unitaire": "montant",
    "budget-initial": "montant",
    "budget-unites": "nombre",
    "budget-valeur-unitaire": "montant",
    "budget": "montant",
    "reaffectation": "montant",
    "imprevus": "montant",
    "unites": "nombre",
    "unites-devise": "nombre",
    "valeur-unitaire": "montant",
    "valeur-unitaire-devise": "montant",
    "periode": "montant",
    "periode-devise": "montant",
    "periode-convertie": "montant",
    "avant": "montant",
    "cumul": "montant",
    "engagements": "montant",
    "prevu": "montant",
    "prevu-suivant": "montant",
    "unites-suivantes": "nombre",
    "explication": "texte",
}
"""Of a budget line: `budget`, `couts-directs`, `imprevus`, `couts-indirects`."""
ACTIVITY: Mapping[str, Kind] = {
    "code": "texte",
    "libelle": "texte",
    "autorise": "montant",
    "depenses": "montant",
    "accepte": "montant",
    "demande": "montant",
    "autorise-suivant": "montant",
}
"""Of a programme's activity: `activites`."""
EXPENSE: Mapping[str, Kind] = {
    "numero": "nombre",
    "rubrique": "texte",
    "ligne": "texte",
    "libelle-ligne": "texte",
    "activite": "texte",
    "codage": "texte",
    "libelle-codage": "texte",
    "mois": "texte",
    "date": "date",
    "beneficiaire": "texte",
    "libelle": "texte",
    "piece": "texte",
    "facture": "texte",
    "compte": "texte",
    "mode": "texte",
    "paye": "texte",
    "devise": "texte",
    "montant-devise": "nombre",
    "taux": "nombre",
    "montant": "montant",
}
"""Of an expense of the period: `depenses`."""
FUNDING: Mapping[str, Kind] = {
    "libelle": "texte",
    "budget": "montant",
    "recu": "montant",
    "recu-periode": "montant",
}
"""Of a source of funding: `financement`."""
INSTALMENT: Mapping[str, Kind] = {"numero": "nombre", "date": "date", "montant": "montant", "cumul": "montant"}
"""Of an instalment that the agreement foresees: `tranches`."""
WHOLE_KINDS: Mapping[str, Kind] = {
    "organisation": "texte",
    "sigle": "texte",
    "recepisse": "texte",
    "nif": "texte",
    "adresse": "texte",
    "contact": "texte",
    "banque": "texte",
    "bailleur": "texte",
    "convention": "texte",
    "intitule": "texte",
    "programme": "texte",
    "responsable": "texte",
    "debut": "date",
    "fin": "date",
    "periode": "texte",
    "du": "date",
    "au": "date",
    "suite-du": "date",
    "suite-au": "date",
    "monnaie": "texte",
    "taux": "texte",
    "montant-convention": "montant",
    "solde-ouverture": "montant",
    "fonds-recus": "montant",
    "fonds-recus-cumul": "montant",
    "interets": "montant",
    "interets-cumul": "montant",
    "autres-ressources": "montant",
    "autres-ressources-cumul": "montant",
    "depenses": "montant",
    "depenses-cumul": "montant",
    "depenses-payees-cumul": "montant",
    "depenses-directes-cumul": "montant",
    "immobilisations": "montant",
    "engagements": "montant",
    "solde-cloture": "montant",
    "tresorerie": "montant",
    "avances": "montant",
    "creances": "montant",
    "dettes": "montant",
    "position": "montant",
    "change-et-arrondi": "montant",
    "part-propre": "montant",
    "part-propre-depensee": "montant",
    "neant": "montant",
    "budget-prevu-suivant": "montant",
    "tranche-suivante": "montant",
}
"""Of the agreement and its tree as a whole: the header, and rows that stand alone."""
NO_BOX = ("taux",)
"""What leaves no box where it says nothing: an agreement in the currency of the books has no rate. Others are filled by hand."""
FIGURES: Mapping[Source, Mapping[str, Kind]] = {
    "budget": LINE,
    "couts-directs": LINE,
    "imprevus": LINE,
    "couts-indirects": LINE,
    "activites": ACTIVITY,
    "depenses": EXPENSE,
    "financement": FUNDING,
    "tranches": INSTALMENT,
}
"""The figures of each kind of row."""
