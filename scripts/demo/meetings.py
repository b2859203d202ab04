"""Meetings of the teams, the Direction, the Executive Board and the General Assembly; follow-up of activities."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from demo.books import Books
from demo.days import MONTHS, after, mondays, of_month, shift
from demo.model import Value
from demo.world import ACTIVITIES, FONCT, FOUNDED, GENRE, LAST, RENEWED, SENT, TREES, UE, UNICEF, YEAR

TEAMS = {UE: (2, 4), UNICEF: (3, 1), GENRE: (2, 1)}
"""Women and men of each team."""
DECISIONS = (
    ("Transmettre les pièces des antennes avant le 5 du mois", "comptable"),
    ("Mettre à jour le plan de trésorerie", "comptable"),
    ("Relancer les avances à justifier", "coordinatrice"),
    ("Préparer la demande de paiement au bailleur", "directeur"),
    ("Vérifier le registre des immobilisations", "logisticien"),
)


def teams(books: Books) -> None:
    """One meeting a week and programme."""
    for tree, (women, men) in TEAMS.items():
        for place, day in enumerate(mondays(date(YEAR, 1, 5), LAST)):
            missing = 1 if place % 7 == 3 else 0
            books.say(
                day, tree, "rencontre", '"equipe"', f'"Réunion d\'équipe, semaine {day.isocalendar().week}"', rank=5,
                meta={"programme": tree, "femmes": women, "hommes": men - missing},
            )  # fmt: skip


def bodies(books: Books) -> None:
    """The Direction every month, the Executive Board every quarter, the General Assembly in June."""
    for month in range(1, 11):
        day = after(date(YEAR, month, 2 if month != 8 else 3))
        name = MONTHS[month - 1]
        meta: dict[str, Value] = {"femmes": 4 if month % 4 else 3, "hommes": 3}
        for place in (1, 2):
            said, who = DECISIONS[(month + place) % len(DECISIONS)]
            due = shift(day, 8 + 4 * place)
            meta[f"decision-{place}"] = said
            meta[f"decision-{place}-responsable"] = who
            meta[f"decision-{place}-echeance"] = due
            meta[f"decision-{place}-faite"] = shift(due, -2)
        _minutes(books, day, "direction", f"Réunion mensuelle {of_month(name)}", meta)
    everybody = "president tresoriere secretaire-generale conseiller conseillere"
    for day, what, meta in (
        (FOUNDED, "Bureau exécutif : budgets et mandats de 2026",
         {"femmes": 3, "hommes": 2, "presents": everybody, "adopte": "UE-2025-118 UNICEF-2025-07 FH-2025-031 FONCT-2026",
          "mandate": "directeur coordinatrice president tresoriere"}),
        (date(YEAR, 1, 9), "Bureau exécutif : plan de travail 2026", {"femmes": 3, "hommes": 2, "presents": everybody}),
        (date(YEAR, 4, 17), "Bureau exécutif sans quorum : aucune décision",
         {"femmes": 1, "hommes": 1, "presents": "president conseillere"}),
        (RENEWED, "Bureau exécutif : arrêté des comptes 2025, convention FH/2026/044 et avenant de UE/2025/118",
         {"femmes": 3, "hommes": 2, "presents": everybody, "adopte": "comptes-2025 FH-2026-044 UE-2025-118@2026-07-01",
          "mandate": "tresoriere secretaire-generale"}),
        (date(YEAR, 9, 18), "Bureau exécutif : suivi du troisième trimestre",
         {"femmes": 2, "hommes": 2, "presents": "president tresoriere secretaire-generale conseiller",
          "decision-1": "Obtenir du bailleur un avis sur le report de l'évaluation", "decision-1-responsable": "directeur",
          "decision-1-echeance": date(YEAR, 10, 15)}),
    ):  # fmt: skip
        _minutes(books, day, "bureau", what, meta)
    _minutes(
        books, date(2025, 12, 20), "ag", "Assemblée générale : programme de 2026",
        {"femmes": 31, "hommes": 28, "adopte": "programme-2026"},
    )  # fmt: skip
    _minutes(
        books, date(YEAR, 6, 19), "ag", "Assemblée générale ordinaire : comptes de 2025",
        {"femmes": 34, "hommes": 29, "adopte": "comptes-2025"},
    )  # fmt: skip


def communities(books: Books) -> None:
    """The bodies that the villages elected; one was elected again, nearer to parity."""
    for day, tree, code, what, women, men, chair in (
        (date(YEAR, 2, 11), UE, "OC-001", "Comité de gestion de l'eau de Koro", 3, 4, "f"),
        (date(YEAR, 3, 4), UE, "OC-002", "Comité de gestion de l'eau de Bandiagara", 2, 7, "h"),
        (date(YEAR, 9, 9), UE, "OC-002", "Comité de gestion de l'eau de Bandiagara, réélu", 4, 5, "f"),
        (date(YEAR, 5, 20), UNICEF, "OC-003", "Comité de gestion scolaire de Cinzana", 3, 5, "h"),
    ):  # fmt: skip
        path = f"{TREES[tree].folder}/{day:%Y-%m}/election-{code}.pdf"
        books.say(
            day, tree, "organe-communautaire", f'"{tree}"', f'"{code}"', f'"{what}"', rank=97,
            meta={"femmes": women, "hommes": men, "presidence": chair, "document": path},
        )  # fmt: skip
        books.vouchers[path] = (
            "PROCÈS-VERBAL D'ÉLECTION",
            what,
            f"{day:%d/%m/%Y}",
            f"Femmes : {women}   Hommes : {men}",
        )


def agency_form(books: Books) -> None:
    """What UNICEF wrote on the FACE of the third quarter that it sent back: 74 800 of the evaluation is not accepted yet."""
    for code, authorised, accepted, asked, following in (
        ("E1.1", 2_600_000, 2_480_000, 1_650_000, 1_650_000),
        ("E1.2", 300_000, 176_500, 700_000, 650_000),
        ("E2.1", 1_700_000, 1_500_000, 120_000, 120_000),
        ("E2.2", 0, 0, 900_000, 900_000),
    ):
        books.say(
            date(YEAR, 10, 20), UNICEF, "face", '"UNICEF-2025-07"', f'"{YEAR}-T3"', f'"{code}"', rank=98,
            meta={
                "autorise": (authorised, "XOF"), "accepte": (accepted, "XOF"),
                "demande": (asked, "XOF"), "autorise-suivant": (following, "XOF"),
            },
        )  # fmt: skip


def sent(books: Books, kept: Path) -> dict[str, bytes]:
    """The reports sent to donors, each kept as it left under `kept`; their bytes by path under documents/."""
    files: dict[str, bytes] = {}
    for tree, model, period, day in SENT:
        path = f"{TREES[tree].folder}/transmis/{model}-{period}.json"
        files[path] = (kept / path).read_bytes()
        digest = f"sha256:{hashlib.sha256(files[path]).hexdigest()}"
        books.say(
            day, tree, "transmission", f'"{model}"', f'"{tree}"', f'"{period}"', rank=99,
            meta={"empreinte": digest, "document": path},
        )  # fmt: skip
    return files


def _minutes(books: Books, day: date, body: str, what: str, meta: dict[str, Value]) -> None:
    path = f"{TREES[FONCT].folder}/{day:%Y-%m}/pv-{body}-{day:%d}.pdf"
    books.say(day, FONCT, "rencontre", f'"{body}"', f'"{what}"', rank=5, meta={**meta, "document": path})
    books.vouchers[path] = (
        "PROCÈS-VERBAL DE RÉUNION", what, f"{day:%d/%m/%Y}", f"Femmes : {meta['femmes']}   Hommes : {meta['hommes']}",
        *(str(meta[key]) for key in ("decision-1", "decision-2") if key in meta),
    )  # fmt: skip


def follow_up(books: Books) -> None:
    """Plans, deliveries, follow-up and evaluation of the activities that hold no workshop that day."""
    for tree, month, day, code, what, step, women, men, value in (
        (UE, 1, 23, "A1.1", "Plan de formation des relais", "planification", 4, 5, 0),
        (UE, 4, 1, "A1.2", "Remise des kits d'hygiène, première phase", "execution", 41, 33, 74),
        (UE, 6, 11, "A2.1", "Étude de référence validée", "execution", 7, 9, 1),
        (UE, 6, 30, "A2.2", "Visite des points d'eau réparés", "suivi", 12, 15, 6),
        (UE, 9, 29, "A1.2", "Remise des kits d'hygiène, deuxième phase", "execution", 33, 23, 56),
        (UNICEF, 2, 25, "E1.1", "Remise des manuels scolaires", "execution", 640, 580, 1220),
        (UNICEF, 5, 7, "E1.1", "Remise des kits scolaires", "execution", 310, 285, 595),
        (UNICEF, 7, 3, "E2.1", "Évaluation à mi-parcours", "evaluation", 9, 11, 18),
        (UNICEF, 10, 8, "E1.1", "Remise des kits de rentrée", "execution", 420, 395, 815),
        (UNICEF, 10, 14, "E2.2", "Subvention du comité scolaire de Cinzana", "execution", 6, 5, 1),
        (GENRE, 1, 28, "G1.1", "Identification des groupements", "identification", 38, 4, 0),
        (GENRE, 3, 10, "G1.1", "Remise du matériel aux groupements", "execution", 52, 6, 5),
        (GENRE, 4, 15, "G2.2", "Subvention de l'association Benkadi", "execution", 11, 2, 1),
        (GENRE, 8, 5, "G1.1", "Remise du deuxième lot de matériel", "execution", 44, 3, 4),
        (GENRE, 10, 21, "G2.1", "Distribution des dépliants", "suivi", 120, 80, 2),
    ):  # fmt: skip
        assert any(code == each[0] for each in ACTIVITIES[tree])
        at = after(date(YEAR, month, day))
        label = next(each[3] for each in ACTIVITIES[tree] if each[0] == code)
        path = f"{TREES[tree].folder}/{at:%Y-%m}/suivi-{code}-{at:%d}.pdf"
        meta: dict[str, Value] = {"etape": step, "lieu": TREES[tree].place, "femmes": women, "hommes": men}
        meta |= {"nouveaux-femmes": women * 2 // 3, "nouveaux-hommes": men * 2 // 3}
        if value:
            meta |= {"indicateur": label, "valeur": value}
        meta["document"] = path
        books.vouchers[path] = ("COMPTE RENDU D'ACTIVITÉ", what, f"{at:%d/%m/%Y}", f"Femmes : {women}   Hommes : {men}")
        books.say(at, tree, "activite", f'"{tree}"', f'"{code}"', f'"{what}"', rank=97, meta=meta)
