"""The policy: everything written under rules/, read at once, with every mistake on its own line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from grandlivre.i18n import did_you_mean
from grandlivre.policy.chart import Chart
from grandlivre.policy.donors import OWN_TREE, Agreement, CashBox, Donor
from grandlivre.policy.form_files import FOLDER, shipped_folder
from grandlivre.policy.givers import Givers, named_twice
from grandlivre.policy.keys import FILE as KEYS
from grandlivre.policy.keys import KeyRegister
from grandlivre.policy.limits import limits_elsewhere
from grandlivre.policy.members import Members
from grandlivre.policy.model import Field, Model
from grandlivre.policy.organisation import FiscalYear, Organisation
from grandlivre.policy.people import Mandate, Mandates, Person, same_name, without_asides
from grandlivre.policy.programmes import Programme
from grandlivre.policy.rates import RatePolicy, RateTable, parity
from grandlivre.policy.reading import read, validate
from grandlivre.policy.suppliers import RegisteredSupplier, SupplierRegister, said_twice
from grandlivre.policy.sycebnl import CASH_HELD
from grandlivre.policy.values import Name, WholeCurrency
from grandlivre.sources.problem import Problem
from grandlivre.sources.yaml import Block, Node, Scalar, line_of, load, plain

if TYPE_CHECKING:  # built when a file of theirs is read
    from grandlivre.policy.forms import Form
    from grandlivre.policy.layouts import StatementLayout
    from grandlivre.policy.workbooks import DonorWorkbook

M = TypeVar("M", bound=Model)
W = TypeVar("W", bound=Model)


def file_models() -> Mapping[str, type[Model]]:
    """The model of each file; controles.yaml is read by the rules themselves."""
    from grandlivre.policy.forms import Form
    from grandlivre.policy.layouts import StatementLayout
    from grandlivre.policy.workbooks import DonorWorkbook

    return {
        "organisation.yaml": Organisation,
        "mandats.yaml": Mandates,
        "plan-comptable.yaml": Chart,
        "bailleurs/*.yaml": Donor,
        "programmes/*.yaml": Programme,
        "fournisseurs.yaml": SupplierRegister,
        "membres.yaml": Members,
        "formulaires/*.yaml": Form,
        "classeurs/*.yaml": DonorWorkbook,
        "donateurs.yaml": Givers,
        "etats/*.yaml": StatementLayout,
        "taux.yaml": RateTable,
        KEYS: KeyRegister,
    }


class Inline(Model):
    """Ce qu'une règle employée seule lit dans sa propre configuration."""

    people: Mapping[str, Person] = Field({}, alias="personnes")
    """Personnes, comme dans mandats.yaml."""
    mandates: tuple[Mandate, ...] = Field((), alias="mandats")
    """Mandats, comme dans mandats.yaml."""
    tills: tuple[CashBox, ...] = Field((), alias="caisses")
    """Caisses, comme dans un fichier de bailleur."""
    donors: tuple[Donor, ...] = Field((), alias="bailleurs")
    """Bailleurs, chacun comme son fichier."""
    suppliers: tuple[RegisteredSupplier, ...] = Field((), alias="fournisseurs")
    """Fournisseurs, comme dans fournisseurs.yaml."""
    years: tuple[FiscalYear, ...] = Field((), alias="exercices")
    """Exercices ouverts."""
    currency: WholeCurrency = Field("XOF", alias="devise")
    """Devise de tenue des livres."""
    numbers: Mapping[str, Name] = Field({}, alias="numeros")
    """Numéro SYCEBNL d'un compte (et de ses sous-comptes) qui n'en porte pas dans son nom."""


@dataclass(frozen=True)
class Document:
    """One file of rules as it was written."""

    path: Path
    read: Callable[[], Node]
    """What gives its tree."""

    @classmethod
    def of(cls, path: Path, node: Node) -> Document:
        """A file whose tree is known."""
        return cls(path, lambda: node)

    @cached_property
    def node(self) -> Node:
        """What is written, as a tree."""
        return self.read()

    def line(self, *location: str | int) -> int:
        """The line of the deepest written part of a location (French keys)."""
        return line_of(self.node, location)


@dataclass(frozen=True)
class Policy:
    """What the organisation wrote down: people, powers, donors, budgets, chart; and the mistakes made writing it."""

    root: Path | None = None
    organisation: Organisation = field(default_factory=lambda: Organisation.unwritten())
    people: Mapping[str, Person] = field(default_factory=dict)
    mandates: tuple[Mandate, ...] = ()
    donors: Mapping[str, Donor] = field(default_factory=dict)
    chart: Chart = field(default_factory=lambda: Chart.unwritten())
    programmes: tuple[Programme, ...] = ()
    suppliers: tuple[RegisteredSupplier, ...] = ()
    """The register of suppliers, in its order."""
    members: Members = field(default_factory=lambda: Members.unwritten())
    forms: tuple[Form, ...] = ()
    """The organisation's own forms of donors; those that ship stand in `policy.forms`."""
    workbooks: Mapping[str, DonorWorkbook] = field(default_factory=dict)
    """Donors' own workbooks by the name of their file."""
    givers: Givers = field(default_factory=lambda: Givers.unwritten())
    """Those who give to the organisation, for the register of donors."""
    layouts: Mapping[str, StatementLayout] = field(default_factory=dict)
    """The organisation's own layouts of statements, by the statement; the others come with the program."""
    rates: RateTable = field(default_factory=lambda: RateTable.unwritten())
    keys: KeyRegister = field(default_factory=lambda: KeyRegister.unwritten())
    """The keys people sign with; empty where signatures are names that somebody types."""
    controls: Mapping[str, Node] = field(default_factory=dict)
    loose_tills: tuple[CashBox, ...] = ()
    """Tills of a stand-alone rule, which belong to no declared donor."""
    numbers: Mapping[str, str] = field(default_factory=dict)
    """SYCEBNL numbers of accounts whose names carry none (stand-alone use)."""
    documents: Mapping[str, Document] = field(default_factory=dict)
    """Each file read, by its path relative to rules/."""
    problems: tuple[Problem, ...] = ()
    stopped: tuple[str, ...] = ()
    """The rules that controles.yaml stops."""
    unread: tuple[str, ...] = ()
    """Files that say nothing because their text cannot be read (encoding, syntax): the others cannot be judged without them."""

    @property
    def currency(self) -> str:
        """The currency of the books."""
        return self.organisation.currency

    @cached_property
    def holidays(self) -> frozenset[date]:
        """Public holidays."""
        return frozenset(self.organisation.holidays)

    @cached_property
    def tills(self) -> Mapping[str, CashBox]:
        """Every declared till by its account."""
        boxes = [box for donor in self.donors.values() for box in donor.accounts.tills]
        return {box.account: box for box in (*boxes, *self.loose_tills)}

    @cached_property
    def loan_accounts(self) -> frozenset[str]:
        """Accounts declared for loans between trees."""
        return frozenset(name for donor in self.donors.values() for name in donor.accounts.loans)

    @cached_property
    def follows_activities(self) -> bool:
        """Whether some agreement asks that its expenses and its activities name each other."""
        return any(each.follows_activities for donor in self.donors.values() for each in donor.agreements)

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The files read, in a fixed order."""
        return tuple(document.path for _, document in sorted(self.documents.items()))

    def cashier(self, till: str) -> str:
        """Who keeps a till; "" where nobody is named."""
        box = self.tills.get(till)
        return (box.cashier or "") if box is not None else ""

    def called(self, who: str) -> str:
        """What a sentence calls a person: the name, and the identifier that files write, « A. Traoré (directeur) »."""
        person = self.people.get(who)
        return f"{without_asides(person.name)} ({who})" if person is not None else f"« {who} »"

    def mandates_of(self, person: str, power: str) -> tuple[Mandate, ...]:
        """The mandates of that power a person holds or held."""
        return self._by_holder.get((person, power), ())

    @cached_property
    def _by_holder(self) -> Mapping[tuple[str, str], tuple[Mandate, ...]]:
        held: dict[tuple[str, str], tuple[Mandate, ...]] = {}
        for mandate in self.mandates:
            key = (mandate.person, mandate.power)
            held[key] = (*held.get(key, ()), mandate)
        return held

    def holds_power(self, person: str, power: str, day: date, account: str = "", number: str = "") -> bool:
        """Whether a person held a power that day (over that account when one is given)."""
        return any(
            mandate.on(day) and (not account or mandate.covers(account, number))
            for mandate in self.mandates_of(person, power)
        )

    def donor_line(self, code: str, *location: str | int) -> tuple[Path, int]:
        """Where a donor's file says something."""
        for document in self.documents.values():
            if isinstance(document.node, Block) and document.path.parent.name == "bailleurs":
                code_node = document.node.items.get("code")
                if isinstance(code_node, Scalar) and code_node.text == code:
                    return document.path, document.line(*location)
        return (self.root or Path()) / "bailleurs", 1

    def agreement_line(self, agreement: Agreement, *location: str | int) -> tuple[Path, int]:
        """Where an agreement says something; the location begins under the agreement."""
        for code, donor in self.donors.items():
            for index, each in enumerate(donor.agreements):
                if each.id == agreement.id:
                    return self.donor_line(code, "conventions", index, *location)
        return (self.root or Path()) / "bailleurs", 1


def load_policy(root: Path) -> Policy:
    """The policy written under a folder; a missing folder or file is a problem, never an exception."""
    return _Loader(root).policy()


def inline_policy(node: Node, path: Path, problems: list[Problem]) -> Policy:
    """The policy of a stand-alone rule, from its own configuration."""
    read = validate(Inline, node, path, problems) or Inline.unwritten()
    donors = {donor.code: donor.rated(RateTable.unwritten(), read.currency) for donor in read.donors}
    for place, said in limits_elsewhere(read.tills, read.currency):
        problems.append(Problem(path, line_of(node, place), said))
    organisation = Organisation.model_validate({"devise": read.currency}).model_copy(update={"years": read.years})
    return Policy(
        root=None,
        organisation=organisation,
        people=read.people,
        mandates=read.mandates,
        donors=donors,
        suppliers=read.suppliers,
        loose_tills=read.tills,
        numbers=read.numbers,
        problems=tuple(problems),
    )


class _Loader:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.documents: dict[str, Document] = {}
        self.unread: list[str] = []

    def policy(self) -> Policy:
        if not self.root.is_dir():
            said = f"Le dossier des règles {self.root.name}/ manque : créez-le à côté du dossier des livres."
            return Policy(root=self.root, problems=(Problem(self.root, 1, said),))
        organisation = self._read("organisation.yaml", Organisation) or Organisation.unwritten()
        mandates = self._read("mandats.yaml", Mandates) or Mandates.unwritten()
        chart = self._read("plan-comptable.yaml", Chart) or Chart.unwritten()
        donors = self._donors()
        programmes = self._programmes()
        suppliers = self._optional("fournisseurs.yaml", SupplierRegister).suppliers
        members = self._optional("membres.yaml", Members)
        forms = self._forms()
        workbooks = self._workbooks()
        givers = self._optional("donateurs.yaml", Givers)
        layouts = self._layouts()
        rates = self._optional("taux.yaml", RateTable)
        keys = self._optional(KEYS, KeyRegister)
        policy = Policy(
            root=self.root,
            organisation=organisation,
            people=mandates.people,
            mandates=mandates.mandates,
            donors={code: donor.rated(rates, organisation.currency) for code, donor in donors.items()},
            chart=chart,
            programmes=programmes,
            suppliers=suppliers,
            members=members,
            forms=forms,
            workbooks=workbooks,
            givers=givers,
            layouts=layouts,
            rates=rates,
            keys=keys,
            controls=self._controls(),
            documents=self.documents,
            unread=tuple(self.unread),
        )
        if not policy.unread:
            self._cross_check(policy)
        object.__setattr__(policy, "problems", tuple(sorted(set(self.problems))))
        return policy

    def _donors(self) -> dict[str, Donor]:
        """Each donor by its code; a code that two files describe is the first's."""
        donors: dict[str, Donor] = {}
        for name in self._folder("bailleurs"):
            donor = self._read(name, Donor)
            if donor is None:
                continue
            if donor.code in donors:
                self._say(name, ("code",), f"Le bailleur « {donor.code} » est déjà décrit dans un autre fichier.")
                continue
            donors[donor.code] = donor
        return donors

    def _programmes(self) -> tuple[Programme, ...]:
        read = (self._read(name, Programme) for name in self._folder("programmes"))
        return tuple(each for each in read if each is not None)

    def _forms(self) -> tuple[Form, ...]:
        read = (self._form(name) for name in self._own_forms())
        return tuple(each for each in read if each is not None)

    def _own_forms(self) -> list[str]:
        """The organisation's forms; where they are those that ship, they are read when a report asks for one."""
        folder = self.root / FOLDER
        return [] if folder.is_dir() and folder.samefile(shipped_folder()) else self._folder(FOLDER)

    def _form(self, name: str) -> Form | None:
        from grandlivre.policy.forms import Form, form_faults

        before = len(self.problems)
        form = self._read(name, Form)
        whole = form is not None and len(self.problems) == before  # what was cut out explains what then lacks
        for where, said in form_faults(form) if form is not None and whole else ():
            self._say(name, where, said)
        return form

    def _workbooks(self) -> dict[str, DonorWorkbook]:
        names = self._folder("classeurs")
        if not names:
            return {}
        from grandlivre.policy.workbooks import DonorWorkbook

        read = {Path(name).stem: self._read(name, DonorWorkbook) for name in names}
        return {name: each for name, each in read.items() if each is not None}

    def _layouts(self) -> dict[str, StatementLayout]:
        """Each layout by its statement; a statement that two files describe is the first's."""
        layouts: dict[str, StatementLayout] = {}
        names = self._folder("etats")
        if not names:
            return layouts
        from grandlivre.policy.layouts import StatementLayout

        for name in names:
            layout = self._read(name, StatementLayout)
            if layout is None:
                continue
            if layout.statement in layouts:
                said = f"L'état « {layout.statement} » est déjà décrit dans un autre fichier."
                self._say(name, ("etat",), said)
                continue
            for place, said in layout.mistakes():
                self._say(name, place, said)
            layouts[layout.statement] = layout
        return layouts

    def _folder(self, name: str) -> list[str]:
        folder = self.root / name
        if folder.is_symlink():
            said = f"{name}/ est un lien symbolique : il n'est pas suivi. Mettez à sa place le dossier lui-même."
            self.problems.append(Problem(folder, 1, said))
            return []
        try:
            found = sorted(each.name for each in folder.iterdir() if each.suffix in (".yaml", ".yml"))
        except OSError:
            if name == "bailleurs":
                said = f"Le dossier {name}/ manque dans {self.root.name}/ : créez-le, avec un fichier par bailleur."
                self.problems.append(Problem(folder, 1, said))
            return []
        return [f"{name}/{each}" for each in found]

    def _stands(self, name: str) -> bool:
        """Whether a file that may be missing is there."""
        return os.path.lexists(self.root / name)

    def _open(self, name: str) -> Node | None:
        path = self.root / name
        before = len(self.problems)
        node = load(path, self.problems)
        if node is not None:
            self.documents[name] = Document.of(path, node)
        elif path.exists():
            self.documents[name] = Document.of(path, Scalar("", 1))
            if len(self.problems) > before:  # an empty file says nothing, and hides nothing
                self.unread.append(name)
        return node

    def _read(self, name: str, model: type[M]) -> M | None:
        before = len(self.problems)
        node = self._open(name)
        if len(self.problems) == before and (node is None or (isinstance(node, Scalar) and not node.text)):
            node = Block({}, 1)  # an empty file says nothing, not even what it must
        found, kept = read(model, node, self.root / name, self.problems)
        if found is not None and kept is not None:
            self.documents[name] = Document.of(self.root / name, kept)  # its list places are the model's
        return found

    def _optional(self, name: str, model: type[W]) -> W:
        """A file that may be missing; what its absence says when it is."""
        found = self._read(name, model) if self._stands(name) else None
        return found if found is not None else model.unwritten()

    def _controls(self) -> Mapping[str, Node]:
        name = "controles.yaml"
        if not self._stands(name):
            return {}
        node = self._open(name)
        if node is None or (isinstance(node, Scalar) and not node.text):
            return {}
        if not isinstance(node, Block):
            self.problems.append(Problem(self.root / name, node.line, "Un bloc « règle: réglages » est attendu ici."))
            return {}
        return node.items

    def _say(self, name: str, location: tuple[str | int, ...], message: str) -> None:
        document = self.documents.get(name)
        line = document.line(*location) if document else 1
        self.problems.append(Problem(self.root / name, line, message))

    # --- what the files say against each other ---------------------------------------------------------------------

    def _cross_check(self, policy: Policy) -> None:
        self._check_people(policy)
        self._check_mandates(policy)
        self._check_organisation(policy)
        for name, donor in self._donor_files(policy):
            self._check_donor(policy, donor, name)
        self._check_shared_accounts(policy)
        self._check_programmes(policy)
        self._check_suppliers(policy)
        self._check_members(policy)
        for where, said in named_twice(policy.givers.givers):
            self._say("donateurs.yaml", where, said)
        self._check_rates(policy)
        for where, said in policy.keys.faults(policy.people):
            self._say(KEYS, where, said)

    def _donor_files(self, policy: Policy) -> Iterator[tuple[str, Donor]]:
        """Each donor with the file that describes it (the first, when two do)."""
        told: set[str] = set()
        for name in sorted(self.documents):
            node = self.documents[name].node
            if name.startswith("bailleurs/") and isinstance(node, Block):
                code = str(plain(node).get("code"))
                if code in policy.donors and code not in told:
                    told.add(code)
                    yield name, policy.donors[code]

    def _check_people(self, policy: Policy) -> None:
        by_name: dict[str, str] = {}
        for key, person in policy.people.items():
            name = same_name(person.name)
            other = by_name.setdefault(name, key)
            if other != key and not (person.namesake or policy.people[other].namesake):
                self._say(
                    "mandats.yaml",
                    ("personnes", key, "nom"),
                    f"« {key} » et « {other} » portent le même nom ({person.name}) : gardez un seul identifiant par "
                    "personne, ou écrivez homonyme: oui si ce sont deux personnes.",
                )

    def _check_mandates(self, policy: Policy) -> None:
        document = self.documents.get("mandats.yaml")
        written = plain(document.node).get("mandats") if document and isinstance(document.node, Block) else None
        rows = self._rows(written, policy.mandates)
        for index, mandate in rows:
            where: tuple[str | int, ...] = ("mandats", index)
            if mandate.person not in policy.people:
                self._unknown_person("mandats.yaml", (*where, "personne"), mandate.person, policy)
            for prefix in mandate.accounts:
                self._check_prefix(policy, "mandats.yaml", (*where, "comptes"), prefix)
        for (_, first), (index, second) in combinations(rows, 2):
            if _overlap(first, second):
                self._say(
                    "mandats.yaml",
                    ("mandats", index),
                    f"Deux mandats « {second.power} » de {second.person} se chevauchent "
                    f"(du {first.start} au {first.end or '…'} et du {second.start} au {second.end or '…'}) : "
                    "terminez le premier la veille du second.",
                )

    @staticmethod
    def _rows(written: Any, kept: tuple[Mandate, ...]) -> list[tuple[int, Mandate]]:
        """Each mandate kept with its place in the file (mistaken ones were cut out)."""
        rows: list[tuple[int, Mandate]] = []
        place = 0
        texts = written if isinstance(written, list) else []
        for mandate in kept:
            while place < len(texts) and not (
                isinstance(texts[place], dict)
                and texts[place].get("personne") == mandate.person
                and texts[place].get("pouvoir") == mandate.power
                and texts[place].get("du") == mandate.start.isoformat()
            ):
                place += 1
            rows.append((place, mandate))
            place += 1
        return rows

    def _check_organisation(self, policy: Policy) -> None:
        for name, body in policy.organisation.bodies.items():
            for index, member in enumerate(body.members):
                if member not in policy.people:
                    where: tuple[str | int, ...] = ("organes", name, *self._step_of_members(name), index)
                    self._unknown_person("organisation.yaml", where, member, policy)
        for index, key in enumerate(policy.organisation.allocation):
            for code in key.key:
                if code not in policy.donors:
                    where = ("cles-de-repartition", index, "cle", code)
                    self._say("organisation.yaml", where, f"Le bailleur « {code} » n'a pas de fichier dans bailleurs/.")
        for index, prefix in enumerate(policy.organisation.own_income):
            self._check_prefix(policy, "organisation.yaml", ("revenus-propres", index), prefix)

    def _step_of_members(self, body: str) -> tuple[str, ...]:
        """How the members of a body are reached in the file: a list of its own, or the key of a block."""
        document = self.documents.get("organisation.yaml")
        written = plain(document.node) if document and isinstance(document.node, Block) else {}
        organs = written.get("organes")
        return ("membres",) if isinstance(organs, dict) and isinstance(organs.get(body), dict) else ()

    def _unknown_person(self, name: str, where: tuple[str | int, ...], person: str, policy: Policy) -> None:
        hint = did_you_mean(person, policy.people)
        said = "n'est pas déclarée dans mandats.yaml : déclarez-la sous personnes:, ou corrigez l'identifiant."
        self._say(name, where, f"La personne « {person} » {said}{hint}")

    def _check_prefix(self, policy: Policy, name: str, where: tuple[str | int, ...], prefix: str) -> None:
        if prefix.isdigit() and policy.chart.accounts and not policy.chart.knows_prefix(prefix):
            said = f"Le numéro {prefix} n'est pas dans plan-comptable.yaml : corrigez-le ou ajoutez-le au plan."
            self._say(name, where, said)

    def _check_donor(self, policy: Policy, donor: Donor, name: str) -> None:
        for index, till in enumerate(donor.accounts.tills):
            spot: tuple[str | int, ...] = ("comptes", "caisses", index)
            for key, person in (("caissier", till.cashier), ("suppleant", till.deputy)):
                if person is not None and person not in policy.people:
                    self._unknown_person(name, (*spot, key), person, policy)
            for place, said in limits_elsewhere(till, policy.currency, spot):
                self._say(name, place, said)
        for account, where in _accounts_of(donor):
            parts = account.split(":")
            if len(parts) < 3 or parts[1] != donor.code:
                self._say(
                    name,
                    where,
                    f"Le compte {account} n'est pas dans le projet {donor.code} (Racine:{donor.code}:NNNN-…).",
                )
        self._check_state_share(donor, name)
        seen: dict[str, int] = {}
        for index, agreement in enumerate(donor.agreements):
            if agreement.id in seen:
                self._say(
                    name, ("conventions", index, "id"), f"La convention « {agreement.id} » est décrite deux fois."
                )
            seen[agreement.id] = index
            self._check_agreement(policy, donor, agreement, name, ("conventions", index))

    def _check_state_share(self, donor: Donor, name: str) -> None:
        """The State's share is held on treasury accounts of the tree, each named once."""
        shares = donor.accounts.state_share
        for index, account in enumerate(shares):
            where = ("comptes", "contrepartie-etat", index)
            parts = account.split(":")
            if len(parts) < 3 or parts[1] != donor.code or not parts[-1].startswith(CASH_HELD):
                said = (
                    f"« {account} » n'est pas un compte de trésorerie de {donor.code} : la contrepartie de l'État est sur "
                    f"un compte {', '.join(CASH_HELD)} de ce projet (Racine:{donor.code}:571-…)."
                )
                self._say(name, where, said)
            elif account in shares[:index]:
                self._say(name, where, f"Le compte {account} est écrit deux fois : gardez-en un.")

    def _check_agreement(
        self, policy: Policy, donor: Donor, agreement: Agreement, name: str, at: tuple[str | int, ...]
    ) -> None:
        self._check_financing(donor, agreement, name, at)
        codes = self._check_lines(policy, agreement, name, at)
        self._check_addenda(agreement, codes, name, at)
        self._check_moves(policy, agreement, codes, name, at)
        for prefix in agreement.ineligible:
            self._check_prefix(policy, name, (*at, "ineligibles"), prefix)
        self._check_currencies(policy, agreement, name, at)
        codes |= {heading.code for heading in agreement.headings}
        for rank, flexibility in enumerate(agreement.flexibility):
            for code in flexibility.excluded:
                if code not in codes:
                    said = f"« {code} » n'est ni une ligne ni une rubrique de la convention {agreement.id}."
                    self._say(name, (*at, "souplesse", rank, "exclues"), said)

    def _check_financing(self, donor: Donor, agreement: Agreement, name: str, at: tuple[str | int, ...]) -> None:
        """The organisation's own tree lives on its own resources, and it alone."""
        if (agreement.financing == "ressources-propres") != (donor.code == OWN_TREE):
            said = (
                f"{OWN_TREE} se finance par « ressources-propres », et lui seul."
                if donor.code == OWN_TREE
                else f"« ressources-propres » est réservé à {OWN_TREE} : choisissez le modèle de la convention."
            )
            self._say(name, (*at, "financement"), said)

    def _check_lines(self, policy: Policy, agreement: Agreement, name: str, at: tuple[str | int, ...]) -> set[str]:
        """The lines of the budget as it was signed; their codes."""
        codes: set[str] = set()
        for h, heading in enumerate(agreement.headings):
            for n, line in enumerate(heading.lines):
                where = (*at, "budget", h, "lignes", n)
                if line.code in codes:
                    said = f"La ligne « {line.code} » est écrite deux fois dans la convention {agreement.id}."
                    self._say(name, (*where, "code"), said)
                codes.add(line.code)
                for prefix in line.accounts:
                    self._check_prefix(policy, name, (*where, "comptes"), prefix)
        return codes

    def _check_addenda(self, agreement: Agreement, codes: set[str], name: str, at: tuple[str | int, ...]) -> None:
        """What addenda change of the budget; the lines they bring join the codes."""
        for rank, addendum in enumerate(agreement.addenda):
            for code, change in addendum.lines.items():
                if code not in codes and (change.unit_cost is None or change.heading is None):
                    self._say(
                        name,
                        (*at, "avenants", rank, "lignes", code),
                        f"L'avenant change la ligne « {code} » que le budget n'a pas : corrigez le code, ou donnez "
                        "libelle, rubrique, quantite et cout-unitaire d'une ligne nouvelle.",
                    )
                codes.add(code)

    def _check_moves(
        self, policy: Policy, agreement: Agreement, codes: set[str], name: str, at: tuple[str | int, ...]
    ) -> None:
        """Between lines of the budget, on a day of the agreement, in its currency or the books'."""
        for rank, move in enumerate(agreement.reallocations):
            where = (*at, "reaffectations", rank)
            for key, code in (("de", move.source), ("vers", move.target)):
                if code not in codes:
                    said = (
                        f"La ligne « {code} » n'est pas au budget de la convention {agreement.id} : corrigez le code."
                    )
                    self._say(name, (*where, key), f"{said}{did_you_mean(code, codes)}")
                elif code not in agreement.budget_at(move.since):
                    since = next(since for since, lines in agreement.budgets if code in lines)
                    said = f"La ligne « {code} » n'est au budget de la convention {agreement.id} que depuis l'avenant du {since}"
                    self._say(name, (*where, key), f"{said} : datez la réaffectation de ce jour, ou plus tard.")
            if not agreement.on(move.since):
                said = f"La réaffectation du {move.since} tombe hors de la convention {agreement.id}."
                self._say(name, (*where, "date"), said)
            if move.amount.currency not in (policy.currency, agreement.currency(policy.currency)):
                said = f"Écrivez ce qui est déplacé en {policy.currency} ou dans la devise de la convention {agreement.id}."
                self._say(name, (*where, "montant"), said)

    def _check_currencies(self, policy: Policy, agreement: Agreement, name: str, at: tuple[str | int, ...]) -> None:
        foreign = {money.currency for money, _ in _amounts_of(agreement)} - {policy.currency}
        if len(foreign) > 1:
            self._say(name, at, f"La convention {agreement.id} mêle plusieurs devises ({', '.join(sorted(foreign))}).")
        if not foreign:
            return
        currency = min(foreign)
        where = next(where for money, where in _amounts_of(agreement) if money.currency in foreign)
        if agreement.rate_policy is None and parity(currency, policy.currency) is None:
            said = (
                f"La convention {agreement.id} est en {currency} : dites comment ses dépenses se convertissent "
                f"(taux-politique: {', '.join(get_args(RatePolicy))})."
            )
            self._say(name, (*at, *where), said)
        if agreement.rates is None:
            said = (
                f"La convention {agreement.id} est en {currency} : donnez son taux (taux: [{{depuis: …, valeur: …}}])"
            )
            said += f", ou ceux de {currency} dans taux.yaml." if agreement.conversion != "fixe" else "."
            self._say(name, (*at, *where), said)

    def _check_rates(self, policy: Policy) -> None:
        seen: set[tuple[str, date, bool]] = set()
        for index, rate in enumerate(policy.rates.rates):
            if rate.currency == policy.currency:
                said = f"{rate.currency} est la monnaie des livres : son taux ne s'écrit pas."
                self._say("taux.yaml", ("taux", index, "devise"), said)
            elif rate.key in seen:
                when = rate.month.code if rate.month is not None else rate.since
                said = f"Le taux de {rate.currency} est écrit deux fois pour {when} : gardez celui de la source."
                self._say("taux.yaml", ("taux", index), said)
            seen.add(rate.key)

    def _check_shared_accounts(self, policy: Policy) -> None:
        owner: dict[str, str] = {}
        for name, donor in self._donor_files(policy):
            for account, where in _accounts_of(donor):
                if account in owner and where[-1] != "prets":
                    said = f"Le compte {account} est déjà déclaré ({owner[account]}) : un compte, un usage."
                    self._say(name, where, said)
                owner.setdefault(account, donor.code)

    def _check_programmes(self, policy: Policy) -> None:
        for name, programme in self._programme_files(policy):
            donor = policy.donors.get(programme.donor)
            if donor is None:
                self._say(name, ("bailleur",), f"Le bailleur « {programme.donor} » n'a pas de fichier dans bailleurs/.")
            if programme.lead is not None and programme.lead not in policy.people:
                self._unknown_person(name, ("responsable",), programme.lead, policy)
            self._check_activities(programme, donor, name)

    def _programme_files(self, policy: Policy) -> Iterator[tuple[str, Programme]]:
        """Each programme with its file, in the order they were read."""
        names = [
            name
            for name, document in self.documents.items()
            if name.startswith("programmes/") and isinstance(document.node, Block)
        ]
        written = [(name, plain(self.documents[name].node)) for name in names]
        for programme in policy.programmes:
            for name, text in written:
                if text.get("bailleur") == programme.donor and text.get("nom") == programme.name:
                    yield name, programme
                    break

    def _check_activities(self, programme: Programme, donor: Donor | None, name: str) -> None:
        codes = [each.code for each in programme.activities]
        lines = (
            {code for agreement in donor.agreements for code in agreement.line_codes} if donor is not None else set()
        )
        for index, activity in enumerate(programme.activities):
            where = ("activites", index)
            if activity.code in codes[:index]:
                self._say(
                    name,
                    (*where, "code"),
                    f"L'activité « {activity.code} » est décrite deux fois : un code, une activité.",
                )
            for n, line in enumerate(activity.lines):
                if lines and line not in lines:
                    hint = did_you_mean(line, lines)
                    said = f"La ligne « {line} » n'est dans aucun budget de {programme.donor} : corrigez le code.{hint}"
                    self._say(name, (*where, "lignes", n), said)
        for index, result in enumerate(programme.results):
            for n, code in enumerate(result.activities):
                if code not in codes:
                    said = f"Le résultat {result.code} cite l'activité « {code} », que le programme ne décrit pas : décrivez-la sous activites:, ou corrigez le code.{did_you_mean(code, codes)}"
                    self._say(name, ("resultats", index, "activites", n), said)

    def _check_members(self, policy: Policy) -> None:
        seen: set[str] = set()
        for index, member in enumerate(policy.members.members):
            if member.id in seen:
                said = f"Le membre « {member.id} » est inscrit deux fois : un identifiant, un membre."
                self._say("membres.yaml", ("membres", index, "id"), said)
            seen.add(member.id)
        for index, dues in enumerate(policy.members.dues):
            if dues.amount.currency != policy.currency:
                said = (
                    f"La cotisation est en {dues.amount.currency} : écrivez-la en {policy.currency}, devise des livres."
                )
                self._say("membres.yaml", ("cotisation", index, "valeur"), said)

    def _check_suppliers(self, policy: Policy) -> None:
        for index, supplier in enumerate(policy.suppliers):
            for rank, person in enumerate(supplier.related):
                if person not in policy.people:
                    self._unknown_person("fournisseurs.yaml", ("fournisseurs", index, "lie-a", rank), person, policy)
        for where, said in said_twice(policy.suppliers):
            self._say("fournisseurs.yaml", where, said)


def _accounts_of(donor: Donor) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """The accounts a donor's file declares, each with its place."""
    accounts = donor.accounts
    if accounts.bank is not None:
        yield accounts.bank, ("comptes", "banque")
    for index, name in enumerate(accounts.other_banks):
        yield name, ("comptes", "autres-banques", index)
    for index, name in enumerate(accounts.mobile):
        yield name, ("comptes", "mobile", index)
    for index, till in enumerate(accounts.tills):
        yield till.account, ("comptes", "caisses", index, "compte")


def _amounts_of(agreement: Agreement) -> Iterator[tuple[Any, tuple[str | int, ...]]]:
    if agreement.amount is not None:
        yield agreement.amount, ("montant",)
    for index, instalment in enumerate(agreement.instalments):
        yield instalment.amount, ("tranches", index, "montant")
    for h, heading in enumerate(agreement.headings):
        for n, line in enumerate(heading.lines):
            yield line.unit_cost, ("budget", h, "lignes", n, "cout-unitaire")


def _overlap(first: Mandate, second: Mandate) -> bool:
    """Whether two mandates give one person one power, on one day, over one account."""
    return (
        first.person == second.person
        and first.power == second.power
        and first.start <= (second.end or date.max)
        and second.start <= (first.end or date.max)
        and _intersect(first.accounts, second.accounts)
    )


def _intersect(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Whether two lists of accounts (prefixes or names; empty means all) can hold the same account."""
    if not first or not second:
        return True
    return any(_same_account(one, other) for one in first for other in second)


def _same_account(one: str, other: str) -> bool:
    one_number = one if one.isdigit() else one.rsplit(":", 1)[-1].split("-")[0]
    other_number = other if other.isdigit() else other.rsplit(":", 1)[-1].split("-")[0]
    if one.isdigit() or other.isdigit():
        return one_number.startswith(other_number) or other_number.startswith(one_number)
    return one == other
