"""What the statements' texts leave open, chosen once by the organisation and the same from one year to the next."""

from __future__ import annotations

from typing import Literal

from grandlivre.policy.model import Field, Model
from grandlivre.policy.values import Flag

StatementSet = Literal["associations", "smt"]
"""The organisation's statutory statements: système normal of associations, or système minimal de trésorerie."""


class Choices(Model):
    """Les choix que le SYCEBNL laisse ouverts pour les états ; chaque état imprime ceux dont il dépend.

    Un choix vaut pour N et N-1 : la présentation reste la même d'un exercice à l'autre (SYCEBNL, art. 16).
    """

    income_702: Literal["RG", "non-rattache"] = Field("RG", alias="ligne-702")
    """Ligne du compte de résultat qui reçoit 702, que le texte n'inscrit nulle part : RG (autres produits), ou non-rattache (listé, l'état reste PROVISOIRE). Source : SYCEBNL, compte de résultat des associations ; le modèle A y vient du Guide d'application, App. 8."""
    earmarked_flows: Literal["FM", "FP"] = Field("FM", alias="fonds-affectes-tft")
    """Flux de trésorerie : les fonds affectés (16) se lisent en FM et FO, avec les dotations, car CW fait partie des ressources propres ; ou en FP et FQ, avec les emprunts (18). ZB, ZC, ZF et ZG sont les mêmes. Source : SYCEBNL, tableau des flux de trésorerie, comptes de FM, FO, FP et FQ."""
    administered_flows: Literal["FE", "non-rattache"] = Field("FE", alias="fonds-46-tft")
    """Flux de trésorerie : les fonds d'administration (462 à 464) sont la contrepartie de 702 en FE, qui montre ainsi ce qui a été reçu ; non-rattache les liste, et les deux ZG diffèrent de leur variation. Source : SYCEBNL, tableau des flux de trésorerie, FE lit 702 et aucune ligne ne nomme 46."""
    older_orders: Literal["comptes", "ignores"] = Field("comptes", alias="ordres-anciens")
    """Exécution budgétaire, colonne 3 : une commande d'un exercice antérieur encore ouverte y est comptée (comptes), ou seulement listée sous le tableau (ignores). Source : Guide d'application, App. 22 ; art. 12, engagements non encore payés."""
    share_of_time: Literal["jours", "mois"] = Field("jours", alias="prorata")
    """Ce qui se répartit dans le temps (budget de l'exercice, amortissements) : en jours d'une année de 360, ou en mois entiers. Source : usage comptable ; le SYCEBNL n'impose ni l'un ni l'autre."""
    carried_credits: Flag = Field(True, alias="reports-de-credits")
    """Exécution budgétaire : oui ajoute au budget de l'exercice le crédit reporté avec ce que N-1 laissait à payer, pour qu'un crédit ne serve qu'une fois ; non laisse les colonnes nues du modèle officiel. Source : Guide d'application, App. 22, qui ne dit rien de la facture de N-1 payée en N."""
