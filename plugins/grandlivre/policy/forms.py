"""Donors' forms as data (`rules/formulaires/`): an edition is a file that says its tables, its words and its figures.

What ships with the program stands in its own folder of the same shape; an organisation's own file of the same model,
edition and language comes first.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from grandlivre.i18n import did_you_mean
from grandlivre.policy.figures import FIGURES, WHOLE_KINDS, Kind, Source
from grandlivre.policy.form_files import shipped_folder
from grandlivre.policy.model import Field, Model, field_validator, model_validator
from grandlivre.policy.reading import read
from grandlivre.policy.values import Count, Flag, Name, Percentage, refuse
from grandlivre.sources.problem import Problem
from grandlivre.sources.yaml import line_of, load

Language = Literal["fr", "en"]


class Words(Model):
    """Un texte dans les langues du formulaire ; un texte seul vaut pour toutes."""

    french: str = Field("", alias="fr")
    """En français."""
    english: str = Field("", alias="en")
    """En anglais."""

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, value: Any) -> Any:
        return {"fr": value, "en": value} if isinstance(value, str) else value

    def in_(self, language: str) -> str:
        """The text in a language, else in the other one."""
        return (self.english or self.french) if language == "en" else (self.french or self.english)

    @classmethod
    def _json_schema(cls, core: Any, handler: Any) -> dict[str, Any]:
        both = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [both, {"type": ["string", "number"]}], "description": both.get("description", "")}


_LONGEST, _LARGEST = 200, 10**9
"""Characters of a formula, and its numbers at most."""


def _names(formula: str) -> frozenset[str]:
    """The keys that a formula names; raises a refusal where it is not one."""
    try:
        tree = ast.parse(formula[:_LONGEST], mode="eval")
    except (SyntaxError, ValueError) as error:
        raise refuse(f"« {formula[:60]} » n'est pas une formule : écrivez par exemple a - c") from error
    if len(formula) > _LONGEST or not all(map(_is_arithmetic, ast.walk(tree))):
        raise refuse(f"« {formula[:60]} » : une formule n'a que des clés, des nombres, + - * / et des parenthèses")
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def _is_arithmetic(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        value = node.value
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST
    signs = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub)
    return isinstance(node, (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Name, ast.Load, *signs))


def _key(value: str) -> str:
    """A key that formulas can name. Refused in French when it is not one."""
    if not (value.isascii() and value.isidentifier() and value == value.lower()):
        raise refuse(f"« {value} » ne peut servir de clé : des minuscules, des chiffres et _, une lettre d'abord")
    return value


class FormFact(Model):
    """Une case de l'en-tête : son libellé, et la donnée ou le texte qu'elle porte ; vide, elle se remplit à la main."""

    label: Words = Field(alias="libelle")
    """Libellé imprimé."""
    figure: str = Field("", alias="donnee")
    """Donnée calculée."""
    text: Words = Field(Words.unwritten(), alias="texte")
    """Texte fixe."""

    @field_validator("figure")
    @classmethod
    def _known(cls, value: str) -> str:
        return _figure(value, WHOLE_KINDS, "l'en-tête") if value else value


def _figure(name: str, known: Mapping[str, Kind], where: str) -> str:
    """A figure of the vocabulary. Refused in French when it is none, or not of that kind of row."""
    if name not in known:
        hint = did_you_mean(name, known, f" Données : {', '.join(known)}.")
        raise refuse(f"la donnée « {name} » n'existe pas dans {where}.{hint}")
    return name


class FormDrawn(Model):
    """D'où le classeur tire une colonne : la somme d'une colonne d'une liste, pour les lignes qui disent la même chose."""

    table: Name = Field(alias="tableau")
    """Clé de la liste."""
    column: Name = Field(alias="colonne")
    """Colonne additionnée."""
    where: Mapping[str, Name] = Field(alias="lignes")
    """Par colonne de ce tableau, la colonne de la liste qui doit dire la même chose : {code: line}."""


class FormColumn(Model):
    """Une colonne d'un tableau : ce que Python calcule (donnee), ou une formule entre colonnes."""

    key: Name = Field(alias="cle")
    """Clé, que les formules et les classeurs nomment."""
    title: Words = Field(alias="titre")
    """Intitulé."""
    group: Words = Field(Words.unwritten(), alias="groupe")
    """Intitulé commun à des colonnes voisines."""
    figure: str = Field("", alias="donnee")
    """Donnée calculée ; absente avec une formule, ou pour une colonne qui se remplit à la main."""
    formula: str = Field("", alias="formule")
    """Formule entre les clés des colonnes : a - c."""
    drawn: FormDrawn | None = Field(None, alias="tiree-de")
    """Dans le classeur, la colonne se recalcule depuis une liste : changez une dépense, le total bouge."""
    kind: Kind | None = Field(None, alias="genre")
    """Ce que la colonne contient ; absent : celui de la donnée, un montant pour une formule."""
    width: Count = Field(0, alias="largeur")
    """Largeur en caractères ; 0 laisse la page décider."""
    adds: Flag = Field(True, alias="totalise")
    """non : les totaux n'additionnent pas cette colonne."""
    page: Flag = Field(True, alias="imprimee")
    """non : la page ne la porte pas."""
    data: Flag = Field(True, alias="fichiers")
    """non : ni le JSON ni le CSV ne la portent ; le classeur la porte toujours."""
    when_empty: Words = Field(Words.unwritten(), alias="si-vide")
    """Ce que la page dit sous le tableau quand aucune ligne ne remplit la colonne ; {convention}, {periode}, {activite}, {jour}, {montant} et {monnaie} s'y complètent."""

    @field_validator("key")
    @classmethod
    def _named(cls, value: str) -> str:
        return _key(value)

    @field_validator("formula")
    @classmethod
    def _readable(cls, value: str) -> str:
        if value:
            _names(value)
        return value

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.figure and self.formula:
            raise refuse(f"la colonne « {self.key} » a une donnée et une formule : gardez l'une des deux")
        return self


class FormRow(Model):
    """Des lignes tirées des livres (source), ou une ligne seule : ses valeurs, une somme ou une formule."""

    source: Source | None = Field(None)
    """D'où viennent les lignes ; absente pour une ligne seule."""
    key: str = Field("", alias="cle")
    """Clé, que les sommes et les formules nomment ; absente : celle de la source."""
    label: Words = Field(Words.unwritten(), alias="libelle")
    """Libellé d'une ligne seule, dans la première colonne de texte qui n'en a pas d'autre."""
    texts: Mapping[str, Words] = Field({}, alias="textes")
    """Textes d'une ligne seule, par colonne."""
    values: Mapping[str, Name] = Field({}, alias="valeurs")
    """Données d'une ligne seule, par colonne."""
    adds: tuple[Name, ...] = Field((), alias="somme")
    """Clés des lignes qu'elle additionne, dans chaque colonne de montants."""
    formula: str = Field("", alias="formule")
    """Formule entre les clés des lignes seules."""
    role: Literal["ligne", "titre", "sous-total", "total"] = Field("ligne")
    """Comment elle s'imprime."""
    grouped: Flag = Field(True, alias="rubriques")
    """oui : chaque rubrique du budget, ou chaque ligne budgétaire d'une liste, a son sous-total."""

    @field_validator("key")
    @classmethod
    def _named(cls, value: str) -> str:
        return _key(value) if value else value

    @field_validator("values")
    @classmethod
    def _known(cls, values: Mapping[str, str]) -> Mapping[str, str]:
        for name in values.values():
            _figure(name, WHOLE_KINDS, "une ligne seule")
        return values

    @field_validator("formula")
    @classmethod
    def _readable(cls, value: str) -> str:
        if value:
            _names(value)
        return value

    @property
    def name(self) -> str:
        """What sums call it."""
        return self.key or (self.source or "").replace("-", "_")


class FormTable(Model):
    """Un tableau du formulaire."""

    key: Name = Field(alias="cle")
    """Clé du tableau."""
    title: Words = Field(alias="titre")
    """Intitulé."""
    sheet: Words = Field(Words.unwritten(), alias="feuille")
    """Nom de sa propre feuille dans le classeur ; absent : la feuille du formulaire."""
    note: Words = Field(Words.unwritten())
    """Remarque sous le tableau."""
    annexed: Flag = Field(False, alias="annexe")
    """oui : après les signatures, sur des pages à part."""
    by_currency: Flag = Field(False, alias="par-devise")
    """oui : le tableau se répète pour chaque devise dans laquelle il a été dépensé."""
    columns: tuple[FormColumn, ...] = Field(alias="colonnes")
    """Colonnes."""
    rows: tuple[FormRow, ...] = Field(alias="lignes")
    """Lignes."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """What its rows are taken from."""
        return tuple(row.source for row in self.rows if row.source is not None)

    def kind(self, column: FormColumn) -> Kind:
        """What a column holds."""
        for source in self.sources:
            if not column.kind and column.figure in FIGURES[source]:
                return FIGURES[source][column.figure]
        return column.kind or ("montant" if column.formula or not self.sources else "texte")


class FormCap(Model):
    """Un plafond du bailleur : une ligne du tableau, en pourcentage d'une autre."""

    table: Name = Field(alias="tableau")
    """Clé du tableau."""
    row: Name = Field(alias="ligne")
    """Clé de la ligne plafonnée."""
    of: Name = Field(alias="de")
    """Clé de la ligne à laquelle elle se compare."""
    column: Name = Field(alias="colonne")
    """Clé de la colonne comparée."""
    most: Percentage = Field(alias="au-plus")
    """Plafond."""
    said: Words = Field(alias="libelle")
    """Ce qui est plafonné."""


class FormSignature(Model):
    """Une case de signature."""

    role: Words = Field()
    """En quelle qualité on signe."""
    who: Literal["directeur", "bureau", "personne"] = Field("personne", alias="qui")
    """Qui signe ; « personne » laisse la case vide, pour le bailleur."""
    note: Words = Field(Words.unwritten(), alias="mention")
    """Mention sous le nom."""


class Form(Model):
    """Le formulaire d'un bailleur, dans une édition : en-tête, tableaux, certification et signatures."""

    model: Name = Field(alias="modele")
    """Nom du modèle, comme dans rapports: et à la commande report."""
    edition: str = Field("")
    """Édition annexée au contrat ; absente quand il n'y en a qu'une."""
    usual: Flag = Field(False, alias="par-defaut")
    """oui : l'édition qui vaut quand la convention n'en dit aucune."""
    languages: tuple[Language, ...] = Field(("fr", "en"), alias="langues")
    """Langues dans lesquelles ses textes sont écrits."""
    title: Words = Field(alias="titre")
    """Titre imprimé."""
    landscape: Flag = Field(True, alias="paysage")
    """non : la page est debout."""
    ahead: Count = Field(0, alias="mois-prevus")
    """Mois que couvre la prévision ; 0 : autant que la période du rapport."""
    facts: tuple[FormFact, ...] = Field((), alias="entete")
    """Cases de l'en-tête."""
    tables: tuple[FormTable, ...] = Field(alias="tableaux")
    """Tableaux, dans l'ordre."""
    named: str = Field("", alias="faits")
    """Clé du tableau dont chaque ligne qui a une clé est aussi une donnée du fichier JSON (sf-425 : 10a … 10o)."""
    caps: tuple[FormCap, ...] = Field((), alias="plafonds")
    """Plafonds à vérifier."""
    certification: tuple[Words, ...] = Field(())
    """Phrases certifiées au-dessus des signatures."""
    signatures: tuple[FormSignature, ...] = Field(())
    """Cases de signature ; absentes : la direction et le bureau exécutif."""


@cache
def shipped_forms() -> tuple[Form, ...]:
    """The forms that come with the program; raises `ValueError` where one is badly written, which is ours."""
    problems: list[Problem] = []
    found = tuple(form for path in sorted(shipped_folder().glob("*.yaml")) if (form := read_form(path, problems)))
    if problems:
        raise ValueError(str(problems[0]))
    return found


def read_form(path: Path, problems: list[Problem]) -> Form | None:
    """The form of a file; what is badly written joins the problems, on its line."""
    node = load(path, problems)
    before = len(problems)
    form, kept = read(Form, node, path, problems)
    if form is not None and kept is not None and len(problems) == before:  # what was cut out explains what then lacks
        problems += (Problem(path, line_of(kept, where), said) for where, said in form_faults(form))
    return form


def form_faults(form: Form) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What the parts of a form say against each other: where (French keys), and a sentence."""
    keys = [table.key for table in form.tables]
    if not keys:
        yield ("tableaux",), "Ce formulaire n'a aucun tableau : décrivez-en un, avec ses colonnes et ses lignes."
    for index, table in enumerate(form.tables):
        at = ("tableaux", index)
        if any(table.key == other.key and table.by_currency == other.by_currency for other in form.tables[:index]):
            yield (*at, "cle"), f"Le tableau « {table.key} » est décrit deux fois : une clé, un tableau."
        wrong = list(_column_faults(table, at))
        yield from wrong or _circles(table, at)
        yield from _drawn_faults(form, table, at)
        yield from _row_faults(table, at)
    yield from _named_faults(form, keys)
    for index, cap in enumerate(form.caps):
        yield from _cap_faults(form, cap, ("plafonds", index))


_At = tuple[str | int, ...]
_Faults = Iterator[tuple[_At, str]]


def _named_faults(form: Form, keys: list[str]) -> _Faults:
    """Of the table whose rows are facts."""
    named = next((table for table in form.tables if table.key == form.named), None)
    if form.named and named is None:
        yield ("faits",), _unknown("Le tableau", form.named, keys)
    elif named is not None and not any(named.kind(column) == "montant" for column in named.columns):
        yield ("faits",), f"Le tableau « {form.named} » n'a pas de colonne de montants : il ne donne aucun fait."


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = list(dict.fromkeys(known))
    return f"{what} « {name} » n'existe pas.{did_you_mean(name, names, f' Connus : {chr(44).join(names)}.')}"


def _column_faults(table: FormTable, at: _At) -> _Faults:
    if not table.columns:
        yield (*at, "colonnes"), f"Le tableau « {table.key} » n'a aucune colonne : décrivez-en une."
    seen: set[str] = set()
    for index, column in enumerate(table.columns):
        here = (*at, "colonnes", index)
        if column.key in seen:
            yield (*here, "cle"), f"La colonne « {column.key} » est décrite deux fois : une clé, une colonne."
        seen.add(column.key)
        yield from _figure_faults(table, column, here)
        yield from _formula_faults(table, column, here)


def _figures_of(table: FormTable) -> dict[str, Kind]:
    """The figures that the rows of a table have."""
    return {name: kind for source in table.sources for name, kind in FIGURES[source].items()}


def _figure_faults(table: FormTable, column: FormColumn, here: _At) -> _Faults:
    """What is wrong with the figure that a column asks for."""
    known = _figures_of(table)
    if not column.figure:
        return
    if column.figure not in known:
        rows = ", ".join(table.sources) or "sans source"
        hint = did_you_mean(column.figure, known, f" Données : {', '.join(known) or 'aucune'}.")
        said = f"La donnée « {column.figure} » n'existe pas pour les lignes de ce tableau ({rows}).{hint}"
        yield (*here, "donnee"), said
    elif column.kind and column.kind != known[column.figure]:
        said = f"La donnée « {column.figure} » est de genre {known[column.figure]}, pas {column.kind} : retirez genre:."
        yield (*here, "genre"), said


def _formula_faults(table: FormTable, column: FormColumn, here: _At) -> _Faults:
    """What is wrong with the columns that a formula names; one whose own figure is unknown says so itself."""
    known = _figures_of(table)
    kinds = {each.key: table.kind(each) if each.figure in known or not each.figure else None for each in table.columns}
    for name in sorted(_names(column.formula)) if column.formula else ():
        if name not in kinds:
            yield (*here, "formule"), _unknown("La formule nomme une colonne qui manque :", name, kinds)
        elif kinds[name] in ("texte", "date"):
            yield (*here, "formule"), f"La colonne « {name} » n'est pas un nombre : une formule ne s'en sert pas."


def _circles(table: FormTable, at: _At) -> _Faults:
    """Columns whose formula leads back to themselves."""
    formulas = {column.key: _names(column.formula) for column in table.columns if column.formula}
    for index, column in enumerate(table.columns):
        if _turns(column.key, formulas):
            yield (*at, "colonnes", index, "formule"), f"La formule de « {column.key} » revient à elle-même."


def _turns(key: str, leads: Mapping[str, frozenset[str]]) -> bool:
    """Whether what a key is computed from leads back to it."""
    seen: set[str] = set()
    waiting = [*leads.get(key, ())]
    while waiting:
        name = waiting.pop()
        if name == key:
            return True
        if name not in seen:
            seen.add(name)
            waiting += leads.get(name, ())
    return False


def _drawn_faults(form: Form, table: FormTable, at: _At) -> _Faults:
    own = [each.key for each in table.columns]
    for index, column in enumerate(table.columns):
        if (drawn := column.drawn) is None:
            continue
        here = (*at, "colonnes", index, "tiree-de")
        source = next((each for each in form.tables if each.key == drawn.table and not each.by_currency), None)
        if source is None:
            yield (*here, "tableau"), _unknown("Le tableau", drawn.table, [each.key for each in form.tables])
            continue
        there = [each.key for each in source.columns]
        for key, name in (("colonne", drawn.column), *(("lignes", name) for name in drawn.where.values())):
            if name not in there:
                yield (*here, key), _unknown("La colonne", name, there)
        for name in drawn.where:
            if name not in own:
                yield (*here, "lignes", name), _unknown("La colonne", name, own)


def _row_faults(table: FormTable, at: _At) -> _Faults:
    names = Counter(row.name for row in table.rows if row.name)
    alone = [row.key for row in table.rows if row.source is None and row.key]
    leads = {row.name: _leads_of(row) for row in table.rows}
    for index, row in enumerate(table.rows):
        here = (*at, "lignes", index)
        if names[row.name] > 1:
            yield (*here, "cle"), f"La ligne « {row.name} » est décrite deux fois : donnez une clé à chacune."
        yield from _written_faults(table, row, here)
        for rank, name in enumerate(row.adds):
            if name not in names:
                yield (*here, "somme", rank), _unknown("La ligne", name, names)
        for name in sorted(_formula_names(row) - set(alone)):
            yield (*here, "formule"), _unknown("La formule nomme une ligne seule qui manque :", name, alone)
        if row.name and _turns(row.name, leads):
            yield (*here, "formule" if row.formula else "somme"), f"La ligne « {row.name} » revient à elle-même."


def _formula_names(row: FormRow) -> frozenset[str]:
    """The rows that its formula names."""
    return _names(row.formula) if row.formula else frozenset()


def _leads_of(row: FormRow) -> frozenset[str]:
    """The rows that it is computed from."""
    return frozenset(row.adds) | _formula_names(row)


def _written_faults(table: FormTable, row: FormRow, here: _At) -> _Faults:
    """What is wrong with the columns that a lone row fills."""
    kinds = {column.key: table.kind(column) for column in table.columns}
    written: list[tuple[str, str, Kind]] = [
        *(("valeurs", name, WHOLE_KINDS[figure]) for name, figure in row.values.items()),
        *(("textes", name, "texte") for name in row.texts),
    ]
    for key, name, kind in written:
        if name not in kinds:
            yield (*here, key, name), _unknown("La colonne", name, kinds)
        elif kinds[name] != kind:
            said = f"La colonne « {name} » est de genre {kinds[name]} : elle ne prend pas de {kind}."
            yield (*here, key, name), said


def _cap_faults(form: Form, cap: FormCap, at: _At) -> _Faults:
    table = next((each for each in form.tables if each.key == cap.table), None)
    if table is None:
        yield (*at, "tableau"), _unknown("Le tableau", cap.table, [each.key for each in form.tables])
        return
    names = [row.key for row in table.rows if row.key and row.source is None]
    for key, name in (("ligne", cap.row), ("de", cap.of)):
        if name not in names:
            yield (*at, key), _unknown("La ligne", name, names)
    money = [column.key for column in table.columns if table.kind(column) == "montant"]
    if cap.column not in money:
        yield (*at, "colonne"), _unknown("La colonne de montants", cap.column, money)


def named_forms(own: Iterable[Form]) -> Mapping[str, tuple[Form, ...]]:
    """Every form by its model's name: the organisation's own first, then those that ship."""
    found: dict[str, tuple[Form, ...]] = {}
    for form in (*own, *shipped_forms()):
        found[form.model] = (*found.get(form.model, ()), form)
    return found


def editions(forms: Iterable[Form]) -> tuple[str, ...]:
    """The editions of a model, each once, in order."""
    return tuple(sorted({form.edition for form in forms if form.edition}))


def chosen(forms: tuple[Form, ...], edition: str, language: str) -> Form | None:
    """The form of an edition (the usual one when none is said) in a language, else in another; None without such an edition."""
    if not edition:
        edition = next((form.edition for form in forms if form.usual), forms[0].edition)
    fitting = [form for form in forms if form.edition == edition]
    return next((form for form in fitting if language in form.languages), fitting[0] if fitting else None)
