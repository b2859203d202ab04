"""The few words of the pages themselves, in English for donors who read English."""

from __future__ import annotations

from collections.abc import Callable

from grandlivre.i18n import catalog

_ENGLISH = {
    "PROVISOIRE": "PROVISIONAL",
    "EXEMPLE": "EXAMPLE",
    "situation au": "as at",
    "dernière écriture le": "last entry on",
    "La période n'est pas finie : les montants sont ceux de ce jour.": (
        "The period is not over: the amounts are those of this day."
    ),
    "La période n'est pas finie ; des écritures datées d'après ce jour sont comptées.": (
        "The period is not over; entries dated after this day are counted."
    ),
    "Des erreurs de contrôle restent ouvertes à la fin de la période : ce document peut encore changer.": (
        "Control errors are still open at the end of the period: this document may still change."
    ),
    "Période": "Period",
    "du": "from",
    "au": "to",
    "Page": "Page",
    "Empreinte": "Digest",
    "Dernière clôture": "Last closing",
    "racine": "root",
    "Montants en": "Amounts in",
    "Nom": "Name",
    "Date et signature": "Date and signature",
    "Signatures": "Signatures",
    "Informations": "Information",
    "Annexes": "Annexes",
    "Aucune ligne sur la période.": "No line in the period.",
    "plancher": "floor",
    "plafond": "ceiling",
    "entre le plancher et le plafond": "between floor and ceiling",
    "sous le plancher": "below the floor",
    "au-dessus du plafond": "above the ceiling",
    "solde négatif": "negative balance",
    "dépassé": "exceeded",
    "sans budget": "no budget",
    "sur": "of",
}


def translator(language: str) -> Callable[[str], str]:
    """The words of pages in a reader's language; what is not a word of ours goes to the general catalogue."""
    general = catalog(language)
    if language != "en":
        return general
    return lambda text: _ENGLISH.get(text) or general(text)
