"""How a bank writes its statements: one YAML file a format, under `rules/releves/`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from grandlivre.policy.model import AfterValidator, BeforeValidator, Field, Model, WithJsonSchema, model_validator
from grandlivre.policy.reading import validate
from grandlivre.policy.values import Count, Flag, Name, refuse
from grandlivre.sources.problem import Problem
from grandlivre.sources.yaml import load


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error:
        raise refuse(f"« {text[:60]} » n'est pas une expression régulière lisible") from None
    return text


def _period(text: str) -> str:
    if re.compile(_pattern(text)).groups != 2:
        raise refuse(
            f"« {text[:60]} » : mettez entre parenthèses les deux jours, par exemple du ([0-9/]+) au ([0-9/]+)"
        )
    return text


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _one_character(text: str) -> str:
    text = "\t" if text == "tab" else text
    if len(text) != 1:
        raise refuse(f"« {text[:20]} » : un seul caractère est attendu (ou tab)")
    return text


def _day_shape(text: str) -> str:
    if not {"JJ", "MM"} <= set(re.findall(r"AAAA|AA|JJ|MM|hh|mm|ss", text)) or "AA" not in text:
        raise refuse(f"« {text[:30]} » : écrivez le jour, le mois et l'année, par exemple JJ/MM/AAAA")
    return text


Pattern = Annotated[Name, AfterValidator(_pattern)]
Period = Annotated[Name, AfterValidator(_period)]
Words = Annotated[
    tuple[Name, ...],
    BeforeValidator(_one_or_more),
    WithJsonSchema({"type": ["string", "number", "array"], "items": {"type": ["string", "number"]}}),
]
Mark = Annotated[str, AfterValidator(_one_character), WithJsonSchema({"type": "string", "pattern": "^(.|tab)$"})]
DayShape = Annotated[
    Name,
    AfterValidator(_day_shape),
    WithJsonSchema({"type": "string", "pattern": "^(?=.*JJ)(?=.*MM)(?=.*AA)", "examples": ["JJ/MM/AAAA"]}),
]


class Columns(Model):
    """Où se trouve chaque renseignement : le titre de la colonne, ou son rang (1, 2, 3…) quand `entete: non`."""

    date: Name
    """Date d'opération."""
    value_date: Name | None = Field(None, alias="date-valeur")
    """Date de valeur."""
    text: Words = Field(alias="libelle")
    """Libellé de l'opération ; plusieurs colonnes se joignent dans l'ordre donné."""
    reference: Name | None = None
    """Référence de la banque, ou numéro de chèque ou de virement."""
    debit: Name | None = None
    """Sorties d'argent, quand elles ont leur colonne."""
    credit: Name | None = None
    """Entrées d'argent, quand elles ont leur colonne."""
    amount: Name | None = Field(None, alias="montant")
    """Montant, quand une seule colonne porte les entrées et les sorties."""
    direction: Name | None = Field(None, alias="sens")
    """Colonne qui dit si le montant entre ou sort (voir `entrees` et `sorties`)."""
    fees: Name | None = Field(None, alias="frais")
    """Frais prélevés en plus du montant ; ils deviennent une ligne à part, de nature `frais`."""
    status: Name | None = Field(None, alias="statut")
    """Colonne qui dit si l'opération a eu lieu (voir `statuts-faits` et `statuts-ecartes`)."""
    balance: Name | None = Field(None, alias="solde")
    """Solde après l'opération (et après ses frais)."""

    @model_validator(mode="after")
    def _amounts(self) -> Columns:
        apart = self.debit is not None and self.credit is not None
        if apart == (self.amount is not None) or (self.debit is None) != (self.credit is None):
            raise refuse("déclarez soit « montant », soit « debit » et « credit » ensemble")
        if self.direction is not None and self.amount is None:
            raise refuse("« sens » ne va qu'avec « montant »")
        return self

    def written(self) -> dict[str, str]:
        """The columns in use, by French key."""
        found: dict[str, str] = {}
        for name, info in type(self).declared.items():
            value = getattr(self, name)
            if isinstance(value, tuple):
                found.update({f"{info.alias or name} {rank}": each for rank, each in enumerate(value, 1)})
            elif value is not None:
                found[info.alias or name] = value
        return found


class Natures(Model):
    """Les mots du libellé qui disent ce qu'est une ligne sans pièce comptable (accents et casse sont ignorés)."""

    fees: Words = Field((), alias="frais")
    """Agios, frais de tenue de compte, commissions, taxe sur les frais (TAF)."""
    interest: Words = Field((), alias="interets")
    """Intérêts créditeurs."""
    levies: Words = Field((), alias="prelevements")
    """Prélèvements d'office."""
    unpaid: Words = Field((), alias="impayes")
    """Chèques ou virements rejetés."""


class StatementFormat(Model):
    """La forme des relevés d'une banque ou d'un opérateur de monnaie électronique."""

    name: Name = Field(alias="nom")
    """Nom de la banque ou de l'opérateur, comme il paraît dans les messages."""
    kind: Literal["csv", "xlsx", "ofx"] = Field(alias="type")
    """Genre de fichier : csv, xlsx (classeur Excel) ou ofx."""
    accounts: dict[str, Name] = Field(default_factory=dict, alias="comptes")
    """Numéro de compte imprimé par la banque (sans espaces) → compte du grand livre."""
    separator: Mark = Field(";", alias="separateur")
    """Séparateur des colonnes d'un fichier csv (tab pour la tabulation)."""
    encoding: Literal["utf-8", "cp1252", "cp850", "utf-16"] = Field("utf-8", alias="encodage")
    """Encodage d'un fichier csv ; cp1252 est celui de Windows."""
    sheet: Name | None = Field(None, alias="feuille")
    """Feuille du classeur ; la première quand rien n'est dit."""
    skipped: Count = Field(0, alias="lignes-ignorees")
    """Nombre de lignes avant les titres de colonnes ; `compte` et `solde-initial` y sont tout de même cherchés."""
    header: Flag = Field(True, alias="entete")
    """Le tableau a-t-il une ligne de titres ?"""
    footer: Pattern | None = Field(None, alias="pied")
    """Expression régulière : la première ligne qui lui ressemble termine le tableau."""
    carried: Pattern | None = Field(None, alias="lignes-de-report")
    """Expression régulière des lignes qui reportent un solde d'une page à l'autre : leur solde est vérifié, elles ne sont
    pas des opérations. Les titres répétés en haut d'une page sont reconnus sans elle."""
    columns: Columns | None = Field(None, alias="colonnes")
    """Les colonnes du tableau ; sans objet pour ofx."""
    ignored: Words = Field((), alias="colonnes-ignorees")
    """Titres des colonnes de statut, de sens, de frais ou de devise qui ne changent rien aux opérations (des frais déjà
    comptés dans le montant, par exemple) : sans cela, et sans soldes qui le prouvent, une telle colonne que rien ne lit est refusée."""
    day: DayShape = Field("JJ/MM/AAAA", alias="format-date")
    """Forme des dates écrites en texte : JJ, MM, AAAA ou AA, et s'il y a une heure hh, mm, ss."""
    day_once: Flag = Field(False, alias="date-reprise")
    """La banque n'imprime-t-elle la date qu'à la première opération du jour ? Une opération sans aucune date prend alors
    celle du dessus, pourvu que les soldes imprimés comptent son montant."""
    thousands: str = Field(" ", alias="separateur-milliers")
    """Séparateur des milliers ; l'espace vaut aussi pour les espaces insécables ; "" s'il n'y en a pas."""
    point: Literal[",", "."] = Field(",", alias="decimale")
    """Séparateur décimal. En francs CFA, seules des décimales nulles (« 4 000,00 ») se lisent."""
    sign: Literal["recettes-positives", "depenses-positives", "debits-negatifs"] = Field(
        "recettes-positives", alias="signe"
    )
    """`depenses-positives` retourne la colonne `montant` ; `debits-negatifs` : `debit` et `frais` portent déjà le moins."""
    receipts: Words = Field((), alias="entrees")
    """Mots de la colonne `sens` qui désignent une entrée d'argent."""
    payments: Words = Field((), alias="sorties")
    """Mots de la colonne `sens` qui désignent une sortie d'argent."""
    done: Words = Field((), alias="statuts-faits")
    """Mots de la colonne `statut` qui disent que l'opération a eu lieu."""
    failed: Words = Field((), alias="statuts-ecartes")
    """Mots de la colonne `statut` qui disent qu'elle n'a pas eu lieu : la ligne est écartée, et comptée."""
    order: Literal["croissant", "decroissant"] = Field("croissant", alias="ordre")
    """Les opérations vont-elles de la plus ancienne à la plus récente (croissant) ou l'inverse ? Les soldes imprimés
    corrigent cet ordre, et celui d'un même jour ; sans eux, il est pris tel quel."""
    continued: Flag = Field(False, alias="suites")
    """Une ligne qui n'a qu'un libellé continue-t-elle celui de l'opération au-dessus ?"""
    account: Pattern | None = Field(None, alias="compte")
    """Expression régulière dont le groupe 1 est le numéro de compte, cherchée autour du tableau."""
    period: Period | None = Field(None, alias="periode")
    """Expression régulière dont les groupes 1 et 2 sont les jours de la période imprimée, cherchée autour du tableau ; une
    opération d'un autre jour est refusée."""
    opening: Pattern | None = Field(None, alias="solde-initial")
    """Expression régulière de la ligne du solde de départ. La colonne du solde est lue, sinon `debit` (découvert) ou
    `credit`, sinon le dernier montant de la ligne."""
    closing: Pattern | None = Field(None, alias="solde-final")
    """Expression régulière de la ligne du solde de fin, lu comme celui de départ."""
    natures: Natures = Field(default_factory=Natures.unwritten)
    """Ce que certains libellés veulent dire."""

    @model_validator(mode="after")
    def _complete(self) -> StatementFormat:
        if self.columns is not None:
            self._require_words_of(self.columns)
        elif self.kind != "ofx":
            raise refuse("« colonnes » manque : dites où sont la date, le libellé et les montants")
        if self.thousands == self.point:
            raise refuse("« separateur-milliers » et « decimale » doivent être différents")
        return self

    def _require_words_of(self, columns: Columns) -> None:
        """Refuses columns that cannot be read without words, or ranks, which the format does not give."""
        if columns.direction is not None and not (self.receipts and self.payments):
            raise refuse("la colonne « sens » demande les listes « entrees » et « sorties »")
        if columns.status is not None and not self.done:
            raise refuse("la colonne « statut » demande la liste « statuts-faits »")
        if not (self.header or all(map(str.isdigit, columns.written().values()))):
            raise refuse("avec « entete: non », les colonnes se disent par leur rang : 1, 2, 3…")

    def account_of(self, number: str | None) -> str | None:
        """The ledger account declared for a number the bank prints, whatever the spaces; None when nobody declared it."""
        declared = {re.sub(r"\s", "", printed): account for printed, account in self.accounts.items()}
        return declared.get(number or "")


def load_formats(folder: Path, problems: list[Problem]) -> dict[str, StatementFormat]:
    """The formats under a folder, by file name without `.yaml`; mistakes go to `problems`, each on its line."""
    formats: dict[str, StatementFormat] = {}
    for path in sorted(folder.glob("*.yaml")):
        found = validate(StatementFormat, load(path, problems), path, problems)
        if found is not None:
            formats[path.stem] = found
    return formats
