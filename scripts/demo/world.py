"""The world of the demonstration: trees, people, staff, suppliers, dossiers, workshops. Everything is fictional."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

FIRST, LAST = date(2026, 1, 1), date(2026, 10, 31)
YEAR = 2026

ROOTS = {
    "121": ("Capitaux", "Report-a-nouveau"),
    "162": ("Capitaux", "Fonds-investissement"),
    "165": ("Capitaux", "Fonds-affectes-a-un-projet"),
    "2441": ("Actif", "Materiel-et-mobilier"),
    "2442": ("Actif", "Informatique"),
    "2458": ("Actif", "Motos"),
    "2844": ("Actif", "Amortissements-materiel"),
    "4011": ("Passif", "Fournisseurs"),
    "412": ("Actif", "Clients-usagers"),
    "4211": ("Actif", "Personnel-avances"),
    "4213": ("Actif", "Avances-a-justifier"),
    "422": ("Passif", "Remunerations-dues"),
    "4311": ("Passif", "Prestations-familiales"),
    "4312": ("Passif", "Accidents-de-travail"),
    "4321": ("Passif", "Retraite"),
    "4333": ("Passif", "AMO"),
    "442": ("Passif", "Impots-et-taxes"),
    "4472": ("Passif", "Impots-sur-salaires"),
    "4478": ("Passif", "Retenues-a-la-source"),
    "462": ("Passif", "Fonds-administration"),
    "4692": ("Actif", "Fonds-a-recevoir"),
    "4712": ("Passif", "Crediteurs-divers"),
    "4732": ("Actif", "Subventions-a-recevoir"),
    "477": ("Passif", "Produits-constates-avance"),
    "4812": ("Passif", "Fournisseurs-immobilisations"),
    "5521": ("Actif", "Orange-Money"),
    "5711": ("Actif", "Caisse"),
    "585": ("Actif", "Virements-de-fonds"),
    "6011": ("Charges", "Biens-lies-a-l-activite"),
    "6047": ("Charges", "Fournitures"),
    "6051": ("Charges", "Eau"),
    "6052": ("Charges", "Electricite"),
    "6053": ("Charges", "Carburant"),
    "6054": ("Charges", "Fournitures-entretien"),
    "6055": ("Charges", "Fournitures-de-bureau"),
    "6056": ("Charges", "Petit-materiel"),
    "6057": ("Charges", "Prestations-de-services"),
    "616": ("Charges", "Transports-de-plis"),
    "6181": ("Charges", "Voyages-et-deplacements"),
    "6222": ("Charges", "Locations-de-batiments"),
    "6223": ("Charges", "Locations-de-materiels"),
    "6241": ("Charges", "Entretien-immobilier"),
    "6242": ("Charges", "Entretien-mobilier"),
    "6243": ("Charges", "Maintenance"),
    "6252": ("Charges", "Assurances"),
    "6271": ("Charges", "Annonces"),
    "6277": ("Charges", "Ateliers"),
    "6281": ("Charges", "Telephone"),
    "6284": ("Charges", "Internet"),
    "6317": ("Charges", "Frais-monnaie-electronique"),
    "6318": ("Charges", "Frais-bancaires"),
    "6324": ("Charges", "Honoraires"),
    "6327": ("Charges", "Prestataires"),
    "633": ("Charges", "Formation"),
    "6383": ("Charges", "Receptions"),
    "6384": ("Charges", "Missions"),
    "6413": ("Charges", "Taxes-sur-salaires"),
    "652": ("Charges", "Subventions-accordees"),
    "6611": ("Charges", "Salaires"),
    "6641": ("Charges", "Charges-sociales"),
    "701": ("Produits", "Cotisations"),
    "702": ("Produits", "Quote-part-fonds-administration"),
    "7041": ("Produits", "Dons"),
    "7052": ("Produits", "Services-vendus"),
    "713": ("Produits", "Subventions-exploitation"),
    "771": ("Produits", "Interets"),
    "781": ("Produits", "Transferts-de-charges"),
    "7925": ("Produits", "Reprises-de-fonds-affectes"),
    "901": ("Charges", "Mises-a-disposition-gratuites"),
    "904": ("Charges", "Personnel-benevole"),
    "911": ("Produits", "Prestations-en-nature"),
    "914": ("Produits", "Benevolat"),
}
"""SYCEBNL numbers used, with the root and the rest of the account's name."""


class Staff(NamedTuple):
    """Someone paid each month: the budget line, the gross salary and the family reduction of the payroll tax (‰)."""

    person: str
    line: str
    gross: int
    relief: int


@dataclass(frozen=True)
class Tree:
    """One donor's tree and how its life is paid for."""

    code: str
    title: str
    bank: tuple[str, str]
    bank_payee: str
    lead: str
    cashier: str
    floor: int
    ceiling: int
    fill: int
    fund: str
    share: str
    place: str
    cheque: int
    staff: tuple[Staff, ...]
    cash_pace: int
    cash_from: date
    fees: str

    @property
    def folder(self) -> str:
        """Name of its folder."""
        return self.code.lower()

    @property
    def holder(self) -> str:
        """Whom its bank says the account belongs to."""
        return f"ANI-Mali {self.title.partition(' : ')[2]}"


UE, UNICEF, GENRE, FONCT = "UE-EAU", "UNICEF-EDU", "GENRE", "FONCT"

BRANCHES = {UE: "Mopti", UNICEF: "Ségou", GENRE: "Sikasso", FONCT: "Bamako"}
"""Where the bank keeps each account (fictitious)."""
BANK_NUMBERS = {
    "52111": "ML016 01201 002600521110 37",
    "52112": "ML043 02110 001180521120 64",
    "52113": "ML102 01003 007740521130 12",
    "52114": "ML041 01001 003350521140 88",
}
"""Account numbers as the banks print them (fictitious)."""

TREES = {
    tree.code: tree
    for tree in (
        Tree(
            UE, "UE-EAU : eau et assainissement", ("52111", "Banque-BDM"), "BDM (fictif)", "responsable-eau",
            "caissiere-eau", 25000, 150000, 150000, "462", "702", "Bandiagara", 441021,
            (
                Staff("responsable-eau", "1.2", 430000, 150),
                Staff("animateur-eau-1", "1.1", 180000, 100),
                Staff("animatrice-eau-2", "1.1", 180000, 0),
                Staff("animateur-eau-3", "1.1", 180000, 125),
                Staff("caissiere-eau", "1.3", 165000, 100),
                Staff("chauffeur-eau", "1.3", 150000, 175),
            ),
            4, date(2026, 1, 21), "4.6",
        ),
        Tree(
            UNICEF, "UNICEF-EDU : éducation de base", ("52112", "Banque-BNDA"), "BNDA (fictif)", "responsable-edu",
            "caissiere-edu", 25000, 150000, 150000, "165", "7925", "Ségou", 730512,
            (
                Staff("responsable-edu", "1.2", 410000, 125),
                Staff("animatrice-edu-1", "1.1", 175000, 0),
                Staff("animateur-edu-2", "1.1", 175000, 125),
                Staff("caissiere-edu", "1.3", 160000, 100),
            ),
            4, date(2026, 1, 5), "4.6",
        ),
        Tree(
            GENRE, "GENRE : autonomie des femmes", ("52113", "Banque-BMS"), "BMS (fictif)", "responsable-genre",
            "caissier-genre", 20000, 120000, 120000, "4732", "713", "Sikasso", 208833,
            (
                Staff("responsable-genre", "1.2", 390000, 100),
                Staff("animatrice-genre-1", "1.1", 170000, 25),
                Staff("caissier-genre", "1.3", 155000, 100),
            ),
            3, date(2026, 1, 6), "4.6",
        ),
        Tree(
            FONCT, "FONCT : fonctionnement d'ANI-Mali", ("52114", "Banque-BIM"), "BIM (fictif)", "directeur",
            "caissiere-fonct", 25000, 150000, 120000, "", "", "Bamako", 915604,
            (
                Staff("directeur", "1.1", 650000, 175),
                Staff("coordinatrice", "1.1", 520000, 125),
                Staff("comptable", "1.2", 380000, 150),
                Staff("secretaire", "1.2", 190000, 25),
                Staff("logisticien", "1.2", 210000, 125),
                Staff("caissiere-fonct", "1.2", 150000, 100),
                Staff("gardien", "1.2", 95000, 175),
            ),
            3, date(2026, 1, 5), "2.8",
        ),
    )
}  # fmt: skip

KEY = {UE: 40, UNICEF: 30, GENRE: 15, FONCT: 15}

PEOPLE = {
    "president": ("B. Konaté", "Président du Bureau exécutif", "bureau-executif", "h"),
    "tresoriere": ("F. Diarra", "Trésorière du Bureau exécutif", "bureau-executif", "f"),
    "secretaire-generale": ("O. Sangaré", "Secrétaire générale du Bureau exécutif", "bureau-executif", "f"),
    "conseiller": ("I. Togola", "Membre du Bureau exécutif", "bureau-executif", "h"),
    "conseillere": ("N. Cissé", "Membre du Bureau exécutif", "bureau-executif", "f"),
    "directeur": ("A. Traoré", "Directeur", "direction", "h"),
    "coordinatrice": ("M. Keïta", "Coordinatrice des programmes", "direction", "f"),
    "responsable-eau": ("S. Coulibaly", "Responsable du programme eau", "programme", "h"),
    "responsable-edu": ("R. Dembélé", "Responsable du programme éducation", "programme", "f"),
    "responsable-genre": ("K. Sissoko", "Responsable du programme genre", "programme", "f"),
    "animateur-eau-1": ("Y. Dougnon", "Animateur eau", "programme", "h"),
    "animatrice-eau-2": ("H. Guindo", "Animatrice eau", "programme", "f"),
    "animateur-eau-3": ("D. Poudiougou", "Animateur eau", "programme", "h"),
    "animatrice-edu-1": ("C. Bouaré", "Animatrice éducation", "programme", "f"),
    "animateur-edu-2": ("L. Tangara", "Animateur éducation", "programme", "h"),
    "animatrice-genre-1": ("W. Ballo", "Animatrice genre", "programme", "f"),
    "comptable": ("P. Kanté", "Comptable", "appui", "h"),
    "secretaire": ("J. Maïga", "Secrétaire", "appui", "f"),
    "logisticien": ("E. Sidibé", "Logisticien", "appui", "h"),
    "caissiere-eau": ("T. Kassogué", "Assistante et caissière eau", "appui", "f"),
    "caissiere-edu": ("G. Samaké", "Assistante et caissière éducation", "appui", "f"),
    "caissier-genre": ("Z. Bengaly", "Assistant et caissier genre", "appui", "h"),
    "caissiere-fonct": ("V. Fomba", "Caissière du siège", "appui", "f"),
    "chauffeur-eau": ("M. Saye", "Chauffeur", "appui", "h"),
    "gardien": ("U. Niaré", "Gardien", "appui", "h"),
}

MEMBERS = {
    "M-001": ("B. Konaté", "h", "2004-05-15", ""),
    "M-002": ("F. Diarra", "f", "2004-05-15", ""),
    "M-003": ("O. Sangaré", "f", "2006-03-02", ""),
    "M-004": ("I. Togola", "h", "2008-01-20", ""),
    "M-005": ("N. Cissé", "f", "2011-06-18", ""),
    "M-006": ("A. Berthé", "f", "2012-06-16", ""),
    "M-007": ("S. Diawara", "h", "2013-06-15", "2025-12-31"),
    "M-008": ("K. Camara", "f", "2015-06-20", ""),
    "M-009": ("Y. Tamboura", "h", "2017-06-17", ""),
    "M-010": ("D. Haïdara", "f", "2019-06-15", ""),
    "M-011": ("Groupement Benkadi de Kati", "", "2020-06-20", ""),
    "M-012": ("L. Fofana", "h", "2023-06-17", ""),
    "M-013": ("R. Traoré", "f", "2026-06-19", ""),
}
"""Members of the association: name, sex (none for a legal person), first and last day."""
DUES = 60000
"""What a member owes a year."""

RECRUITED = {"animatrice-genre-1": date(2026, 1, 1), "animateur-edu-2": date(2026, 1, 1)}
"""Those recruited this year."""
BODIES = {
    "bureau-executif": ("president", "tresoriere", "secretaire-generale", "conseiller", "conseillere"),
    "direction": (
        "directeur", "coordinatrice", "responsable-eau", "responsable-edu", "responsable-genre", "comptable",
        "secretaire",
    ),
}  # fmt: skip

FOUNDED, RENEWED = date(2025, 12, 19), date(2026, 6, 12)
"""The board meetings that gave this year's mandates and adopted its budgets; and those of the second half."""
BANK_MANDATES = (
    ("directeur", date(2026, 1, 1), date(2026, 12, 31), 5_000_000, FOUNDED),
    ("coordinatrice", date(2026, 1, 1), date(2026, 12, 31), 5_000_000, FOUNDED),
    ("president", date(2026, 1, 1), date(2026, 12, 31), 10_000_000, FOUNDED),
    ("tresoriere", date(2026, 1, 1), date(2026, 6, 30), 5_000_000, FOUNDED),
    ("tresoriere", date(2026, 7, 1), date(2026, 12, 31), 6_000_000, RENEWED),
    ("secretaire-generale", date(2026, 7, 1), date(2026, 9, 30), 3_000_000, RENEWED),
)
"""Who signs payments, when, up to how much, and when the board decided it."""

DIRECTOR_AWAY = (date(2026, 8, 3), date(2026, 8, 28))
"""The coordinator signs while the director is on leave."""


class Supplier(NamedTuple):
    """A supplier and its tax number."""

    name: str
    nif: str


_SUPPLIERS = """
faso Faso Papeterie 084112345A
djoliba Librairie du Djoliba 084120718B
kora Bureautique Kora 083905521C
sahel Station Sahel Énergie 081447203D
niger Station du Fleuve Niger 081450876E
tilemsi Hydrocarbures Tilemsi 082011349F
dabani Traiteur Dabani 085600214G
bogolan Restaurant Le Bogolan 085611790H
teriya Cuisine Teriya 085623418J
motomali Moto Mali Services 082733105K
wassa Wassa Deux Roues 082740662L
jigui Garage Jigui Cycles 082755097M
hygia Hygia Distribution 086104423N
sanya Comptoir Sanya 086118906P
kenekadi Ets Kènè Kadi 086120351Q
hydro Cabinet Hydro-Conseil 087330142R
baobab Bureau d'études Baobab 087341885S
tinari Cabinet Tinari 087352630T
pompes Pompes et Forages du Plateau 086702274U
dogon Quincaillerie Dogon 086713560V
kaarta Fournitures du Kaarta 086720998W
labo Labo Équip Mali 086815507X
science Science et Mesure Bamako 086821346Y
mesure Ets Mesure Plus 086834722Z
editions Éditions du Mandé 084601139A
livre Maison du Livre Scolaire 084615482B
savoir Comptoir du Savoir 084627350C
imprim Imprimerie Kalanso 084833907D
graphi Graphi-Sahel 084840256E
offset Offset Hamdallaye 084851744F
tissage Ateliers Tissage Sikasso 086940125G
moulin Moulins et Presses du Kénédougou 086952871H
agro Agro-Matériel Wassoulou 086963318J
radio Radio Kayira ya 088210467K
onde Régie Onde du Sud 088224930L
studio Studio Folona 088231179M
forma Cabinet Forma Plus 087720585N
dembe Institut Dembé 087733246P
kalan Centre Kalan So 087741903Q
netsahel Net Sahel 088705318R
fibre Fibre du Mandé 088712964S
wifi Wifi Bamako Pro 088720175T
info Info-Bureau Badalabougou 083117240U
micro Micro Services Plus 083129886V
pixel Pixel Mali 083134502W
assur Assurances du Sahel 089410337X
mutu Mutuelle Nièta 089421950Y
garantie Garantie Mandé 089437718Z
audit Cabinet d'audit Sininkòrò 087905461A
fidu Fiduciaire Djoliba 087913852B
expert Expertise Faso Dèmè 087926019C
froid Froid Service Hippodrome 085204476D
clim Clim Expert Bamako 085213820E
polaire Polaire Technique 085229355F
garage Garage Central du Plateau 082514738G
meca Mécanique Auto Douentza 082520193H
piston Piston d'Or 082536847J
loca Loca-Véhicules Mopti 082903315K
voyages Voyages Sanankoroba 082914770L
savane Savane Location 082926428M
"""

SUPPLIERS = {
    key: Supplier(f"{name} (fictif)", nif)
    for key, name, nif in (
        (line.split(" ", 1)[0], line.split(" ", 1)[1].rsplit(" ", 1)[0], line.rsplit(" ", 1)[1])
        for line in _SUPPLIERS.strip().splitlines()
    )
}

PAID_INTO = {
    "netsahel": "ML099 01001 010000870531 12",
    "hygia": "ML099 02001 020000610442 34",
    "editions": "ML099 01003 030000460113 56",
}
"""The account that suppliers paid by transfer gave, by supplier."""


class Dossier(NamedTuple):
    """A purchase above the threshold: award, winner first among three offers, and how it is invoiced and paid."""

    tree: str
    award: date
    what: str
    line: str
    activity: str
    account: str
    offers: tuple[tuple[str, int], ...]
    reason: str = ""
    payments: tuple[int, ...] = (100,)
    withheld: int = 0
    framework: bool = False
    mode: str = "cheque"
    invoice_after: int = 6
    pay_after: int = 8
    lag: int | None = 4
    units: int = 0
    items: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """What is asked (« désignation · quantité unité ») and each supplier's price, in the order of the offers."""
    tax: str = ""


DOSSIERS = (
    # frameworks: the invoices come later, as they fall due
    Dossier(FONCT, date(2026, 1, 13), "Accès à internet, année 2026", "2.3", "", "6284", (("netsahel", 720000), ("fibre", 768000), ("wifi", 804000)), framework=True),
    Dossier(UNICEF, date(2026, 1, 15), "Carburant des missions, année 2026", "4.1", "", "6053", (("niger", 850000), ("sahel", 872000), ("tilemsi", 890000)), framework=True),
    Dossier(UE, date(2026, 1, 22), "Carburant des motos et du véhicule, année 2026", "4.1", "", "6053", (("sahel", 1500000), ("niger", 1530000), ("tilemsi", 1575000)), framework=True),
    Dossier(UE, date(2026, 2, 19), "Restauration des ateliers, année 2026", "2.1", "A1.1", "6277", (("dabani", 1600000), ("bogolan", 1720000), ("teriya", 1690000)), framework=True),
    Dossier(UNICEF, date(2026, 2, 24), "Restauration des ateliers, année 2026", "2.1", "E1.2", "6277", (("teriya", 900000), ("dabani", 945000), ("bogolan", 990000)), framework=True),
    # one order, one or several payments
    Dossier(FONCT, date(2026, 1, 22), "Ordinateur portable et imprimante", "3.1", "", "2442", (("info", 850000), ("micro", 898000), ("pixel", 912500)),
            items=(("Ordinateur portable · 1", (560339, 596017, 603305)), ("Imprimante laser · 1", (160000, 165000, 170000))), tax="18 %", invoice_after=3, pay_after=0, mode="cheque"),
    Dossier(FONCT, date(2026, 1, 27), "Assurance du matériel, année 2026", "2.6", "", "6252", (("assur", 412000), ("mutu", 438500), ("garantie", 455000)), mode="virement"),
    Dossier(UNICEF, date(2026, 2, 5), "Manuels scolaires, premier lot", "2.2", "E1.1", "6011", (("editions", 2150000), ("livre", 2238000), ("savoir", 2310000)), payments=(50, 50), mode="virement"),
    Dossier(UE, date(2026, 2, 10), "Deux motos tout-terrain", "3.1", "", "2458", (("motomali", 2300000), ("wassa", 2390000), ("jigui", 2460000)), mode="virement", units=2),
    Dossier(GENRE, date(2026, 2, 11), "Matériel pour activités génératrices de revenus", "2.1", "G1.1", "6011", (("moulin", 1250000), ("agro", 1316000), ("tissage", 1340000)), mode="virement"),
    Dossier(UE, date(2026, 2, 17), "Fournitures de formation des relais", "2.1", "A1.1", "6047", (("faso", 285000), ("djoliba", 301500), ("kora", 312000)),
            items=(("Cahiers de 200 pages · 40 paquets", (4500, 4800, 4875)), ("Marqueurs effaçables · 30 boîtes", (3500, 3650, 3900)))),
    Dossier(GENRE, date(2026, 2, 24), "Spots radio du 8 mars", "2.3", "G2.1", "6271", (("radio", 240000), ("onde", 262000), ("studio", 255000)), invoice_after=10),
    Dossier(UE, date(2026, 3, 11), "Kits d'hygiène, première phase", "2.2", "A1.2", "6011", (("hygia", 1480000), ("sanya", 1525000), ("kenekadi", 1590000)), payments=(40, 30, 30), mode="virement", units=74),
    Dossier(UNICEF, date(2026, 3, 17), "Impression de guides pédagogiques", "2.1", "E1.2", "6057", (("imprim", 480000), ("graphi", 505000), ("offset", 497500))),
    Dossier(FONCT, date(2026, 3, 24), "Audit des comptes 2025", "2.7", "", "6324", (("audit", 1800000), ("fidu", 1950000), ("expert", 2100000)), invoice_after=25, mode="virement", withheld=15),
    Dossier(UE, date(2026, 4, 14), "Étude de référence sur l'accès à l'eau", "2.3", "A2.1", "6327", (("baobab", 2400000), ("tinari", 2350000), ("hydro", 2580000)), reason="meilleure note technique (82 sur 100), écart de prix de 2 %", invoice_after=28, mode="virement", withheld=15),
    Dossier(UE, date(2026, 4, 16), "Location d'un véhicule pour l'enquête", "2.3", "A2.1", "6223", (("loca", 350000), ("voyages", 378000), ("savane", 385000)), invoice_after=10),
    Dossier(UNICEF, date(2026, 4, 21), "Kits scolaires du troisième trimestre", "2.2", "E1.1", "6011", (("savoir", 1760000), ("livre", 1805000), ("editions", 1842500)), mode="virement"),
    Dossier(GENRE, date(2026, 5, 6), "Formation en gestion simplifiée", "2.2", "G1.2", "633", (("forma", 680000), ("dembe", 715000), ("kalan", 742000)), invoice_after=14),
    Dossier(UNICEF, date(2026, 5, 12), "Maintenance du photocopieur", "4.2", "", "6243", (("micro", 96000), ("info", 104500), ("pixel", 108000))),
    Dossier(UE, date(2026, 5, 18), "Pièces de rechange pour pompes à motricité humaine", "2.2", "A2.2", "6056", (("pompes", 640000), ("dogon", 668000), ("kaarta", 702500))),
    Dossier(FONCT, date(2026, 5, 20), "Entretien des climatiseurs du siège", "2.5", "", "6241", (("froid", 165000), ("clim", 178000), ("polaire", 189000))),
    Dossier(UNICEF, date(2026, 6, 3), "Évaluation à mi-parcours", "2.3", "E2.1", "6327", (("tinari", 1500000), ("baobab", 1575000), ("hydro", 1640000)), invoice_after=20, mode="virement", withheld=15),
    Dossier(UE, date(2026, 6, 9), "Réparation du véhicule du programme", "4.2", "", "6242", (("garage", 318000), ("meca", 336000), ("piston", 329500))),
    Dossier(FONCT, date(2026, 6, 16), "Salle et restauration de l'assemblée générale", "4.1", "", "6277", (("bogolan", 385000), ("dabani", 402000), ("teriya", 417500)), invoice_after=8),
    Dossier(UNICEF, date(2026, 7, 1), "Affiches de la campagne de scolarisation", "2.5", "E2.1", "6271", (("graphi", 74800), ("imprim", 81000), ("offset", 79500)), lag=None, pay_after=7),
    Dossier(UE, date(2026, 7, 14), "Matériel d'analyse de l'eau", "2.2", "A2.2", "6056", (("labo", 725000), ("science", 760000), ("mesure", 781000)), mode="virement"),
    Dossier(GENRE, date(2026, 7, 21), "Matériel pour groupements, deuxième lot", "2.1", "G1.1", "6011", (("tissage", 940000), ("agro", 966000), ("moulin", 985000)), mode="virement"),
    Dossier(UNICEF, date(2026, 9, 3), "Kits de la rentrée scolaire", "2.2", "E1.1", "6011", (("livre", 2480000), ("editions", 2545000), ("savoir", 2610000)), payments=(60, 40), mode="virement", invoice_after=9),
    Dossier(UE, date(2026, 9, 8), "Kits d'hygiène, deuxième phase", "2.2", "A1.2", "6011", (("sanya", 1120000), ("hygia", 1156000), ("kenekadi", 1188000)), mode="virement", units=56),
    Dossier(GENRE, date(2026, 9, 10), "Salle et restauration du forum des femmes", "2.2", "G2.2", "6277", (("bogolan", 310000), ("teriya", 322500), ("dabani", 335000)), invoice_after=11),
    Dossier(FONCT, date(2026, 9, 15), "Fournitures de bureau du second semestre", "2.4", "", "6047", (("djoliba", 148500), ("faso", 155000), ("kora", 161000))),
    Dossier(UNICEF, date(2026, 9, 24), "Fournitures de bureau", "4.3", "", "6047", (("faso", 138000), ("kora", 146500), ("djoliba", 143000))),
    Dossier(UE, date(2026, 10, 5), "Fournitures de bureau de l'antenne", "4.3", "", "6047", (("kora", 162500), ("faso", 171000), ("djoliba", 168000)), lag=None, pay_after=9),
    Dossier(GENRE, date(2026, 10, 6), "Impression de dépliants", "2.3", "G2.1", "6271", (("offset", 118000), ("imprim", 126500), ("graphi", 124000))),
)  # fmt: skip

FUEL = {
    UE: {2: 118500, 3: 131000, 4: 126250, 5: 139750, 6: 121500, 7: 109000, 8: 87250, 9: 134500, 10: 128750},
    UNICEF: {2: 64500, 3: 71250, 4: 78000, 5: 69750, 6: 74500, 7: 51250, 8: 38500, 9: 82750, 10: 76000},
}
INTERNET = {1: 58400, 2: 60150, 3: 61300, 4: 59800, 5: 60900, 6: 59350, 7: 61850, 8: 58950, 9: 60450, 10: 61100}
POWER = {1: 118450, 2: 124975, 3: 163850, 4: 181425, 5: 186700, 6: 169325, 7: 142550, 8: 128875, 9: 139600, 10: 152225}


class Thing(NamedTuple):
    """One thing of the register of assets: what it is and cost, how long it lasts, where and with whom it is."""

    number: str
    label: str
    cost: int
    months: int
    place: str
    holder: str
    serial: str = ""
    served: date | None = None
    """When it was put into service, for what the books took over; the others, two days after they were bought."""
    state: str = "bon"
    counted: date | None = None


COUNTED = date(2026, 6, 30)
"""The day of the half-yearly count of assets."""
BOUGHT = {
    "2442": (
        Thing("IM-2026-001", "Ordinateur portable et imprimante laser", 850000, 36, "Siège, comptabilité", "comptable", "SN-LPT-26-0114", counted=COUNTED),
    ),
    "2458": (
        Thing("IM-2026-002", "Moto tout-terrain 125", 1150000, 48, "Antenne de Bandiagara", "animateur-eau-1", "CH-125-77120", counted=COUNTED),
        Thing("IM-2026-003", "Moto tout-terrain 125", 1150000, 48, "Antenne de Koro", "logisticien", "CH-125-77121", state="pare-boue cassé", counted=COUNTED),
    ),
}  # fmt: skip
"""What the orders of the year bought, by account."""
TAKEN_OVER = (
    Thing("IM-2023-001", "Groupe électrogène 5 kVA", 950000, 60, "Siège, cour", "logisticien", "GE-5K-20931", date(2023, 1, 1), counted=COUNTED),
    Thing("IM-2023-002", "Bureaux et fauteuils (six postes)", 540000, 60, "Siège", "logisticien", "", date(2023, 1, 1), "usagé", COUNTED),
    Thing("IM-2023-003", "Armoires métalliques (quatre)", 360000, 60, "Siège, archives", "comptable", "", date(2023, 1, 1), counted=COUNTED),
)  # fmt: skip
"""What FONCT owned before these books: three fifths are worn out on the day they begin."""


class Workshop(NamedTuple):
    """A workshop: days, place, people, the advance for per diems and travel, what was spent, the meals invoiced."""

    tree: str
    day: date
    activity: str
    what: str
    place: str
    women: int
    men: int
    line: str
    advance: int
    per_diem: int
    travel: int
    meals: int
    meals_dossier: str = ""


WORKSHOPS = (
    Workshop(UE, date(2026, 3, 16), "A1.1", "Formation des relais communautaires", "Bandiagara", 18, 12, "2.1", 420000, 300000, 112000, 186000, "Restauration"),
    Workshop(UE, date(2026, 4, 20), "A1.1", "Formation des comités de gestion de l'eau", "Sangha", 16, 14, "2.1", 450000, 310000, 127500, 192500, "Restauration"),
    Workshop(UE, date(2026, 5, 11), "A1.2", "Sensibilisation à l'hygiène dans les écoles", "Bankass", 22, 13, "2.1", 380000, 275000, 105000, 214000, "Restauration"),
    Workshop(UE, date(2026, 6, 15), "A1.1", "Recyclage des relais communautaires", "Bandiagara", 17, 11, "2.1", 400000, 280000, 108500, 178500, "Restauration"),
    Workshop(UE, date(2026, 7, 20), "A2.2", "Formation des artisans réparateurs", "Koro", 6, 16, "2.1", 360000, 255000, 98000, 154000, "Restauration"),
    Workshop(UE, date(2026, 9, 14), "A1.2", "Sensibilisation à l'hygiène, deuxième phase", "Bandiagara", 24, 12, "2.1", 430000, 300000, 121500, 221000, "Restauration"),
    Workshop(UE, date(2026, 10, 12), "A1.1", "Bilan annuel des comités de l'eau", "Sangha", 15, 15, "2.1", 410000, 290000, 116000, 189500, "Restauration"),
    Workshop(UNICEF, date(2026, 3, 9), "E1.2", "Formation des enseignants au guide pédagogique", "Ségou", 14, 16, "2.1", 390000, 285000, 96500, 158000, "Restauration"),
    Workshop(UNICEF, date(2026, 4, 27), "E1.2", "Formation des comités de gestion scolaire", "Markala", 13, 12, "2.1", 340000, 240000, 91000, 141500, "Restauration"),
    Workshop(UNICEF, date(2026, 6, 22), "E2.1", "Restitution de l'évaluation", "Ségou", 12, 13, "2.1", 300000, 215000, 78500, 133000, "Restauration"),
    Workshop(UNICEF, date(2026, 9, 28), "E1.2", "Journées pédagogiques de rentrée", "Niono", 19, 15, "2.1", 400000, 292500, 101000, 176500, "Restauration"),
    Workshop(GENRE, date(2026, 3, 5), "G2.1", "Causeries de la journée des femmes", "Sikasso", 46, 9, "2.2", 280000, 190000, 82500, 0),
    Workshop(GENRE, date(2026, 5, 18), "G1.2", "Session de gestion simplifiée", "Kadiolo", 28, 2, "2.2", 310000, 225000, 79000, 0),
    Workshop(GENRE, date(2026, 7, 27), "G1.1", "Mise en route des moulins et presses", "Sikasso", 31, 4, "2.2", 290000, 205000, 77500, 0),
    Workshop(GENRE, date(2026, 9, 24), "G2.2", "Forum des femmes entrepreneures", "Sikasso", 52, 11, "2.2", 360000, 262500, 88000, 0),
)  # fmt: skip

ACTIVITIES = {
    UE: (
        ("A1.1", "Formation des relais et des comités de l'eau", ("2.1",), "personnes formées", 300),
        ("A1.2", "Hygiène dans les écoles et les ménages", ("2.1", "2.2"), "kits distribués", 150),
        ("A2.1", "Étude de référence sur l'accès à l'eau", ("2.3",), "études validées", 1),
        ("A2.2", "Réparation et suivi des points d'eau", ("2.1", "2.2", "2.4"), "points d'eau remis en service", 24),
    ),
    UNICEF: (
        ("E1.1", "Manuels et kits scolaires", ("2.2",), "élèves dotés", 2400),
        ("E1.2", "Formation des enseignants et des comités", ("2.1",), "enseignants formés", 160),
        ("E2.1", "Évaluation et campagne de scolarisation", ("2.1", "2.3", "2.5"), "écoles touchées", 40),
        ("E2.2", "Appui aux comités de gestion scolaire", ("2.6",), "comités appuyés", 12),
    ),
    GENRE: (
        ("G1.1", "Activités génératrices de revenus", ("2.1", "2.2"), "groupements équipés", 14),
        ("G1.2", "Formation en gestion simplifiée", ("2.2",), "femmes formées", 120),
        ("G2.1", "Droits des femmes : radio et causeries", ("2.2", "2.3"), "émissions diffusées", 20),
        ("G2.2", "Forum et subventions aux associations", ("2.2", "2.5"), "associations appuyées", 6),
    ),
}
PLANNED = {
    "A1.1": (1, 1, 1, 1), "A1.2": (0, 1, 1, 0), "A2.1": (0, 1, 0, 0), "A2.2": (1, 1, 1, 1),
    "E1.1": (1, 1, 0, 1), "E1.2": (1, 1, 1, 1), "E2.1": (0, 0, 1, 1), "E2.2": (0, 1, 0, 1),
    "G1.1": (2, 0, 1, 0), "G1.2": (1, 1, 1, 1), "G2.1": (1, 1, 1, 1), "G2.2": (0, 1, 1, 0),
}  # fmt: skip
"""How many activities of each code are planned by quarter of the year."""
UNITS = {
    "personnes formées": "personnes", "kits distribués": "kits", "études validées": "études",
    "points d'eau remis en service": "points d'eau", "élèves dotés": "élèves", "enseignants formés": "enseignants",
    "écoles touchées": "écoles", "comités appuyés": "comités", "groupements équipés": "groupements",
    "femmes formées": "femmes", "émissions diffusées": "émissions", "associations appuyées": "associations",
}  # fmt: skip
RESULTS = {
    UE: (
        ("R1", "Les ménages et les écoles pratiquent l'hygiène", ("A1.1", "A1.2")),
        ("R2", "Les points d'eau fonctionnent et sont suivis", ("A2.1", "A2.2")),
    ),
    UNICEF: (
        ("R1", "Les élèves et leurs maîtres sont équipés et formés", ("E1.1", "E1.2")),
        ("R2", "Les comités de gestion scolaire sont actifs", ("E2.1", "E2.2")),
    ),
    GENRE: (
        ("R1", "Les groupements de femmes gagnent de quoi vivre", ("G1.1", "G1.2")),
        ("R2", "Les femmes connaissent et défendent leurs droits", ("G2.1", "G2.2")),
    ),
}
"""The results of each programme, with the activities that lead to them."""
SENT = (
    (UE, "rapport-financier", "2026-T1", date(2026, 4, 15)),
    (UE, "rapport-financier", "2026-T2", date(2026, 7, 15)),
    (UNICEF, "rapport-financier", "2026-T1", date(2026, 4, 15)),
    (UNICEF, "rapport-financier", "2026-T2", date(2026, 7, 15)),
    (UNICEF, "rapport-financier", "2026-T3", date(2026, 10, 15)),
    (GENRE, "rapport-financier", "2026-T1", date(2026, 4, 15)),
    (GENRE, "rapport-financier", "2026-T2", date(2026, 7, 15)),
    (GENRE, "rapport-financier", "2026-T3", date(2026, 10, 15)),
)
"""The reports sent to donors; the third quarter of UE-EAU is late."""
PROGRAMMES = {UE: "Eau et assainissement", UNICEF: "Éducation de base", GENRE: "Autonomie des femmes"}


class Small(NamedTuple):
    """A kind of petty expense: account, line by tree, amounts (in steps of 250), shops or staff, sentences."""

    account: str
    lines: dict[str, str]
    least: int
    most: int
    payees: tuple[str, ...]
    sentences: tuple[str, ...]
    purchase: bool = True


_ALL = (UE, UNICEF, GENRE, FONCT)
SMALL = (
    Small("6055", {UE: "4.3", UNICEF: "4.3", GENRE: "4.3", FONCT: "2.4"}, 2500, 14000,
          ("Papeterie Kalan Yoro", "Kiosque Sébéni", "Photocopie Rapide du Grin", "Librairie du Quartier", "Boutique Sèbè Kura"),
          ("Photocopies et reliure", "Stylos, chemises et agrafes", "Encre pour imprimante", "Registres et carnets")),
    Small("6054", {UE: "4.3", UNICEF: "4.3", GENRE: "4.3", FONCT: "2.4"}, 2000, 9000,
          ("Boutique Saniya", "Alimentation du Marché", "Droguerie Nièta", "Bazar Dogodogo"),
          ("Savon, eau de Javel et balais", "Produits d'entretien des bureaux", "Ampoules et piles")),
    Small("6281", {UE: "4.4", UNICEF: "4.4", GENRE: "4.4", FONCT: "2.3"}, 5000, 10000,
          ("Télé-boutique Allo", "Kiosque Recharge Plus", "Cabine du Carrefour", "Boutique Unités Rapides"),
          ("Recharge téléphonique du bureau", "Crédit téléphonique des animateurs")),
    Small("616", {UE: "4.4", UNICEF: "4.4", GENRE: "4.4", FONCT: "2.3"}, 1500, 5000,
          ("Gare Bittar du Nord", "Messagerie Sonèf Kura", "Gare routière de Sogoniko"),
          ("Envoi de plis au siège", "Envoi de pièces comptables", "Expédition de colis aux antennes")),
    Small("6242", {UE: "4.2", UNICEF: "4.2"}, 3500, 15000,
          ("Atelier Moto Tièfari", "Vulcanisateur du Pont", "Soudeur Numuke", "Mécanicien Bèlèkò"),
          ("Petite réparation de moto", "Réglage et pièces d'usure, moto", "Main-d'œuvre, réparation de moto")),
    Small("6241", {FONCT: "2.5"}, 4000, 15000,
          ("Plombier Jijè", "Menuisier Yirikè", "Électricien Kuran"),
          ("Petites réparations des bureaux", "Main-d'œuvre, réparation courante", "Fourniture et pose, petite réparation")),
    Small("6383", {FONCT: "4.1"}, 3000, 12000,
          ("Buvette du Siège", "Maquis Dunuya", "Boulangerie du Fleuve"),
          ("Eau et rafraîchissements, réunion de Direction", "Collation du Bureau exécutif")),
    Small("6181", {UE: "4.7", UNICEF: "4.7", GENRE: "4.7", FONCT: "2.9"}, 1500, 9000, (),
          ("Taxi pour dépôt à la banque", "Transport en ville, courses administratives", "Transport au retour de mission"), False),
    Small("6181", {UE: "4.7", UNICEF: "4.7", GENRE: "4.7", FONCT: "2.9"}, 6000, 15000, (),
          ("Billets de car pour mission de suivi", "Transport vers les villages", "Car aller et retour vers les antennes"), False),
    Small("6384", {UE: "2.4", UNICEF: "2.4", GENRE: "2.4", FONCT: "2.9"}, 7500, 25000, (),
          ("Per diem, mission de suivi d'une journée", "Per diem, supervision des activités", "Per diem, collecte de données"), False),
)  # fmt: skip


class Line(NamedTuple):
    """A budget line: code, label, unit, quantity, unit cost in francs, accounts it admits."""

    code: str
    label: str
    unit: str
    quantity: int
    cost: int
    accounts: tuple[str, ...]


HR = ("661",)
TAXES = ("664", "641")
UE_BUDGET = (
    ("1", "Ressources humaines", "Human resources", (
        Line("1.1", "Animateurs", "mois", 72, 180000, HR),
        Line("1.2", "Responsable de programme", "mois", 24, 430000, HR),
        Line("1.3", "Personnel d'appui et quote-part du siège", "mois", 24, 690000, HR),
        Line("1.4", "Charges sociales et taxes sur salaires", "mois", 24, 365000, TAXES),
    )),
    ("2", "Activités", "Activities", (
        Line("2.1", "Formations et sensibilisation", "atelier", 16, 780000, ("6047", "6277", "633", "6384", "6181")),
        Line("2.2", "Kits d'hygiène et petit matériel", "lot", 8, 1000000, ("6011", "6056")),
        Line("2.3", "Études et prestations", "étude", 2, 2500000, ("6327", "6261", "6223")),
        Line("2.4", "Missions de suivi", "mission", 110, 15000, ("6384", "6181")),
    )),
    ("3", "Équipement", "Equipment", (Line("3.1", "Motos tout-terrain", "moto", 2, 1350000, ("2458",)),)),
    ("4", "Fonctionnement local", "Local office", (
        Line("4.1", "Carburant", "mois", 24, 125000, ("6053",)),
        Line("4.2", "Entretien des motos et du véhicule", "mois", 24, 45000, ("6242",)),
        Line("4.3", "Fournitures et entretien du bureau", "mois", 24, 38000, ("6047", "6054", "6055")),
        Line("4.4", "Communication", "mois", 24, 24000, ("6281", "6284", "616")),
        Line("4.5", "Loyer, eau, électricité et quote-part du siège", "mois", 24, 335000, ("6222", "605", "6284")),
        Line("4.6", "Frais bancaires et de monnaie électronique", "mois", 24, 40000, ("631",)),
        Line("4.7", "Transports locaux", "mois", 24, 30000, ("6181",)),
    )),
)  # fmt: skip
UNICEF_BUDGET = (
    ("1", "Personnel", "Staff", (
        Line("1.1", "Animateurs et animatrices", "mois", 36, 175000, HR),
        Line("1.2", "Responsable de programme", "mois", 18, 410000, HR),
        Line("1.3", "Personnel d'appui et quote-part du siège", "mois", 18, 430000, HR),
        Line("1.4", "Charges sociales et taxes sur salaires", "mois", 18, 280000, TAXES),
    )),
    ("2", "Activités", "Activities", (
        Line("2.1", "Formations des enseignants et des comités", "atelier", 9, 700000, ("6057", "6277", "633", "6384", "6181")),
        Line("2.2", "Manuels et kits scolaires", "lot", 6, 1650000, ("6011",)),
        Line("2.3", "Évaluation", "évaluation", 1, 1600000, ("6327",)),
        Line("2.4", "Missions de suivi", "mission", 90, 14000, ("6384", "6181")),
        Line("2.5", "Campagnes de scolarisation", "campagne", 3, 120000, ("6271",)),
        Line("2.6", "Appui aux comités de gestion scolaire", "comité", 12, 150000, ("652",)),
    )),
    ("4", "Fonctionnement", "Running costs", (
        Line("4.1", "Carburant", "mois", 18, 85000, ("6053",)),
        Line("4.2", "Entretien et maintenance", "mois", 18, 25000, ("6242", "6243")),
        Line("4.3", "Fournitures et entretien du bureau", "mois", 18, 35000, ("6047", "6054", "6055")),
        Line("4.4", "Communication", "mois", 18, 24000, ("6281", "6284", "616")),
        Line("4.5", "Loyer, électricité et quote-part du siège", "mois", 18, 170000, ("6222", "605", "6284")),
        Line("4.6", "Frais bancaires", "mois", 18, 20000, ("631",)),
        Line("4.7", "Transports locaux", "mois", 18, 30000, ("6181",)),
    )),
)  # fmt: skip


def _genre(months: int, equipment: int, grants: int) -> tuple[tuple[str, str, str, tuple[Line, ...]], ...]:
    return (
        ("1", "Personnel", "Staff", (
            Line("1.1", "Animatrice", "mois", months, 170000, HR),
            Line("1.2", "Responsable de programme", "mois", months, 390000, HR),
            Line("1.3", "Personnel d'appui et quote-part du siège", "mois", months, 295000, HR),
            Line("1.4", "Charges sociales et taxes sur salaires", "mois", months, 215000, TAXES),
        )),
        ("2", "Activités", "Activities", (
            Line("2.1", "Matériel pour groupements", "lot", equipment, 1300000, ("6011",)),
            Line("2.2", "Formations et forums", "session", 6, 380000, ("633", "6277", "6384", "6181")),
            Line("2.3", "Radio et dépliants", "campagne", 3, 160000, ("6271",)),
            Line("2.4", "Missions de suivi", "mission", 40, 15000, ("6384", "6181")),
            Line("2.5", "Subventions aux associations de femmes", "subvention", grants, 350000, ("652",)),
        )),
        ("4", "Fonctionnement", "Running costs", (
            Line("4.3", "Fournitures et entretien du bureau", "mois", months, 25000, ("6047", "6054", "6055")),
            Line("4.4", "Communication", "mois", months, 22000, ("6281", "6284", "616")),
            Line("4.5", "Loyer, électricité et quote-part du siège", "mois", months, 90000, ("6222", "605", "6284")),
            Line("4.6", "Frais bancaires", "mois", months, 15000, ("631",)),
            Line("4.7", "Transports locaux", "mois", months, 25000, ("6181",)),
        )),
    )  # fmt: skip


FONCT_BUDGET = (
    ("1", "Personnel", "Staff", (
        Line("1.1", "Direction", "mois", 12, 1230000, HR),
        Line("1.2", "Personnel d'appui du siège", "mois", 12, 1080000, HR),
        Line("1.4", "Charges sociales et taxes sur salaires", "mois", 12, 660000, TAXES),
    )),
    ("2", "Fonctionnement du siège", "Head office", (
        Line("2.1", "Loyer", "mois", 12, 265000, ("6222",)),
        Line("2.2", "Eau et électricité", "mois", 12, 190000, ("605",)),
        Line("2.3", "Téléphone, internet et courrier", "mois", 12, 105000, ("6281", "6284", "616")),
        Line("2.4", "Fournitures et entretien courant", "mois", 12, 50000, ("6047", "6054", "6055")),
        Line("2.5", "Entretien des locaux", "forfait", 1, 420000, ("624",)),
        Line("2.6", "Assurances", "contrat", 1, 480000, ("625",)),
        Line("2.7", "Audit des comptes", "audit", 1, 2100000, ("6324",)),
        Line("2.8", "Frais bancaires", "mois", 12, 18000, ("631",)),
        Line("2.9", "Missions et déplacements", "mois", 12, 95000, ("6181", "6384")),
    )),
    ("3", "Équipement", "Equipment", (Line("3.1", "Matériel informatique", "lot", 1, 1000000, ("2442",)),)),
    ("4", "Vie associative", "Governance", (
        Line("4.1", "Assemblée générale, Bureau exécutif et réunions", "forfait", 1, 620000, ("6277", "6383", "6384")),
    )),
)  # fmt: skip


class Agreement(NamedTuple):
    """A grant agreement as its YAML will say it."""

    id: str
    number: str
    label: str
    start: date
    end: date
    amount: int
    currency: str
    financing: str
    adopted: date
    instalments: tuple[tuple[date, int], ...]
    flexibility: tuple[str, ...]
    budget: tuple[tuple[str, str, str, tuple[Line, ...]], ...]
    addenda: tuple[str, ...]
    reports: tuple[tuple[str, str, str], ...]
    reserve: str = ""
    """Code of the contingency line that takes what is left."""


class DonorFile(NamedTuple):
    """A donor as its YAML will say it."""

    name: str
    partner: str
    country: str
    language: str
    agreements: tuple[Agreement, ...]


QUARTER_REPORTS = (("rapport-financier", "trimestre", "15 jours"),)
EU_FLEX = (
    "{niveau: rubrique, seuil: 25 %, sens: deux, cumulatif: oui, base: dernier-avenant, exclues: [], action: avenant}",
)

DONORS = {
    UE: DonorFile("Union européenne, projet eau (exemple fictif)", "Union européenne", "BE", "fr", (
        Agreement("UE-2025-118", "UE/2025/118", "Eau et assainissement dans le Plateau dogon", date(2026, 1, 1), date(2027, 12, 31),
                  150000, "EUR", "fonds-administration", date(2025, 12, 12),
                  ((date(2026, 1, 12), 50000), (date(2026, 7, 6), 35000), (date(2027, 1, 15), 45000), (date(2027, 9, 1), 20000)),
                  EU_FLEX, UE_BUDGET,
                  ('{date: 2026-07-01, adopte-le: 2026-06-12, lignes: {"1.1": {quantite: 74}, "2.4": {quantite: 86}}}',),
                  (("ue-annexe-6", "annee", "60 jours"), *QUARTER_REPORTS), "5.1"),
    )),
    UNICEF: DonorFile("UNICEF, éducation de base (exemple fictif)", "UNICEF", "US", "fr", (
        Agreement("UNICEF-2025-07", "MLI/PCA/2025-07", "Éducation de base dans la région de Ségou", date(2025, 7, 1), date(2026, 12, 31),
                  57000000, "XOF", "fonds-affectes", date(2025, 6, 13),
                  ((date(2025, 7, 15), 16000000), (date(2026, 1, 19), 9500000), (date(2026, 4, 13), 10000000), (date(2026, 7, 13), 9000000), (date(2026, 11, 16), 12500000)),
                  ("{niveau: ligne, seuil: 20 %, sens: hausse, cumulatif: oui, base: budget-initial, exclues: [], action: alerte}",),
                  UNICEF_BUDGET, (), (("face", "annee", "60 jours"), *QUARTER_REPORTS), "5.1"),
    )),
    GENRE: DonorFile("Fondation Horizon, autonomie des femmes (exemple fictif)", "Fondation Horizon", "CH", "fr", (
        Agreement("FH-2025-031", "FH/2025/031", "Autonomie des femmes, première année", date(2025, 7, 1), date(2026, 6, 30),
                  22500000, "XOF", "subvention-exploitation", date(2025, 6, 13),
                  ((date(2025, 7, 20), 12000000), (date(2026, 2, 2), 10500000)),
                  ("{niveau: ligne, seuil: 10 %, sens: hausse, cumulatif: oui, base: dernier-avenant, exclues: [], action: avenant}",),
                  _genre(12, 2, 4), (), QUARTER_REPORTS),
        Agreement("FH-2026-044", "FH/2026/044", "Autonomie des femmes, deuxième année", date(2026, 7, 1), date(2027, 6, 30),
                  22000000, "XOF", "subvention-exploitation", date(2026, 6, 12),
                  ((date(2026, 7, 6), 12000000), (date(2027, 1, 18), 10000000)),
                  ("{niveau: ligne, seuil: 10 %, sens: hausse, cumulatif: oui, base: dernier-avenant, exclues: [], action: avenant}",),
                  _genre(12, 2, 3), (), QUARTER_REPORTS),
    )),
    FONCT: DonorFile("Fonctionnement d'ANI-Mali (exemple fictif)", "ANI-Mali", "ML", "fr", (
        Agreement("FONCT-2026", "", "Budget de fonctionnement 2026", date(2026, 1, 1), date(2026, 12, 31), 0, "XOF",
                  "ressources-propres", date(2025, 12, 19), (),
                  ("{niveau: rubrique, seuil: 10 %, sens: hausse, cumulatif: oui, base: dernier-avenant, exclues: [], action: alerte}",),
                  FONCT_BUDGET, (), (("suivi-budgetaire", "annee", "60 jours"),)),
    )),
}  # fmt: skip
SPENT_BEFORE = {
    "UNICEF-2025-07": {
        "1.1": 2100000, "1.2": 2460000, "1.3": 2427000, "1.4": 1560000, "4.1": 255000, "4.2": 60000, "4.3": 85000,
        "4.4": 60942, "4.5": 510000, "4.6": 45000, "4.7": 35000,
    },
    "FH-2025-031": {
        "1.1": 1020000, "1.2": 2340000, "1.3": 1770000, "1.4": 1290000, "2.1": 650000, "2.2": 500000, "2.4": 120000,
        "2.5": 175000, "4.3": 40000, "4.4": 60000, "4.5": 270000, "4.6": 30000, "4.7": 54474,
    },
}  # fmt: skip
"""What was spent on agreements older than the books: the instalments of 2025 less the funds brought forward."""
EUR_RATE = 655957
"""Thousandths of a franc for one euro (the fixed peg)."""


def francs_of(euros: int) -> int:
    """Euros at the peg, rounded half up to a franc."""
    return (euros * EUR_RATE + 500) // 1000
