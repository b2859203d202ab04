"""The rule `periode-close`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain, starmap
from typing import Any, ClassVar, Literal, NamedTuple

from grandlivre.books.digest import (
    NO_TREE,
    VERSION,
    Bound,
    Closed,
    DocumentFault,
    Item,
    Manifest,
    file_digest,
    intruder,
    is_remembered,
    manifest_digest,
    manifest_name,
    period_items,
    read_manifest,
    remember,
    root_digest,
    rules_name,
    seal_key,
    size_faults,
    tree_digests,
    verify_documents,
)
from grandlivre.books.directives.closings import Closing
from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.guards.guard import ANYTHING, Guard, Until, on
from grandlivre.i18n import Message
from grandlivre.policy.model import Field
from grandlivre.policy.periods import Period
from grandlivre.proof.lists import list_name, lost
from grandlivre.rules import (
    RESERVABLE,
    Family,
    Finding,
    ProvedRule,
    Rule,
    Weaker,
    late_days,
    plugin,
    proofs,
    read_reserve,
    unless_proved,
)

_SHOWN = 5
_RULES = "rules asked about reserves"
_REASONS = {
    "manque": "manque",
    "taille": "n'a plus la même taille",
    "contenu": "n'a plus le même contenu",
    "chemin": "est hors du dossier documents/",
}


class _Dated(NamedTuple):
    """A closing with the period it closes."""

    closing: Closing
    period: Period


class _Sealed(NamedTuple):
    """A closing that can be compared with the books: its manifest, and the key under which a comparison is remembered."""

    closing: Closing
    closed: Closed
    manifest: Manifest
    key: str


class ClosedPeriod(ProvedRule):
    """Période close modifiée après sa clôture.

    La directive `cloture` porte une empreinte par projet, et une empreinte de tout, chaînée à la clôture d'avant. La
    règle les recalcule : la mise en page, l'ordre, les commentaires, le fichier et le pointage ne comptent pas ; un
    montant, un compte, une date, un bénéficiaire, une pièce, une signature, une facture proforma comptent. Quand
    une seule écriture a été ajoutée dans la période, elle est désignée ; sinon le constat nomme le projet.

    Les pièces de la période sont dans documents/MANIFESTE-PERIODE.tsv, avec leur empreinte et leur taille : la règle
    compare les tailles, `grandlivre check` relit les pièces. Les clôtures se suivent sans trou ni chevauchement.

    Une clôture ne se retire ni ne se refait : `grandlivre check --since RÉVISION` compare celles de cette révision, leur
    manifeste et leurs règles avec celles des livres.

    Depuis le jour où `preuve` vaut visa, une clôture est signée par une personne de la Direction et une du Bureau exécutif
    (grandlivre sign --nature cloture). La clôture garde la liste de tous les visas (visas/VISAS-PERIODE.tsv) : aucun ne
    disparaît ensuite. Le visa d'une clôture, qu'il soit exigé ou non, est celui de cette clôture-là, et suit celui d'avant.

    Une erreur découverte après la clôture se corrige par une écriture au premier jour de la première période ouverte,
    avec la date réelle en `date-valeur`. Aucune dérogation n'est possible.

    Source : AUDCIF art. 22, 3° et 4° (clôture au moins trimestrielle, aucune insertion après coup).

    Exemple : une dépense du 18/02/2026 ajoutée en mai, le premier trimestre étant clos.
    """

    id = "periode-close"
    family = Family.VOUCHERS
    stoppable = False
    weakens: ClassVar = {"proof": Weaker.NEVER}

    waiver: Literal["permise", "interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : une période close ne change plus."""

    inserted = Message(
        "{what} du {day} dans une période close ({period}). Passez une écriture de correction au {reopened} avec date "
        "de valeur {day} (AUDCIF art. 22, 4°)."
    )
    changed = Message(
        "Le projet {tree} a changé depuis la clôture {period} : {count} écritures et directives, empreinte {now} au lieu "
        "de {then}. Rétablissez-les comme à la clôture (comparez avec la version close), et passez les corrections au "
        "{reopened} avec la date de valeur réelle (AUDCIF art. 22, 4°)."
    )
    appeared = Message(
        "Le projet {tree} n'avait rien dans {period} à la clôture, et a maintenant {count} écritures ou directives. "
        "Retirez-les, et passez-les au {reopened} avec la date de valeur réelle (AUDCIF art. 22, 4°)."
    )
    forged = Message(
        "L'empreinte de la clôture {period} n'est pas celle de ce qu'elle scelle (projets, manifeste, règles, réserves, "
        "dernières pièces) : la directive ou le manifeste a été modifié à la main. Rétablissez-les comme à la clôture."
    )
    decreasing = Message(
        "La clôture {period} est de version {version}, après une clôture de version {before} : les versions ne diminuent "
        "pas. Rétablissez-la comme à la clôture."
    )
    no_rules = Message(
        "Le fichier {file} de la clôture {period} manque ou n'est plus celui qu'elle a scellé : les règles alors en vigueur "
        "ne peuvent plus être comparées. Remettez celui de la clôture dans documents/."
    )
    unread_reserve = Message(
        "La réserve « {reserve} » de la clôture {period} ne vaut rien : {why}. Une réserve s'écrit « règle · objet · motif », "
        "pour l'une des règles {rules}."
    )
    idle_reserve = Message(
        "La réserve « {reserve} » de la clôture {period} n'excusait rien au {day} : {rule} ne reprochait rien à {object}. "
        "Une réserve ne couvre que ce qui était ouvert à la clôture."
    )
    no_trees = Message(
        "La clôture {period} ne porte pas d'empreinte par projet : rien ne protège la période. "
        "Refaites la clôture avec grandlivre close."
    )
    version = Message(
        "La clôture {period} est de version {version}, que ce programme ne connaît pas (version {known}). "
        "Mettez Grand Livre à jour."
    )
    early = Message("La clôture {period} est datée du {day}, avant la fin de la période ({end}). Corrigez sa date.")
    gap = Message(
        "La clôture {period} commence le {start} ; elle doit commencer le {expected}, {after_what}. "
        "Clôturez les périodes dans l'ordre, sans trou ni chevauchement."
    )
    broken_chain = Message(
        "La clôture {period} suit une autre clôture que {before} : precedente: est {written}, l'empreinte de {before} "
        "est {expected}. Une clôture a été modifiée, ajoutée ou retirée : rétablissez-la."
    )
    lost_root = Message(
        "Le rapport {model} {period} de {tree}, envoyé le {day}, porte la racine {root} d'une clôture qui n'est plus dans les "
        "livres : une clôture a été refaite ou retirée depuis l'envoi. Rétablissez-la (la version d'avant est dans git)."
    )
    seal_gone = Message(
        "La clôture {period} du {day} était dans la révision comparée et n'est plus dans les livres : rien ne protège plus ce "
        "qu'elle scellait. Remettez sa directive et ses fichiers (ils sont dans git) ; une clôture ne se retire pas."
    )
    seal_changed = Message(
        "La clôture {period} n'est plus celle de la révision comparée : {what}. Rétablissez-la (elle est dans git) ; une "
        "clôture ne se refait pas, une correction se passe dans la première période ouverte."
    )
    unproved = Message(
        "La clôture {period} du {day} n'est pas prouvée : personne ne l'a signée pour {missing}. Faites signer : "
        "grandlivre sign --nature cloture {period}."
    )
    other_visa = Message(
        "Le visa de la clôture {period} ne la prouve pas : {why}. Rétablissez la clôture (elle est dans git) ; une clôture signée "
        "ne se refait pas."
    )
    lost_visas = Message(
        "{what}, que la clôture {period} a gardé dans sa liste de visas ({file}). Remettez-le (git le garde) : un visa ne se retire "
        "pas."
    )
    no_visas = Message(
        "La liste des visas {file} de la clôture {period} manque, ou n'est plus celle qu'elle a scellée. Remettez-la (git la garde)."
    )
    no_manifest = Message(
        "Le manifeste {manifest} de la clôture {period} manque : les pièces de la période ne sont plus protégées. "
        "Remettez-le dans documents/."
    )
    bad_manifest = Message(
        "Le manifeste {manifest} ne se lit pas (lignes {lines}). Remettez celui de la clôture dans documents/."
    )
    other_extract = Message(
        "La clôture {period} dit « extrait: {said} », et ces livres sont {what} : elle ne protégerait que ce projet. Rétablissez-la "
        "comme à la clôture ; seul grandlivre extract écrit extrait."
    )
    not_an_extract = Message(
        "rules/organisation.yaml dit que ces livres sont l'extrait de {tree}, et ils tiennent aussi {others}. Retirez extrait : "
        "des livres entiers se jugent entiers."
    )
    documents = Message(
        "{count} pièces de la période close {period} ont changé : {which}. Remettez les pièces d'origine."
    )
    document = Message("Une pièce de la période close {period} a changé : {which}. Remettez la pièce d'origine.")

    def check(self, books: Books) -> Iterator[Finding]:
        """The chain of the closings, then what each protects."""
        closings = _in_order(books)
        yield from self._extract(books, closings)
        yield from self._chain(books, closings)
        yield from self._sent(books)
        sealed = list(_sealed(books, closings))
        doubted = [each for each in sealed if not is_remembered(books, each.key)]
        periods = [each.closed.period for each in doubted]
        found = dict(zip(periods, period_items(books, [each.closed for each in doubted]), strict=True))
        reopened = max((period.end for _, period in closings), default=date.min) + timedelta(days=1)
        for closing, closed, manifest, key in sealed:
            items = found.get(closed.period)
            yield from self._manifest(books, closing, manifest, items or ())
            if items is not None:
                if _undocumented(manifest, items):
                    continue  # without the documents' digests no tree can be compared
                changes = list(self._trees(books, closing, items, reopened))
                yield from changes
                if not changes:
                    remember(books, key, items)
            yield from self._bound(books, closing, manifest)
        yield from unless_proved(books, repr(self), lambda: self._proved(books, sealed))

    def guard(self, books: Books) -> Guard:
        """The entries up to the end of the last closed period, and what the rules judged then that a reserve names."""
        if not books.closed:
            return on()
        open_ = [(closing, period) for closing, period in books.closed if any(map(read_reserve, closing.reserves))]
        rules: Mapping[str, Rule] | None = books.once(_RULES, lambda: None)
        if open_ and rules is None:
            return ANYTHING  # the rules that it asked are not known: these books were not judged
        reserved = _reserved(books, open_, rules) if rules else ()
        conditions = chain.from_iterable(guard.conditions for guard in reserved)
        return on(Until(max(period.end for _, period in books.closed)), *conditions)

    def after(self, books: Books, rules: Sequence[Rule], used: frozenset[Place]) -> Iterator[Finding]:
        """Reserves that covered nothing when their period was closed."""
        by_id = {rule.id: rule for rule in rules}
        books.once(_RULES, lambda: by_id)
        for closing, period in books.closed:
            for text in closing.reserves:
                reserve = read_reserve(text)
                rule = by_id.get(reserve.rule) if reserve is not None else None
                if reserve is None or rule is None:
                    continue
                days = _days(rule, closing, period, books)
                judged = chain.from_iterable(rule.judge(books.at(day)) for day in days)
                if not any(reserve.covers(each) for each in chain(judged, rule.verify(books))):
                    yield self.finding(
                        self.idle_reserve,
                        closing.place,
                        reserve=text,
                        period=closing.period,
                        day=closing.date,
                        rule=reserve.rule,
                        object=reserve.object,
                    )

    def verify(self, books: Books) -> Iterator[Finding]:
        """Every document of the closed periods hashed again."""
        for closing, _ in books.closed:
            if _known(closing):
                faults = [fault for fault in verify_documents(books, closing) if fault.reason == "contenu"]
                yield from self._documents(closing, faults)

    def compare(self, books: Books, former: Books) -> Iterator[Finding]:
        """Closings that stood in a former revision, with the files they seal: they never go nor change."""
        now = {closing.period: closing for closing in books.closings}
        for closing in former.closings:
            kept = now.get(closing.period)
            if kept is None:
                yield self.finding(self.seal_gone, closing.place, period=closing.period, day=closing.date)
                continue
            changed = [] if kept._replace(place=closing.place) == closing else ["sa directive a changé"]
            for name in (manifest_name(closing.period), rules_name(closing.period)):
                then, file = _sealed_file(former, name), _sealed_file(books, name)
                if then is not None and file != then:
                    changed.append(f"{name} {'a changé' if file is not None else 'manque'}")
            if changed:
                yield self.finding(self.seal_changed, kept.place, period=closing.period, what=changed)

    # --- visas --------------------------------------------------------------------------------------------------------

    def _proved(self, books: Books, sealed: Iterable[_Sealed]) -> Iterator[Finding]:
        """Each closing against the visas."""
        for each in sealed:
            yield from self._visas(books, each.closing)

    def _visas(self, books: Books, closing: Closing) -> Iterator[Finding]:
        """The visas that a closing keeps, and its own."""
        found = proofs(books)
        proved = found.closing(closing)
        if proved.fault:
            yield self.finding(self.other_visa, closing.place, period=closing.period, why=proved.fault)
        elif proved.lacking and self.asks_visa(closing.date):
            missing = list(proved.lacking)
            yield self.finding(self.unproved, closing.place, period=closing.period, day=closing.date, missing=missing)
        if closing.visas and not closing.extract:
            yield from self._kept(books, closing)

    def _kept(self, books: Books, closing: Closing) -> Iterator[Finding]:
        """The list of visas that a closing sealed, and what it lists."""
        store, name = proofs(books).store, list_name(closing.period)
        path = store.place(name)
        if not path.is_file() or file_digest(path.read_bytes()) != closing.visas:
            yield self.finding(self.no_visas, closing.place, file=name, period=closing.period)
            return
        for each, how in lost(store, closing.period):
            what = f"Le visa {each} {how}"
            yield self.finding(self.lost_visas, Place(str(path), 1), what=what, period=closing.period, file=name)

    # --- the chain ----------------------------------------------------------------------------------------------------

    def _chain(self, books: Books, closings: Sequence[_Dated]) -> Iterator[Finding]:
        """Each closing against the one before it."""
        for before, (closing, period) in zip([None, *closings], closings, strict=False):
            yield from self._version(before, closing, period)
            yield from self._span(books, before, closing, period)
            root = before.closing.digest if before is not None else ""
            if closing.previous != root:
                yield self.finding(
                    self.broken_chain,
                    closing.place,
                    period=period.code,
                    before=before.period.code if before is not None else "l'ouverture des livres",
                    written=_short(closing.previous),
                    expected=_short(root),
                )
            yield from self._root(books, closing, period)

    def _version(self, before: _Dated | None, closing: Closing, period: Period) -> Iterator[Finding]:
        """A version that this program does not know, or older than that of the closing before."""
        if not _known(closing):
            yield self.finding(self.version, closing.place, period=period.code, version=closing.version, known=VERSION)
        if before is not None and _known(before.closing) and closing.version < before.closing.version:
            yield self.finding(
                self.decreasing,
                closing.place,
                period=period.code,
                version=closing.version,
                before=before.closing.version,
            )

    def _extract(self, books: Books, closings: Iterable[_Dated]) -> Iterator[Finding]:
        """Whether what calls itself the extract of a project holds that project alone: the others would not be judged."""
        extract = books.policy.organisation.extract
        others = sorted({each.tree for each in books.accounts.values() if each.tree} - {extract}) if extract else []
        if others:
            place = books.rules_place("organisation.yaml", "extrait")
            yield self.finding(self.not_an_extract, place, tree=extract, others=others)
        for closing, period in closings:
            if closing.extract != extract:
                what = f"l'extrait de {extract}" if extract else "entiers"
                said = closing.extract or "rien"
                yield self.finding(self.other_extract, closing.place, period=period.code, said=said, what=what)

    def _span(self, books: Books, before: _Dated | None, closing: Closing, period: Period) -> Iterator[Finding]:
        """A closing made before its period is over, or whose period does not begin where the one before ends."""
        if closing.date < period.end:
            yield self.finding(self.early, closing.place, period=period.code, day=closing.date, end=period.end)
        expected = before.period.end + timedelta(days=1) if before is not None else books.start
        if period.start > expected or (before is not None and period.start != expected):
            yield self.finding(
                self.gap,
                closing.place,
                period=period.code,
                start=period.start,
                expected=expected,
                after_what="au lendemain de la clôture d'avant" if before is not None else "au début des livres",
            )

    def _root(self, books: Books, closing: Closing, period: Period) -> Iterator[Finding]:
        """The digest of all, computed again from what the closing itself says it seals."""
        if (_known(closing) or not closing.trees) and closing.digest != _sealed_root(books, closing):
            message = self.forged if closing.trees else self.no_trees
            yield self.finding(message, closing.place, period=period.code)

    def _sent(self, books: Books) -> Iterator[Finding]:
        """Reports that were sent while a closing stood that is not there any more."""
        roots = {closing.digest for closing in books.closings}
        for sent in books.directives.transmissions:
            if sent.closing and sent.closing not in roots:
                yield self.finding(
                    self.lost_root,
                    sent.place,
                    model=sent.model,
                    period=sent.period,
                    tree=sent.tree,
                    day=sent.date,
                    root=_short(sent.closing),
                )

    def _bound(self, books: Books, closing: Closing, manifest: Manifest) -> Iterator[Finding]:
        """The file of the rules it sealed, and its reserves."""
        if closing.version == 1:
            return
        path = manifest.path.with_name(rules_name(closing.period))
        try:
            now = file_digest(path.read_bytes())
        except OSError:
            now = ""
        if now != closing.rules and not closing.extract:  # an extract keeps the rules of its project, and no others
            yield self.finding(self.no_rules, closing.place, file=path.name, period=closing.period)
        for text in closing.reserves:
            if read_reserve(text) is None:
                named = text.split(" · ")[0] in RESERVABLE
                why = "elle n'a pas d'objet ou pas de motif" if named else "rien ne s'y réserve pour cette règle"
                yield self.finding(
                    self.unread_reserve,
                    closing.place,
                    reserve=text,
                    period=closing.period,
                    why=why,
                    rules=sorted(RESERVABLE),
                )

    # --- what changed -------------------------------------------------------------------------------------------------

    def _trees(self, books: Books, closing: Closing, items: Sequence[Item], reopened: date) -> Iterator[Finding]:
        """What each tree says now against what it said; an insertion is told on its own line."""
        written = dict(closing.trees)
        if not written and closing.digest != _sealed_root(books, closing):
            return  # it seals nothing, and `_root` says so; one over an empty period is as whole as any
        now = tree_digests(items)
        pointed: set[Place] = set()
        every = sorted(written.keys() | now.keys())
        for tree in [closing.extract.lower()] if closing.extract else every:
            then, current = written.get(tree), now.get(tree)
            if then == current:
                continue
            own = [item for item in items if tree in item.trees]
            stranger = intruder(items, tree, then) if then is not None else (own[0] if len(own) == 1 else None)
            if stranger is None:
                yield self._altered(closing, tree, len(own), then, current, reopened)
            elif stranger.place not in pointed:
                pointed.add(stranger.place)
                yield self._insertion(books, closing, stranger, reopened)

    def _insertion(self, books: Books, closing: Closing, stranger: Item, reopened: date) -> Finding:
        """An entry or directive written into a closed period, told on its own line."""
        at = next((entry for entry in books.entries if entry.place == stranger.place), stranger.place)
        what = "Écriture datée" if stranger.kind == "transaction" else f"Directive {stranger.kind} datée"
        return self.finding(self.inserted, at, what=what, day=stranger.date, period=closing.period, reopened=reopened)

    def _altered(
        self, closing: Closing, tree: str, count: int, then: str | None, now: str | None, reopened: date
    ) -> Finding:
        """A tree of `count` entries and directives whose digest, `then` at the closing, is another one now."""
        name = "sans bailleur" if tree == NO_TREE else tree.upper()
        facts: dict[str, Any] = {"tree": name, "period": closing.period, "count": count}
        if then is None:
            return self.finding(self.appeared, closing.place, **facts, reopened=reopened)
        return self.finding(
            self.changed, closing.place, **facts, now=_short(now or ""), then=_short(then), reopened=reopened
        )

    # --- documents ----------------------------------------------------------------------------------------------------

    def _manifest(self, books: Books, closing: Closing, manifest: Manifest, items: Iterable[Item]) -> Iterator[Finding]:
        if _undocumented(manifest, items):
            name = manifest.path.name
            yield self.finding(self.no_manifest, closing.place, manifest=name, period=closing.period)
        if not manifest.exists:
            return
        if manifest.bad_lines:
            lines = list(manifest.bad_lines[:_SHOWN])
            yield self.finding(self.bad_manifest, closing.place, manifest=manifest.path.name, lines=lines)
        yield from self._documents(closing, list(size_faults(books, manifest)))

    def _documents(self, closing: Closing, faults: Sequence[DocumentFault]) -> Iterator[Finding]:
        if not faults:
            return
        which = [f"{fault.path} {_REASONS[fault.reason]}" for fault in faults[:_SHOWN]]
        if len(faults) > _SHOWN:
            which.append(f"{len(faults) - _SHOWN} autres")
        if len(faults) == 1:
            yield self.finding(self.document, closing.place, period=closing.period, which=which)
        else:
            yield self.finding(self.documents, closing.place, period=closing.period, count=len(faults), which=which)


def _days(rule: Rule, closing: Closing, period: Period, books: Books) -> Iterable[date]:
    """The days on which a closing judged a rule."""
    return dict.fromkeys((period.end, closing.date, *late_days(rule, period, books)))


def _reserved(books: Books, closed: Iterable[tuple[Closing, Period]], by_id: Mapping[str, Rule]) -> Iterator[Guard]:
    """What the findings that reserves may cover hang on."""
    for closing, period in closed:
        for name in sorted({reserve.rule for reserve in map(read_reserve, closing.reserves) if reserve is not None}):
            if name in by_id:
                rule = by_id[name]
                yield from (rule.guard(books.at(day)) for day in _days(rule, closing, period, books))


def _in_order(books: Books) -> list[_Dated]:
    """The closings whose period can be read, in the order of their periods."""
    return sorted(
        starmap(_Dated, books.closed), key=lambda each: (each.period.start, each.period.end, each.closing.date)
    )


def _sealed(books: Books, closings: Iterable[_Dated]) -> Iterator[_Sealed]:
    """The closings that this program can recompute; of those whose periods overlap, the first."""
    end = date.min
    for closing, period in closings:
        if _known(closing) and period.start > end:
            end = period.end
            manifest = read_manifest(books, closing.period)
            closed = Closed(period, closing.version, manifest.rows)
            yield _Sealed(closing, closed, manifest, seal_key(books, closed, closing.trees, manifest))


def _undocumented(manifest: Manifest, items: Iterable[Item]) -> bool:
    """Whether the manifest of a period is lost although its entries name documents."""
    return not manifest.exists and any(item.documents for item in items)


def _known(closing: Closing) -> bool:
    """Whether this program can recompute the closing."""
    return 1 <= closing.version <= VERSION


def _sealed_root(books: Books, closing: Closing) -> str:
    """The root over what a closing says it seals."""
    bound = Bound(
        books.policy.organisation.books_id or "",
        manifest_digest(books, closing),
        closing.rules,
        closing.reserves,
        closing.series,
        closing.visas,
        closing.rules_visa.partition(" ")[2],
    )
    return root_digest(closing.period, closing.previous, dict(closing.trees), bound, closing.version)


def _sealed_file(books: Books, name: str) -> bytes | None:
    """A file that a closing seals, without the line ends that git may give it; None when it is not there."""
    try:
        return (books.folder / "documents" / name).read_bytes().replace(b"\r\n", b"\n")
    except OSError:
        return None


def _short(digest: str) -> str:
    """The first digits of a digest, enough to tell two apart."""
    return digest.removeprefix("sha256:")[:12] or "vide"


__plugins__ = (plugin(ClosedPeriod),)
