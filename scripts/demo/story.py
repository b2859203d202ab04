"""What happens at ANI-Mali from January to October 2026, before tills, shares of funds and bank statements."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from demo.books import Books, Leg, balance, person
from demo.days import MONTHS, after, before, month_end, of_month, shift
from demo.model import Tx, Value, number_of
from demo.payroll import pay
from demo.world import (
    ACTIVITIES,
    BOUGHT,
    DOSSIERS,
    DUES,
    FONCT,
    FUEL,
    GENRE,
    INTERNET,
    KEY,
    MEMBERS,
    PAID_INTO,
    POWER,
    SUPPLIERS,
    TAKEN_OVER,
    TREES,
    UE,
    UNICEF,
    WORKSHOPS,
    YEAR,
    Dossier,
    Thing,
    Workshop,
    francs_of,
)

OPENED, RECEIVED, BOOKED, PAID, CASH, CHARGED = 10, 20, 30, 40, 50, 80
"""Order of the day: openings, receipts, invoices and payroll, payments, tills, bank charges."""

RENT = {FONCT: 250000, UE: 75000, UNICEF: 60000, GENRE: 45000}
LANDLORDS = {FONCT: "Agence Sugu", UE: "M. Ouologuem", UNICEF: "Mme Thiam", GENRE: "M. Bagayoko"}
SUPPORT = ("comptable", "secretaire", "caissiere-fonct", "gardien")
OWED = ("4311", "4312", "4321", "4333", "4472", "442")


class Story:
    """Books the year's events, month after month."""

    def __init__(self) -> None:
        self.books = Books()
        self.invoices: dict[str, int] = {}
        self.dossiers: dict[tuple[str, str], tuple[str, str]] = {}
        self.withheld: dict[tuple[str, int], int] = defaultdict(int)
        self.advances = 0
        self.gifts = 0

    def tell(self) -> Books:
        """Everything that happens."""
        self.openings()
        self.funds()
        self.purchases()
        for month in range(1, 11):
            self.payroll(month)
            self.rents(month)
            self.utilities(month)
            self.shared_costs(month)
            self.fuel(month)
            self.bank_charges(month)
        for workshop in WORKSHOPS:
            self.workshop(workshop)
        self.mobile_money()
        self.missions()
        self.grants_to_partners()
        self.own_income()
        self.correction()
        return self.books

    # --- money in ---------------------------------------------------------------------------------------------------

    def openings(self) -> None:
        """Balances brought forward; UE-EAU begins with its agreement."""
        day, old = date(YEAR, 1, 1), "2025-12"
        debts = {tree: pay(TREES[tree].staff).owed for tree in (UNICEF, GENRE, FONCT)}

        def owed(tree: str) -> list[Leg]:
            return [(number, -debts[tree][number]) for number in OWED]

        def open_books(tree: str, legs: list[Leg], rest: str) -> Tx:
            left = -sum(leg[1] for leg in legs)
            return self.books.add(
                day, tree, "OD", "ANI-Mali", "Report à nouveau au 1er janvier 2026", *legs, (rest, left),
                rank=OPENED, kind="Balance de clôture 2025", ecriture="a-nouveau",
            )  # fmt: skip

        open_books(UNICEF, [
            ("52", 6845250, {"pointage": old}),
            ("52", -85000, {"piece": "BQ-UNICEF-EDU-2025-0188", "cheque": "0730498", "pointage": "2026-01"}),
            ("5711", 96500), *owed(UNICEF),
        ], "165")  # fmt: skip
        open_books(GENRE, [("52", 3964800, {"pointage": old}), ("5711", 74750), *owed(GENRE)], "477")
        sonatam = {"nif": "080001122Z", "facture": "2025-11-88124"}
        opening = open_books(FONCT, [
            ("52", 13412600, {"pointage": old}),
            ("52", -147500, {"piece": "BQ-FONCT-2025-0263", "cheque": "0915588", "pointage": "2026-02"}),
            ("5711", 88250), ("2441", 1850000), ("2844", -1110000), ("4011", -112300, sonatam), *owed(FONCT),
        ], "121")  # fmt: skip
        for thing in TAKEN_OVER:
            held = next(each.account for each in opening.postings if number_of(each.account) == "2441")
            self._asset(opening, FONCT, held, thing)
        deferred = -balance(self.books.of(GENRE), "477")
        self.books.add(
            date(YEAR, 1, 2), GENRE, "OD", "Fondation Horizon (fictif)", "Part 2026 de la subvention reçue en 2025",
            ("477", deferred), ("713", -deferred), rank=BOOKED, kind="Note de calcul", convention="FH-2025-031",
        )  # fmt: skip
        self.books.add(
            date(YEAR, 1, 9), FONCT, "BQ", "EDM-SA (fictif)", "Règlement de la facture d'électricité de novembre 2025",
            ("4011", 112300), ("52", -112300), rank=PAID, kind="Ordre de paiement", lag=4, mode="cheque", **sonatam,
        )  # fmt: skip

    def funds(self) -> None:
        """Instalments of the donors."""
        self._euros(date(YEAR, 1, 7), date(YEAR, 1, 12), 50000, 1, 3000000)
        self._euros(date(YEAR, 7, 1), date(YEAR, 7, 6), 35000, 2, 0)
        for number, (day, amount) in enumerate(
            ((date(YEAR, 1, 19), 9500000), (date(YEAR, 4, 13), 10000000), (date(YEAR, 7, 13), 9000000)), 2
        ):
            self.books.add(
                day, UNICEF, "BQ", "UNICEF (fictif)", f"Tranche {number} de la convention MLI/PCA/2025-07",
                ("52", amount), ("165", -amount), rank=RECEIVED, kind="Avis de crédit", lag=0, mode="virement",
            )  # fmt: skip
        for called, day, amount, number in (
            (date(YEAR, 1, 26), date(YEAR, 2, 2), 10500000, "Tranche 2, convention FH/2025/031"),
            (date(YEAR, 7, 2), date(YEAR, 7, 6), 12000000, "Tranche 1, convention FH/2026/044"),
        ):
            payee = "Fondation Horizon (fictif)"
            self.books.add(
                called, GENRE, "OD", payee, f"{number} : subvention à recevoir",
                ("4732", amount), ("713", -amount), rank=BOOKED, kind="Lettre de notification",
            )  # fmt: skip
            self.books.add(
                day, GENRE, "BQ", payee, f"{number} : virement reçu",
                ("52", amount), ("4732", -amount), rank=RECEIVED, kind="Avis de crédit", lag=0, mode="virement",
            )  # fmt: skip

    def _euros(self, called: date, day: date, euros: int, number: int, investment: int) -> None:
        """An instalment in euros: called, then received less the bank's commission."""
        payee, francs = "Union européenne (fictif)", francs_of(euros)
        said = f"{euros:,}".replace(",", " ")
        legs: list[Leg] = [("462", investment - francs)]
        if investment:
            legs.append(("162", -investment))
        call = self.books.add(
            called, UE, "OD", payee, f"Tranche {number} de la convention UE/2025/118 : {said} euros appelés",
            ("4692", euros), *legs, rank=BOOKED, kind="Demande de paiement",
        )  # fmt: skip
        call.postings[0].currency, call.postings[0].price = "EUR", francs
        commission = francs * 25 // 10000
        fee = {
            "beneficiaire": TREES[UE].bank_payee,
            "libelle": f"Commission de la banque sur la tranche {number}",
        }
        got = self.books.add(
            day, UE, "BQ", payee, f"Tranche {number} de la convention UE/2025/118 : virement reçu",
            ("52", francs - commission), ("6318", commission, {"ligne": "4.6", **fee}), ("4692", -euros),
            rank=RECEIVED, kind="Avis de crédit", lag=0, mode="virement",
        )  # fmt: skip
        got.postings[2].currency, got.postings[2].price = "EUR", francs

    def own_income(self) -> None:
        """Consultancies, membership fees, gifts, volunteers."""
        for month, day, client, what, amount in (
            (1, 16, "Coopération Sahel", "Formation en suivi-évaluation", 2350000),
            (2, 18, "Commune de Markala", "Appui au plan de développement communal", 1900000),
            (3, 18, "Réseau Jèkabaara", "Diagnostic organisationnel", 2450000),
            (4, 22, "ONG Sahel Vert", "Formation en gestion axée sur les résultats", 2150000),
            (5, 20, "Coopération Sahel", "Facilitation d'un atelier régional", 2600000),
            (6, 24, "Fédération des groupements de Kati", "Étude de faisabilité", 2800000),
            (8, 19, "Réseau Jèkabaara", "Formation des formateurs", 2250000),
            (9, 16, "Commune de Markala", "Évaluation du plan de développement", 2400000),
        ):
            invoiced, got = after(date(YEAR, month, day)), shift(date(YEAR, month, day), 9)
            payee = f"{client} (fictif)"
            self.books.add(
                invoiced, FONCT, "OD", payee, f"{what} : notre facture", ("412", amount), ("7052", -amount),
                rank=BOOKED, kind="Facture émise",
            )  # fmt: skip
            self.books.add(
                got, FONCT, "BQ", payee, f"{what} : règlement reçu", ("52", amount), ("412", -amount),
                rank=RECEIVED, kind="Avis de crédit", lag=0, mode="virement",
            )  # fmt: skip
        for day, member, part in (
            (date(YEAR, 1, 14), "M-006", "premier tiers"),
            (date(YEAR, 2, 11), "M-006", "deuxième tiers"),
            (date(YEAR, 3, 11), "M-006", "troisième tiers"),
            (date(YEAR, 6, 17), "M-012", "premier tiers"),
        ):
            self.books.add(
                day, FONCT, "CS", f"{MEMBERS[member][0]} (fictif)", f"Cotisation 2026, {part}, reçue en espèces",
                ("5711", DUES // 3), ("701", -DUES // 3), rank=CASH, kind="Bordereau de cotisations", mode="especes",
                membre=member, annee=YEAR,
            )  # fmt: skip
            banked = shift(day, 1)
            self.books.add(
                banked, FONCT, "CS", "Banque FONCT", "Versement des cotisations à la banque",
                ("585", 20000), ("5711", -20000), rank=CASH, kind="Bon de caisse", mode="especes",
            )  # fmt: skip
            self.books.add(
                banked, FONCT, "BQ", "Caisse FONCT", "Versement des cotisations reçues en espèces",
                ("52", 20000), ("585", -20000), rank=RECEIVED, kind="Bordereau de versement", lag=0, mode="especes",
            )  # fmt: skip
        half = DUES // 2
        for day, paid in (
            (date(YEAR, 4, 9), {"M-001": DUES, "M-002": DUES, "M-010": half}),
            (date(YEAR, 6, 25), {"M-003": DUES, "M-004": DUES, "M-005": DUES, "M-010": half}),
            (date(YEAR, 9, 9), {"M-008": DUES, "M-011": DUES}),
        ):
            legs: list[Leg] = [("701", -amount, {"membre": who, "annee": YEAR}) for who, amount in paid.items()]
            self.books.add(
                day, FONCT, "BQ", "Adhérents d'ANI-Mali", "Cotisations 2026 virées par les adhérents",
                ("52", sum(paid.values())), *legs, rank=RECEIVED, kind="Avis de crédit", lag=0, mode="virement",
            )  # fmt: skip
        for day, donor, amount in (
            (date(YEAR, 3, 6), "Pharmacie du Fleuve (fictif)", 250000),
            (date(YEAR, 5, 13), "Diaspora de Bandiagara (fictif)", 1150000),
            (date(YEAR, 8, 21), "Un donateur anonyme inscrit au registre", 300000),
        ):
            self.gifts += 1
            self.books.add(
                day, FONCT, "BQ", donor, "Don sans affectation", ("52", amount), ("7041", -amount),
                rank=RECEIVED, kind="Reçu de don", lag=0, mode="virement", registre=f"RD-2026-{self.gifts:04d}",
            )  # fmt: skip
        for month, hours, worth in ((3, 46, 69000), (6, 62, 93000), (9, 40, 60000)):
            self._in_kind(
                month_end(date(YEAR, month, 1)), f"Bénévolat du trimestre, {hours} heures", "904", "914", worth
            )
        self._in_kind(
            date(YEAR, 6, 19), "Salle de la mairie prêtée pour l'assemblée générale", "901", "911", 75000
        )  # fmt: skip
        for quarter, amount in ((3, 18420), (6, 21135), (9, 16980)):
            day = before(month_end(date(YEAR, quarter, 1)))
            for tree, number, bonus in ((UE, "462", 9875), (UNICEF, "165", 3310), (FONCT, "771", 0)):
                self.books.add(
                    day, tree, "BQ", TREES[tree].bank_payee, "Intérêts créditeurs du trimestre",
                    ("52", amount + bonus), (number, -amount - bonus),
                    rank=CHARGED, kind="Avis de crédit", lag=0, mode="virement",
                )  # fmt: skip

    def _in_kind(self, day: date, what: str, use: str, origin: str, worth: int) -> None:
        tx = self.books.add(
            day,
            FONCT,
            "OD",
            "Bénévoles d'ANI-Mali",
            what,
            (use, worth),
            (origin, -worth),
            rank=BOOKED,
            kind="Fiche de temps",
        )
        for posting in tx.postings:
            posting.currency = "XOF-CVN"

    # --- people -----------------------------------------------------------------------------------------------------

    def payroll(self, month: int) -> None:
        """The month's salaries, and the taxes and contributions of the month before."""
        day = before(date(YEAR, month, 25))
        name = of_month(MONTHS[month - 1])
        for tree in TREES.values():
            month_pay = pay(tree.staff)
            legs: list[Leg] = [
                (
                    "6611",
                    gross,
                    {"ligne": line, "quantite": heads} if tree.code == UE and line == "1.1" else {"ligne": line},
                )
                for line, (gross, heads) in month_pay.gross.items()
            ]
            legs += [("6641", month_pay.social, {"ligne": "1.4"}), ("6413", month_pay.taxes, {"ligne": "1.4"})]
            legs += [(number, -month_pay.owed[number]) for number in (*OWED, "422")]
            payee = f"Personnel {tree.code}"
            self.books.add(
                day, tree.code, "OD", payee, f"Salaires {name} 2026", *legs, rank=BOOKED, kind="État de paie"
            )
            self.books.add(
                shift(day, 1), tree.code, "BQ", payee, f"Virement des salaires {name} 2026",
                ("422", month_pay.net), ("52", -month_pay.net),
                rank=PAID, kind="Ordre de virement collectif", lag=0, mode="virement",
            )  # fmt: skip
            if month > 1 or tree.code != UE:
                self._contributions(month, tree.code)

    def _contributions(self, month: int, tree: str) -> None:
        owed = pay(TREES[tree].staff).owed
        day = before(date(YEAR, month, 15))
        last = f"{MONTHS[month - 2]} {YEAR if month > 1 else YEAR - 1}"
        withheld = self.withheld[tree, month - 1]
        for payee, what, numbers in (
            ("INPS (fictif)", "Cotisations INPS", ("4311", "4312", "4321")),
            ("CANAM (fictif)", "Cotisations AMO", ("4333",)),
            ("Direction générale des impôts (fictif)", "ITS et taxes sur salaires", ("4472", "442")),
        ):
            legs: list[Leg] = [(number, owed[number]) for number in numbers]
            if "4472" in numbers and withheld:
                legs.append(("4478", withheld))
                what = "ITS, taxes sur salaires et retenues"
            total = sum(leg[1] for leg in legs)
            self.books.add(
                day, tree, "BQ", payee, f"{what} {of_month(last)}", *legs, ("52", -total),
                rank=PAID, kind="Bordereau de déclaration", lag=1, mode="virement",
            )  # fmt: skip

    # --- buildings and shared costs ---------------------------------------------------------------------------------

    def rents(self, month: int) -> None:
        """Rents, paid by transfer in the first days of the month."""
        for tree, amount in RENT.items():
            day = date(YEAR, 1, 15) if tree == UE and month == 1 else shift(date(YEAR, month, 1), 3)
            line = "2.1" if tree == FONCT else "4.5"
            self.books.add(
                day, tree, "BQ", f"{LANDLORDS[tree]} (fictif)", f"Loyer {of_month(MONTHS[month - 1])} 2026",
                ("6222", amount), ("52", -amount), rank=PAID, kind="Quittance de loyer", lag=1, mode="virement", ligne=line,
            )  # fmt: skip

    def utilities(self, month: int) -> None:
        """Electricity (invoice, then payment), water at the till, internet under its framework contract."""
        name = of_month(MONTHS[month - 1])
        day = after(date(YEAR, month, 5))
        words: dict[str, Value] = {"nif": "080001122Z", "facture": f"2026-{month:02d}-{88124 + 13 * month}"}
        late: dict[str, Value] = {"date-valeur": date(YEAR, 3, 31)} if month == 4 else {}
        said = (
            f"Électricité du siège, facture {name}"
            if month != 4
            else "Électricité du siège, facture de fin mars reçue en avril"
        )
        invoice = self.books.add(
            day, FONCT, "OD", "EDM-SA (fictif)", said, ("6052", POWER[month]), ("4011", -POWER[month]),
            rank=BOOKED, kind="Facture", ligne="2.2", **words,
        )  # fmt: skip
        invoice.meta.update(late)
        self.books.add(
            shift(day, 5), FONCT, "BQ", "EDM-SA (fictif)", f"Règlement de l'électricité {name}",
            ("4011", POWER[month]), ("52", -POWER[month]), rank=PAID, kind="Ordre de paiement", lag=3 + month % 4,
            mode="cheque", **words,
        )  # fmt: skip
        self.books.add(
            after(date(YEAR, month, 9)), FONCT, "CS", "SOMAGEP (fictif)", f"Eau du siège, {MONTHS[month - 1]} 2026",
            ("6051", 12250 + 750 * (month % 5)), ("5711", -12250 - 750 * (month % 5)),
            rank=CASH, kind="Quittance", mode="especes", ligne="2.2",
        )  # fmt: skip
        self.invoice_and_payment(
            FONCT, "Accès à internet, année 2026", after(date(YEAR, month, 17)), INTERNET[month],
            f"Accès à internet {name}", 4, "virement", 1,
        )  # fmt: skip

    def shared_costs(self, month: int) -> None:
        """Each tree's share of rent, electricity, internet and support staff, moved to FONCT."""
        staff = sum(each.gross for each in TREES[FONCT].staff if each.person in SUPPORT)
        name = of_month(MONTHS[month - 1])
        day = before(date(YEAR, month, 27))
        for tree in (UE, UNICEF, GENRE):
            parts: list[Leg] = [
                (number, amount * KEY[tree] // 100, {"ligne": line})
                for number, amount, line in (
                    ("6222", RENT[FONCT], "4.5"), ("6052", POWER[month], "4.5"), ("6284", INTERNET[month], "4.5"),
                    ("6611", staff, "1.3"),
                )
            ]  # fmt: skip
            total = sum(part[1] for part in parts)
            self.books.add(
                day, tree, "BQ", "ANI-Mali, fonctionnement", f"Quote-part des charges communes {name} ({KEY[tree]} %)",
                *parts, ("52", -total), rank=PAID, kind="Note de répartition", lag=0, mode="virement", reciproque=True,
            )  # fmt: skip
            self.books.add(
                day, FONCT, "BQ", f"ANI-Mali, {tree}", f"Quote-part des charges communes {name} ({KEY[tree]} %)",
                ("52", total), ("781", -total),
                rank=RECEIVED, kind="Avis de crédit", lag=0, mode="virement", reciproque=True,
            )  # fmt: skip

    def bank_charges(self, month: int) -> None:
        """Account fees, booked the month they are taken."""
        day = before(month_end(date(YEAR, month, 1)))
        for tree, amount in ((UE, 8775), (UNICEF, 7020), (GENRE, 5850), (FONCT, 9360)):
            fee = amount + 585 * (month % 3)
            self.books.add(
                day, tree, "BQ", TREES[tree].bank_payee, f"Frais de tenue de compte et TAF, {MONTHS[month - 1]} 2026",
                ("6318", fee), ("52", -fee), rank=CHARGED, kind="Avis de débit", lag=0, ligne=TREES[tree].fees,
            )  # fmt: skip

    # --- purchases --------------------------------------------------------------------------------------------------

    def facture(self, key: str, day: date) -> str:
        """The supplier's next invoice number."""
        step = 7 + int(SUPPLIERS[key].nif[4:6]) % 23
        number = self.invoices.get(key, int(SUPPLIERS[key].nif[6:9]) % 60) + step
        self.invoices[key] = number
        return f"F{day.year % 100}-{number:04d}"

    def purchases(self) -> None:
        """Procurement dossiers: quotes, award, then invoice and payments (later, for framework contracts)."""
        for index, dossier in enumerate(sorted(DOSSIERS, key=lambda each: each.award), 1):
            code = f"M-2026-{index:03d}"
            self._dossier(code, dossier)
            winner = dossier.offers[0][0]
            self.dossiers[dossier.tree, dossier.what] = code, winner
            if not dossier.framework:
                self._order(code, dossier, SUPPLIERS[winner].name)

    def _dossier(self, code: str, dossier: Dossier) -> None:
        folder = TREES[dossier.tree].folder
        winner, _ = dossier.offers[0]
        ranks = {key: rank for rank, (key, _) in enumerate(dossier.offers)}
        for place, (key, amount) in enumerate(sorted(dossier.offers)):
            supplier, day = SUPPLIERS[key], shift(dossier.award, -4 + place)
            path = f"{folder}/{code}-{key}.pdf"
            self.books.say(
                day, dossier.tree, "proforma", f'"{code}"', f'"{supplier.name}"', f"{amount} XOF", rank=1,
                meta={
                    "nif": supplier.nif,
                    "valable-jusqu-au": date(YEAR, 12, 31) if dossier.framework else day + timedelta(days=90),
                    "document": path,
                    "conforme": True,
                    **{
                        f"article-{n}": f"{what} · {prices[ranks[key]]:,}".replace(",", " ")
                        for n, (what, prices) in enumerate(dossier.items, 1)
                    },
                    **({"tva": dossier.tax} if dossier.tax else {}),
                },
            )  # fmt: skip
            self.books.vouchers[path] = (
                "FACTURE PRO FORMA", supplier.name, f"NIF {supplier.nif}", f"{day:%d/%m/%Y}", dossier.what,
                f"Montant TTC : {amount:,} FCFA".replace(",", " "),
            )  # fmt: skip
        path = f"{folder}/{code}-pv.pdf"
        meta: dict[str, Value] = {
            "bailleur": dossier.tree,
            "attributaire": SUPPLIERS[winner].name,
            "ligne": dossier.line,
        }
        if dossier.activity:
            meta["activite"] = dossier.activity
        meta["motif-choix"] = dossier.reason or "moins-disant"
        meta["document-pv"] = path
        lead = TREES[dossier.tree].lead
        meta["comite"] = f"{'coordinatrice' if lead == 'directeur' else lead} comptable secretaire"
        meta["lieu"] = TREES[dossier.tree].place
        if dossier.framework:
            meta["contrat-cadre"], meta["fin"] = True, date(YEAR, 12, 31)
        self.books.say(dossier.award, dossier.tree, "marche", f'"{code}"', f'"{dossier.what}"', rank=2, meta=meta)
        self.books.vouchers[path] = (
            "PROCÈS-VERBAL DE DÉPOUILLEMENT", f"Marché {code}", f"{dossier.award:%d/%m/%Y}", dossier.what,
            *(f"{SUPPLIERS[key].name} : {amount:,} FCFA".replace(",", " ") for key, amount in dossier.offers),
            f"Attributaire : {SUPPLIERS[winner].name}", f"Motif : {dossier.reason or 'moins-disant'}",
        )  # fmt: skip

    def _order(self, code: str, dossier: Dossier, name: str) -> None:
        winner, total = dossier.offers[0]
        invoiced = shift(dossier.award, dossier.invoice_after)
        words: dict[str, Value] = {
            "nif": SUPPLIERS[winner].nif, "facture": self.facture(winner, invoiced), "marche": code,
        }  # fmt: skip
        spent: dict[str, Value] = {"ligne": dossier.line}
        if dossier.activity:
            spent["activite"] = dossier.activity
        if dossier.units:
            spent["quantite"] = dossier.units
        asset = dossier.account.startswith("2")
        owed = "4812" if asset else "4011"
        if dossier.pay_after == 0:
            bought = self.books.add(
                invoiced, dossier.tree, "BQ", name, f"{dossier.what} : achat au comptant", (dossier.account, total), ("52", -total),
                rank=PAID, kind="Facture acquittée", lag=dossier.lag, mode=dossier.mode, **words, **spent,
            )  # fmt: skip
        else:
            kept = total * dossier.withheld // 100
            legs: list[Leg] = [(dossier.account, total), (owed, kept - total)]
            if kept:
                legs.append(("4478", -kept))
                self.withheld[dossier.tree, invoiced.month] += kept
            said = f"{dossier.what} : facture" + (f", retenue à la source de {dossier.withheld} %" if kept else "")
            bought = self.books.add(
                invoiced,
                dossier.tree,
                "OD",
                name,
                said,
                *legs,
                rank=BOOKED,
                kind="Facture et bon de livraison",
                **words,
                **spent,
            )
            left, day = total - kept, invoiced
            for place, share in enumerate(dossier.payments):
                amount = left if place == len(dossier.payments) - 1 else (total - kept) * share // 100
                left -= amount
                day = shift(day, dossier.pay_after)
                part = f", versement {place + 1} sur {len(dossier.payments)}" if len(dossier.payments) > 1 else ""
                self.books.add(
                    day, dossier.tree, "BQ", name, f"{dossier.what} : règlement{part}", (owed, amount), ("52", -amount),
                    rank=PAID, kind="Ordre de paiement", mode=dossier.mode, **words, **_account(winner, dossier.mode),
                    lag=1 if dossier.mode == "virement" else dossier.lag,
                )  # fmt: skip
        if asset:
            for thing in BOUGHT[dossier.account]:
                self._asset(bought, dossier.tree, bought.postings[0].account, thing)

    def _asset(self, bought: Tx, tree: str, account: str, thing: Thing) -> None:
        self.books.say(
            bought.day, tree, "immobilisation", f'"{thing.number}"', account, f"{thing.cost} XOF", rank=96,
            meta={
                "libelle": thing.label,
                "mise-en-service": thing.served or shift(bought.day, 2),
                "duree": f"{thing.months} mois",
                "piece": f"@{bought.seq}",
                "numero-de-serie": thing.serial or None,
                "lieu": thing.place,
                "detenteur": thing.holder,
                "etat": thing.state,
                "inventaire": thing.counted,
            },
        )  # fmt: skip

    def invoice_and_payment(
        self, tree: str, what: str, day: date, amount: int, said: str, wait: int, mode: str, lag: int, **words: Value
    ) -> None:
        """An invoice under a framework contract, then its payment."""
        code, winner = self.dossiers[tree, what]
        dossier = next(each for each in DOSSIERS if each.tree == tree and each.what == what)
        supplier = SUPPLIERS[winner]
        refs: dict[str, Value] = {"nif": supplier.nif, "facture": self.facture(winner, day), "marche": code}
        self.books.add(
            day, tree, "OD", supplier.name, f"{said} : facture", (dossier.account, amount), ("4011", -amount),
            rank=BOOKED, kind="Facture", **refs, ligne=dossier.line, **words,
        )  # fmt: skip
        self.books.add(
            shift(day, wait), tree, "BQ", supplier.name, f"{said} : règlement", ("4011", amount), ("52", -amount),
            rank=PAID, kind="Ordre de paiement", lag=lag, mode=mode, **refs, **_account(winner, mode),
        )  # fmt: skip

    def fuel(self, month: int) -> None:
        """Fuel of the month, invoiced at its end by the station."""
        for tree, year in FUEL.items():
            if month in year:
                what = next(each.what for each in DOSSIERS if each.tree == tree and each.account == "6053")
                day = before(date(YEAR, month, 22))
                self.invoice_and_payment(
                    tree, what, day, year[month], f"Carburant {of_month(MONTHS[month - 1])}", 3, "cheque", 3 + month % 5,
                )  # fmt: skip

    # --- activities -------------------------------------------------------------------------------------------------

    def advance(
        self,
        tree: str,
        who: str,
        day: date,
        amount: int,
        due: date,
        said: str,
        spent: list[Leg],
        settled: date,
        **words: Value,
    ) -> None:
        """An advance, its justification, and what is paid back to the bank; none when `spent` is empty."""
        self.advances += 1
        number = f"AV-2026-{self.advances:03d}"
        self.books.add(
            day, tree, "BQ", person(who), f"Avance à justifier : {said}", ("4213", amount), ("52", -amount),
            rank=PAID, kind="Ordre de mission et demande d'avance", lag=2, mode="cheque",
            beneficiaire=who, avance=number, echeance=due,
        )  # fmt: skip
        if not spent:
            return
        total = sum(leg[1] for leg in spent)
        self.books.add(
            settled, tree, "OD", person(who), f"Justification d'avance : {said}", *spent, ("4213", -total),
            rank=BOOKED, kind="États de paiement émargés", beneficiaire=who, avance=number, **words,
        )  # fmt: skip
        if total < amount:
            self.books.add(
                settled, tree, "BQ", person(who), f"Reliquat d'avance versé à la banque : {said}",
                ("52", amount - total), ("4213", total - amount),
                rank=PAID, kind="Bordereau de versement", lag=0, mode="especes", beneficiaire=who, avance=number,
            )  # fmt: skip

    def workshop(self, item: Workshop) -> None:
        """A workshop: advance, per diems and travel justified, meals invoiced, activity recorded."""
        tree = TREES[item.tree]
        lead, settled = tree.lead, shift(item.day, 5)
        words: dict[str, Value] = {"activite": item.activity}
        spent: list[Leg] = [
            ("6384", item.per_diem, {"ligne": item.line}), ("6181", item.travel, {"ligne": item.line}),
        ]  # fmt: skip
        self.advance(
            item.tree, lead, shift(item.day, -3), item.advance, shift(item.day, 7), f"{item.what}, {item.place}",
            spent, settled, **words,
        )  # fmt: skip
        if item.meals:
            what = next(
                each.what for each in DOSSIERS if each.tree == item.tree and each.what.startswith(item.meals_dossier)
            )
            self.invoice_and_payment(
                item.tree,
                what,
                shift(item.day, 2),
                item.meals,
                f"Repas et pauses, {item.what.lower()}",
                7,
                "cheque",
                5,
                **words,
            )
        path = f"{tree.folder}/{item.day:%Y-%m}/presence-{item.activity}-{item.day:%d}.pdf"
        label, target = next((a[3], a[4]) for a in ACTIVITIES[item.tree] if a[0] == item.activity)
        self.books.say(
            item.day, item.tree, "activite", f'"{item.tree}"', f'"{item.activity}"', f'"{item.what}, {item.place}"', rank=97,
            meta={
                "etape": "execution", "lieu": item.place, "femmes": item.women, "hommes": item.men,
                "nouveaux-femmes": item.women * 3 // 4, "nouveaux-hommes": item.men * 3 // 4,
                "indicateur": label, "valeur": item.women + item.men if target >= 100 else 1, "document": path,
            },
        )  # fmt: skip
        self.books.vouchers[path] = (
            "LISTE DE PRÉSENCE", item.what, f"{item.place}, {item.day:%d/%m/%Y}",
            f"Femmes : {item.women}   Hommes : {item.men}",
        )  # fmt: skip

    def mobile_money(self) -> None:
        """Relays paid by telephone: the phone is fed through 585, each payment bears the 1 % levy."""
        villages = (
            "Dourou",
            "Sangha",
            "Kani-Kombolé",
            "Ende",
            "Wadouba",
            "Borko",
            "Pelou",
            "Dandoli",
            "Tégourou",
            "Soroly",
        )
        place = 0
        for month, count in ((3, 3), (4, 3), (6, 3), (9, 3), (10, 2)):
            day = after(date(YEAR, month, 10))
            pays = [26000 + 2500 * ((place + n) % 4) for n in range(count)]
            fed = sum(amount + amount // 100 for amount in pays)
            self.books.add(
                day, UE, "BQ", "Orange Money UE-EAU", "Alimentation du compte de monnaie électronique",
                ("585", fed), ("52", -fed), rank=PAID, kind="Ordre de virement", lag=0, mode="virement",
            )  # fmt: skip
            self.books.add(
                day, UE, "MM", "Banque UE-EAU", "Alimentation du compte de monnaie électronique",
                ("5521", fed), ("585", -fed), rank=45, kind="Avis de l'opérateur", lag=0, mode="mobile",
            )  # fmt: skip
            for n, amount in enumerate(pays):
                village = villages[(place + n) % len(villages)]
                levy = amount // 100
                self.books.add(
                    shift(day, 1 + n // 2), UE, "MM", f"Relais de {village} (fictif)", f"Indemnité de suivi des points d'eau, {village}",
                    ("6384", amount, {"ligne": "2.4"}), ("6317", levy, {"ligne": "4.6"}), ("5521", -amount - levy),
                    rank=45, kind="Reçu de transfert mobile", lag=0, mode="mobile", activite="A2.2",
                )  # fmt: skip
            place += count

    def missions(self) -> None:
        """Mission advances; the last one is overdue at the end of October."""
        for tree, who, day, length, amount, per_diem, travel, place in (
            (FONCT, "directeur", date(YEAR, 2, 9), 4, 180000, 120000, 56500, "rencontre des partenaires à Mopti"),
            (
                FONCT,
                "coordinatrice",
                date(YEAR, 4, 7),
                3,
                140000,
                90000,
                47500,
                "supervision de l'antenne de Bandiagara",
            ),
            (UNICEF, "animateur-edu-2", date(YEAR, 5, 18), 4, 110000, 80000, 27000, "suivi des écoles de Niono"),
            (GENRE, "animatrice-genre-1", date(YEAR, 6, 9), 3, 95000, 67500, 27500, "suivi des groupements de Kadiolo"),
            (FONCT, "comptable", date(YEAR, 7, 7), 3, 125000, 82500, 39500, "contrôle des caisses des antennes"),
            (UE, "animatrice-eau-2", date(YEAR, 8, 18), 4, 105000, 75000, 28500, "inventaire des points d'eau de Koro"),
            (FONCT, "directeur", date(YEAR, 9, 29), 3, 165000, 105000, 54000, "atelier national des ONG à Ségou"),
            (GENRE, "animatrice-genre-1", date(YEAR, 10, 6), 4, 90000, 0, 0, "suivi des groupements de Kolondiéba"),
        ):
            line = "2.9" if tree == FONCT else "2.4"
            settled = shift(day, length + 3)
            spent: list[Leg] = (
                [("6384", per_diem, {"ligne": line}), ("6181", travel, {"ligne": line})] if per_diem else []
            )
            self.advance(tree, who, shift(day, -2), amount, shift(day, length + 5), f"mission, {place}", spent, settled)

    def grants_to_partners(self) -> None:
        """Sub-grants to associations and school committees."""
        for tree, day, payee, amount, line, activity in (
            (GENRE, date(YEAR, 4, 15), "Association Benkadi (fictif)", 350000, "2.5", "G2.2"),
            (GENRE, date(YEAR, 8, 20), "Groupement Sinignèsigi (fictif)", 350000, "2.5", "G2.2"),
            (UNICEF, date(YEAR, 3, 25), "Comité scolaire de Dioro (fictif)", 150000, "2.6", "E2.2"),
            (UNICEF, date(YEAR, 5, 14), "Comité scolaire de Farako (fictif)", 150000, "2.6", "E2.2"),
            (UNICEF, date(YEAR, 10, 14), "Comité scolaire de Cinzana (fictif)", 150000, "2.6", "E2.2"),
        ):
            self.books.add(
                day, tree, "BQ", payee, "Subvention versée selon la convention de partenariat",
                ("652", amount), ("52", -amount), rank=PAID, kind="Convention et reçu", lag=6, mode="cheque",
                ligne=line, activite=activity,
            )  # fmt: skip

    def correction(self) -> None:
        """A wrong budget line corrected by a storno; a cheque spoilt before it was issued."""
        payee, said = "Relais de Bankass (fictif)", "Transport des relais, réunion de Bankass"
        wrong = self.books.add(
            date(YEAR, 5, 21), UE, "OD", payee, said, ("6181", 64000, {"ligne": "4.7"}), ("4712", -64000),
            rank=BOOKED, kind="État de paiement", activite="A1.2", autorise_par="president",
        )  # fmt: skip
        self.books.add(
            date(YEAR, 6, 3), UE, "OD", payee, f"Extourne : {said}",
            ("6181", -64000, {"ligne": "4.7"}), ("4712", 64000), rank=BOOKED, kind="Note de correction",
            activite="A1.2", ecriture="extourne", annule=f"@{wrong.seq}",
        )  # fmt: skip
        self.books.add(
            date(YEAR, 6, 3), UE, "OD", payee, f"{said}, ligne corrigée",
            ("6181", 64000, {"ligne": "2.1"}), ("4712", -64000), rank=BOOKED, kind="État de paiement", activite="A1.2",
            autorise_par="president",
        )  # fmt: skip
        self.books.add(
            date(YEAR, 6, 4), UE, "BQ", payee, f"{said} : règlement", ("4712", 64000), ("52", -64000),
            rank=PAID, kind="Ordre de paiement", lag=5, mode="cheque", autorise_par="president",
        )  # fmt: skip
        self.books.add(
            date(YEAR, 8, 6), UNICEF, "BQ", "Chèque annulé", "Numéro annulé : chèque mal libellé, conservé et barré",
            rank=PAID, kind="Chèque barré", lag=None, annulee="chèque mal libellé, conservé et barré",
        )  # fmt: skip


def _account(supplier: str, mode: str) -> dict[str, Value]:
    """The account a transfer to a supplier goes to, when it gave one."""
    return {"rib-beneficiaire": PAID_INTO[supplier]} if mode == "virement" and supplier in PAID_INTO else {}
