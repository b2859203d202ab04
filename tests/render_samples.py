"""Three reports as the demonstration books would give them, for the tests of pages, PDF and spreadsheets."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.table import (
    Bar,
    Bars,
    Column,
    Fact,
    Facts,
    Gauge,
    Gauges,
    Letterhead,
    Ref,
    Report,
    Row,
    Signature,
    Span,
    Table,
    Text,
    grid,
)

ANI = Letterhead("ANI-Mali", "Association (exemple fictif)", ("Bandiagara, région de Mopti", "NIF 084100000A"))
MARCH = Span("Mars 2026", date(2026, 3, 1), date(2026, 3, 31))
QUARTER = Span("1er trimestre 2026", date(2026, 1, 1), date(2026, 3, 31))


def bank_book(lines: int = 120, *, provisional: bool = False) -> Report:
    """A bank account's book, sixteen columns on a landscape page, some printed under others."""
    columns = (
        Column("order", "N°", "count"),
        Column("date", "Date", "date"),
        Column("value_date", "Date de valeur", "date", under="date"),
        Column("piece", "N° pièce", width=15),
        Column("mode", "Mode", width=8, under="piece"),
        Column("cheque", "Chèque / OV", width=9, under="piece"),
        Column("payee", "Bénéficiaire / Émetteur", width=17),
        Column("label", "Libellé", width=24),
        Column("account", "Compte", width=11),
        Column("line", "Ligne", width=5),
        Column("receipts", "Recettes", "money", total="sum", group="Mouvements"),
        Column("payments", "Dépenses", "money", total="sum", group="Mouvements"),
        Column("balance", "Solde", "money", formula=Formula("above.balance + receipts - payments"), group="Mouvements"),
        Column("first", "Signataire 1", width=10),
        Column("second", "Signataire 2", width=10, under="first"),
        Column("ticked", "Relevé", width=7),
    )
    payees = ("Faso Papeterie", "Énergie du Mali SA", "Pharmacie Bobo", "Station Kanaga", "A. Traoré (fictif)")
    labels = ("Fournitures de formation", "Électricité du bureau de Bandiagara", "Kits d'hygiène", "Carburant mission")
    rows = [Row({"label": "Report à nouveau", "balance": 4_512_000}, role="opening")]
    for i in range(lines):
        receipt = i % 17 == 3
        rows.append(
            Row(
                {
                    "order": i + 1,
                    "date": date(2026, 3, 1) + timedelta(days=i // 4),
                    "value_date": date(2026, 3, 1) + timedelta(days=i // 4),
                    "piece": f"BQ-UE-EAU-2026-{i + 31:04d}",
                    "mode": "virement" if receipt else "chèque",
                    "cheque": f"{7740120 + i}",
                    "payee": "Union européenne" if receipt else payees[i % 5],
                    "label": "Tranche 1 de la convention UE/2025/118" if receipt else labels[i % 4],
                    "account": "46211-Fonds" if receipt else "6047-Fournitures",
                    "line": "" if receipt else f"3.{i % 5 + 1}",
                    "receipts": 1_250_000 if receipt else None,
                    "payments": None if receipt else 18_500 + 1_375 * (i % 23),
                    "first": "" if receipt else "directeur",
                    "second": "" if receipt else "tresoriere",
                    "ticked": "2026-03" if i < 100 else "",
                },
                refs=(Ref("ledger/ue-eau/2026-03.beancount", 12 * i + 8, f"BQ-UE-EAU-2026-{i + 31:04d}"),),
            )
        )
    rows.append(Row({"label": "Totaux de la période"}, role="total", sums=range(1, lines + 1)))
    rows.append(Row({"label": "Solde à reporter"}, role="closing"))
    return Report(
        model="journal-banque",
        title="Journal de banque",
        subtitle="Compte Actif:UE-EAU:52111-Banque-BDM",
        period=MARCH,
        letterhead=ANI,
        scope="UE-EAU – Union européenne, projet eau (exemple fictif)",
        facts=(
            Fact("Solde d'ouverture", 4_512_000),
            Fact("Relevé n°", "2026-03"),
            Fact("Convention", "UE-2025-118"),
        ),
        body=(grid("book", "Mouvements du compte", columns, rows),),
        signatures=(
            Signature("Le comptable", "M. Guindo (fictif)"),
            Signature("Le directeur", "A. Traoré (fictif)", "lu et approuvé"),
        ),
        provisional=provisional,
        digest12="3f9ac2d1807b",
        audience="direction",
        landscape=True,
    )


def _budget() -> Table:
    columns = (
        Column("code", "Code", width=5),
        Column("label", "Rubrique / Ligne", width=26),
        Column("initial", "Initial", "money", total="sum", group="Budget"),
        Column("budget", "Révisé", "money", total="sum", group="Budget"),
        Column("period", "Période", "money", total="sum", group="Réalisé"),
        Column("actual", "Cumulé", "money", total="sum", group="Réalisé"),
        Column("orders", "Commandes en cours", "money", total="sum"),
        Column("available", "Solde disponible", "money", formula=Formula("budget - actual - orders")),
        Column("rate", "Taux d'exécution", "percent", formula=Formula("actual / budget")),
        Column("elapsed", "Taux temporel", "percent"),
        Column("comment", "Commentaire", width=26),
    )
    rows: list[Row] = []
    totals: list[int] = []
    headings = ("Ressources humaines", "Voyages", "Équipement et fournitures", "Bureau local", "Autres coûts, services")
    elapsed = Decimal("0.1233")
    for h, heading in enumerate(headings, 1):
        at = len(rows)
        totals.append(at)
        rows.append(
            Row({"code": f"{h}", "label": heading, "elapsed": elapsed}, role="subtotal", sums=range(at + 1, at + 5))
        )
        for n in range(1, 5):
            budget = 1_200_000 * h + 350_000 * n
            spent = budget * (7 * n + 5 * h) // 100
            rows.append(
                Row(
                    {
                        "code": f"{h}.{n}",
                        "label": ("Animateurs", "Superviseur de zone", "Relais communautaires formés", "Primes")[n - 1],
                        "initial": budget - 100_000 * (n == 2),
                        "budget": budget,
                        "period": spent * 2 // 3,
                        "actual": spent,
                        "orders": 45_000 if n == 3 else 0,
                        "elapsed": elapsed,
                        "comment": "Formations avancées au premier trimestre, à la demande des communes."
                        if n == h
                        else "",
                    },
                    depth=1,
                    refs=(Ref("ledger/ue-eau/2026-03.beancount", 40 + n, "BQ-UE-EAU-2026-0042"),),
                )
            )
    rows.append(Row({"label": "Total", "elapsed": elapsed}, role="total", sums=tuple(totals)))
    return grid(
        "budget",
        "Exécution du budget",
        columns,
        rows,
        "Solde disponible = budget révisé − réalisé cumulé − commandes en cours.",
    )


def _funds() -> Table:
    columns = (Column("label", "État des fonds", width=60), Column("amount", "Montant", "money", total="sum"))
    rows = (
        Row({"label": "Solde d'ouverture", "amount": 0}, key="B"),
        Row({"label": "+ Fonds reçus", "amount": 39_357_420}, key="C"),
        Row({"label": "+ Intérêts", "amount": 12_640}, key="I"),
        Row({"label": "− Dépenses", "amount": 15_498_500}, key="D"),
        Row({"label": "= Solde de clôture"}, role="total", key="E", formula=Formula("B + C + I - D")),
        Row({"label": "Banque", "amount": 23_783_060}, key="bank"),
        Row({"label": "+ Caisse", "amount": 88_500}, key="cash"),
        Row({"label": "+ Avances", "amount": 0}, key="advances"),
        Row({"label": "− Dettes", "amount": 0}, key="debts"),
        Row(
            {"label": "= Position de trésorerie"},
            role="total",
            key="P",
            formula=Formula("bank + cash + advances - debts"),
        ),
        Row({"label": "Écart (doit être nul)"}, role="total", formula=Formula("E - P")),
    )
    return grid("funds", "État des fonds et son égalité", columns, rows)


def financial_report(*, provisional: bool = True, language: str = "fr") -> Report:
    """A donor's quarterly report: bars, gauges, budget execution, statement of funds, comments, two signatures, an annex."""
    expenses = grid(
        "expenses",
        "Liste des dépenses",
        (
            Column("order", "N°", "count"),
            Column("line", "Ligne", width=5),
            Column("date", "Date", "date"),
            Column("payee", "Fournisseur", width=20),
            Column("label", "Libellé", width=30),
            Column("piece", "N° pièce", width=20),
            Column("amount", "Montant", "money", total="sum"),
        ),
        [
            Row(
                {
                    "order": i,
                    "line": f"3.{i % 4 + 1}",
                    "date": date(2026, 1, 4) + timedelta(days=i),
                    "payee": "Faso Papeterie",
                    "label": "Fournitures de formation des relais",
                    "piece": f"BQ-UE-EAU-2026-{i:04d}",
                    "amount": 45_000 + 250 * i,
                }
            )
            for i in range(1, 61)
        ]
        + [Row({"label": "Total"}, role="total", sums=range(60))],
    )
    return Report(
        model="rapport-financier",
        title="Rapport financier" if language == "fr" else "Financial report",
        subtitle="Convention UE/2025/118 – financement : fonds d'administration",
        period=QUARTER,
        letterhead=ANI,
        language=language,
        currency_label="FCFA" if language == "fr" else "XOF",
        scope="UE-EAU – Union européenne, projet eau (exemple fictif)",
        facts=(
            Fact("Budget révisé", 88_500_000),
            Fact("Réalisé cumulé", 15_498_500),
            Fact("Taux d'exécution", Decimal("0.1751")),
            Fact("Temps écoulé", Decimal("0.1233")),
            Fact("Fin de la convention", date(2027, 12, 31)),
        ),
        body=(
            Bars(
                (
                    Bar("1 Ressources humaines", 2_380_000, 8_300_000, Decimal("0.1233")),
                    Bar("2 Voyages", 13_700_000, 13_100_000, Decimal("0.1233")),
                    Bar("3 Équipement et fournitures", 0, 17_900_000, Decimal("0.1233")),
                    Bar("4 Bureau local", 4_150_000, 22_700_000, Decimal("0.1233")),
                ),
                "Dépenses par rubrique",
                "temps écoulé",
            ),
            Gauges(
                (
                    Gauge("Caisse de Bandiagara", 88_500, 25_000, 150_000),
                    Gauge("Caisse de Douentza", 12_000, 25_000, 150_000, "depuis le 27/03/2026"),
                ),
                "Caisses à la fin de la période",
            ),
            _budget(),
            Text(
                (
                    "Les formations du deuxième trimestre ont été avancées à la demande des communes ; l'écart se résorbera en juin.",
                    "Aucune réaffectation n'a été faite entre rubriques.",
                ),
                "Commentaires",
            ),
            _funds(),
        ),
        signatures=(
            Signature("Le directeur", "A. Traoré (fictif)"),
            Signature("La trésorière du bureau exécutif", "F. Ouologuem (fictive)"),
        ),
        annexes=(expenses,),
        provisional=provisional,
        digest12="a01b3c5d7e9f",
        audience="bailleur",
        landscape=True,
    )


def cash_count() -> Report:
    """The minutes of a cash count, one portrait page."""
    coins = Formula("value * quantity")
    notes = ((10_000, 8), (5_000, 1), (2_000, 1), (1_000, 0), (500, 0))
    pieces = ((500, 0), (250, 2), (200, 0), (100, 0), (50, 0), (25, 0), (10, 0), (5, 0))
    rows = [Row({"nature": "Billets", "value": value, "quantity": count}) for value, count in notes]
    rows.append(Row({"nature": "Sous-total billets"}, role="subtotal", sums=range(5)))
    rows += [Row({"nature": "Pièces", "value": value, "quantity": count}) for value, count in pieces]
    rows.append(Row({"nature": "Sous-total pièces"}, role="subtotal", sums=range(6, 14)))
    rows.append(Row({"nature": "Total espèces (A)"}, role="total", sums=(5, 14)))
    count = grid(
        "count",
        "Billetage",
        (
            Column("nature", "Nature", width=30),
            Column("value", "Valeur faciale", "money"),
            Column("quantity", "Quantité", "count"),
            Column("amount", "Montant", "money", total="sum", formula=coins),
        ),
        rows,
    )
    check = grid(
        "check",
        "Rapprochement",
        (Column("label", "", width=60), Column("amount", "Montant", "money", total="sum")),
        (
            Row({"label": "Solde au dernier arrêté (B)", "amount": 121_000}, key="B"),
            Row({"label": "+ Recettes depuis (C)", "amount": 0}, key="C"),
            Row({"label": "− Dépenses depuis (D)", "amount": 33_500}, key="D"),
            Row({"label": "Solde théorique (E = B + C − D)"}, role="subtotal", key="E", formula=Formula("B + C - D")),
            Row({"label": "Total espèces (A)", "amount": 87_500}, key="A"),
            Row({"label": "Bons provisoires non comptabilisés (F)", "amount": 0}, key="F"),
            Row({"label": "Solde physique retenu (G = A + F)"}, role="subtotal", key="G", formula=Formula("A + F")),
            Row({"label": "Écart : excédent (+) / manquant (−) (H = G − E)"}, role="total", formula=Formula("G - E")),
        ),
    )
    return Report(
        model="pv-caisse",
        title="Procès-verbal de caisse",
        subtitle="Arrêté mensuel",
        period=MARCH,
        letterhead=ANI,
        scope="UE-EAU – Caisse Actif:UE-EAU:5711-Caisse",
        body=(
            Facts(
                (
                    Fact("Date", date(2026, 3, 31)),
                    Fact("Heure", "17:30"),
                    Fact("Lieu", "Bandiagara"),
                    Fact("Dernière pièce enregistrée", "CS-UE-EAU-2026-0031"),
                )
            ),
            count,
            check,
            Text(
                ("Arrêté à la somme de quatre-vingt-sept mille cinq cents francs CFA (87\u202f500\u00a0FCFA).",),
                role="sentence",
            ),
        ),
        signatures=(
            Signature("Le caissier", "K. Togo (fictif)"),
            Signature("Le contrôleur", "M. Guindo (fictif)"),
            Signature("Le témoin", "S. Kassogué (fictive)"),
        ),
        digest12="0c4de88b19aa",
        audience="interne",
    )
