"""The first three months of a new organisation, typed from what `init` gives it to read: nothing stops on the way.

Every figure asserted here was added up by hand from the entries below, not read from the programs.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from grandlivre.cli import cli

FOUND = (
    "--oui",
    "--nom=Sini Kɛnɛya, association (fictif)",
    "--sigle=SINI",
    "--exercice=2026",
    "--arbre=UE-EAU:Union européenne (fictif):fonds-administration:BE",
    "--arbre=EDU:Fonds pour l'école (fictif):fonds-affectes:SN",
    "--arbre=GENRE:Coopération du Nord (fictif):subvention-exploitation:NO",
    "--convention=UE-EAU:UE/2026/7:2026-01-01:2027-12-31:100000 EUR",
    "--convention=EDU:FE-12:2026-01-01:2026-12-31:20000000",
    "--convention=GENRE:CN-3:2026-01-01:2026-12-31:18000000",
    "--banque=UE-EAU:BDM",
    "--banque=EDU:BNDA",
    "--banque=GENRE:BMS",
    "--banque=FONCT:BIM",
    "--caisse=UE-EAU:caissier",
    "--caisse=EDU:non",
    "--caisse=GENRE:non",
    "--caisse=FONCT:caissier",
    "--mobile=EDU:Orange Money",
    "--personne=directrice:A. Diallo (fictif):Directrice:direction",
    "--personne=presidente:M. Keïta (fictif):Présidente:bureau-executif",
    "--personne=tresorier:B. Coulibaly (fictif):Trésorier:bureau-executif",
    "--personne=comptable:S. Traoré (fictif):Comptable:appui",
    "--personne=caissier:Y. Sangaré (fictif):Caissier:appui",
    "--personne=chef-eau:O. Guindo (fictif):Chef de projet eau:programme",
)

BUDGET = """\
    adoptee-le: 2026-01-01
    tranches: [{date: 2026-01-08, montant: 20 000 EUR}]
    budget:
      - code: "1"
        libelle: "Ressources humaines"
        lignes:
          - {code: "1.1", libelle: "Animateur", unite: mois, quantite: 24, cout-unitaire: 160 000 XOF, comptes: [661]}
          - {code: "1.2", libelle: "Charges", unite: mois, quantite: 24, cout-unitaire: 50 000 XOF, comptes: [664, 641]}
      - code: "2"
        libelle: "Activités et bureau"
        lignes:
          - {code: "2.1", libelle: "Missions", unite: mission, quantite: 10, cout-unitaire: 300 000 XOF, comptes: [6384, 6181]}
          - {code: "2.2", libelle: "Fournitures", unite: mois, quantite: 24, cout-unitaire: 50 000 XOF, comptes: [605]}
          - {code: "2.3", libelle: "Loyer", unite: mois, quantite: 24, cout-unitaire: 60 000 XOF, comptes: [6222]}
          - {code: "2.4", libelle: "Frais de banque", unite: mois, quantite: 24, cout-unitaire: 10 000 XOF, comptes: [631]}
    rapports: [{modele: rapport-financier, periodicite: trimestre, delai: 15 jours}]
"""


# --- what the accountant types ------------------------------------------------------------------------------------------
# `piece: BQ` stands for the next number of its series, `signe:` for the two signatures: so an editor's snippet types them.


def of(line: str) -> str:
    """The budget line under a posting, where the donor has a budget."""
    return f'\n    ligne: "{line}"' if line else ""


def payroll(month: str, order: str) -> str:
    return f"""
{month}-25 * "Personnel UE-EAU" "Salaires du mois"
  piece: OD
  Charges:UE-EAU:6611-Salaires             155000 XOF
    ligne: "1.1"
  Charges:UE-EAU:6641-Charges-sociales      30845 XOF
    ligne: "1.2"
  Charges:UE-EAU:6413-Taxes-sur-salaires    13175 XOF
    ligne: "1.2"
  Passif:UE-EAU:4311-Prestations-familiales -13950 XOF
  Passif:UE-EAU:4312-Accidents-de-travail    -3100 XOF
  Passif:UE-EAU:4321-Retraite               -13950 XOF
  Passif:UE-EAU:4333-AMO                    -10168 XOF
  Passif:UE-EAU:4472-Impots-sur-salaires    -23488 XOF
  Passif:UE-EAU:442-Impots-et-taxes         -13175 XOF
  Passif:UE-EAU:422-Remunerations-dues     -121189 XOF

{month}-26 * "Personnel" "Salaires du mois : virement"
  piece: BQ
  signe:
  mode: "virement"
  ordre: "{order}"
  Passif:UE-EAU:422-Remunerations-dues      121189 XOF
  Actif:UE-EAU:52111-Banque-BDM            -121189 XOF
"""


def levies(month: str, inps: str, amo: str, taxes: str) -> str:
    return f"""
{month}-05 * "INPS" "Cotisations du mois précédent"
  piece: BQ
  signe:
  mode: "virement"
  ordre: "{inps}"
  Passif:UE-EAU:4311-Prestations-familiales  13950 XOF
  Passif:UE-EAU:4312-Accidents-de-travail     3100 XOF
  Passif:UE-EAU:4321-Retraite                13950 XOF
  Actif:UE-EAU:52111-Banque-BDM             -31000 XOF

{month}-05 * "CANAM" "Assurance maladie du mois précédent"
  piece: BQ
  signe:
  mode: "virement"
  ordre: "{amo}"
  Passif:UE-EAU:4333-AMO                     10168 XOF
  Actif:UE-EAU:52111-Banque-BDM             -10168 XOF

{month}-05 * "Direction générale des impôts" "Impôts et taxes sur salaires du mois précédent"
  piece: BQ
  signe:
  mode: "virement"
  ordre: "{taxes}"
  Passif:UE-EAU:4472-Impots-sur-salaires     23488 XOF
  Passif:UE-EAU:442-Impots-et-taxes          13175 XOF
  Actif:UE-EAU:52111-Banque-BDM             -36663 XOF
"""


def till_fed(day: str, tree: str, bank: str, cheque: str, amount: int) -> str:
    return f"""
{day} * "Caisse {tree}" "Dotation de la caisse"
  piece: BQ
  signe:
  mode: "cheque"
  cheque: "{cheque}"
  Actif:{tree}:585-Virements-de-fonds  {amount} XOF
  Actif:{tree}:{bank}  -{amount} XOF

{day} * "Banque {tree}" "Dotation de la caisse"
  piece: CS
  mode: "especes"
  Actif:{tree}:5711-Caisse  {amount} XOF
  Actif:{tree}:585-Virements-de-fonds  -{amount} XOF
"""


def till_paid(day: str, tree: str, who: str, account: str, amount: int, line: str = "") -> str:
    return f"""
{day} * "{who} (fictif)" "{account.partition("-")[2].replace("-", " ")}"
  piece: CS
  mode: "especes"
  Charges:{tree}:{account}  {amount} XOF{of(line)}
  Actif:{tree}:5711-Caisse  -{amount} XOF
"""


def rent(month: str, order: str) -> str:
    return f"""
{month}-19 * "Bailleur du local (fictif)" "Loyer du mois"
  piece: BQ
  signe:
  mode: "virement"
  ordre: "{order}"
  Charges:FONCT:6222-Locations-de-batiments  150000 XOF
  Actif:FONCT:52114-Banque-BIM              -150000 XOF
"""


def share_paid(month: str, tree: str, bank: str, order: str, amount: int, line: str = "") -> str:
    return f"""
{month}-20 * "SINI, fonctionnement" "Part du loyer du mois"
  piece: BQ
  signe:
  mode: "virement"
  ordre: "{order}"
  reciproque: TRUE
  Charges:{tree}:6222-Locations-de-batiments  {amount} XOF{of(line)}
  Actif:{tree}:{bank}  -{amount} XOF
"""


def share_taken(month: str, tree: str, amount: int) -> str:
    return f"""
{month}-20 * "SINI, {tree}" "Part du loyer du mois"
  piece: BQ
  mode: "virement"
  reciproque: TRUE
  Actif:FONCT:52114-Banque-BIM   {amount} XOF
  Produits:FONCT:781-Transferts-de-charges  -{amount} XOF
"""


def quota(day: str, tree: str, fund: str, income: str, amount: int) -> str:
    return f"""
{day} * "SINI" "Quote-part du mois"
  piece: OD
  {fund.format(tree)}  {amount} XOF
  {income.format(tree)}  -{amount} XOF
"""


def mobile_paid(day: str, amount: int, fee: int) -> str:
    return f"""
{day} * "Relais du village (fictif)" "Indemnité de suivi"
  piece: MM
  signe:
  mode: "mobile"
  Charges:EDU:6384-Missions  {amount} XOF
  Charges:EDU:6317-Frais-monnaie-electronique  {fee} XOF
  Actif:EDU:5521-Orange-Money  -{amount + fee} XOF
"""


def paid(day: str, tree: str, bank: str, who: str, account: str, cheque: str, amount: int) -> str:
    return f"""
{day} * "{who} (fictif)" "{account.partition("-")[2]}"
  piece: BQ
  signe:
  mode: "cheque"
  cheque: "{cheque}"
  Charges:{tree}:{account}  {amount} XOF
  Actif:{tree}:{bank}  -{amount} XOF
"""


A = ("Passif:{}:462-Fonds-administration", "Produits:{}:702-Quote-part-fonds-administration")
B = ("Capitaux:{}:165-Fonds-affectes-a-un-projet", "Produits:{}:7925-Reprises-de-fonds-affectes")

BUDGETS_ADOPTED = """
2026-01-02 custom "rencontre" "bureau" "Budgets de l'année"
  femmes: 1
  hommes: 1
  presents: "presidente tresorier"
  adopte: "UE-2026-7 FE-12 CN-3 FONCT-2026"
"""


def management_met(month: str) -> str:
    """The management's meeting of a month."""
    return f"""
{month}-05 custom "rencontre" "direction" "Réunion du mois"
  femmes: 2
  hommes: 1
  decision-1: "Relancer les avances"
  decision-1-responsable: "comptable"
  decision-1-echeance: {month}-20
  decision-1-faite: {month}-19
"""


JANUARY = {
    "ue-eau": """
2026-01-05 * "Union européenne (fictif)" "Tranche 1 de la convention : 20 000 euros appelés"
  piece: OD
  Actif:UE-EAU:4692-Fonds-a-recevoir      20000 EUR @@ 13119140 XOF
  Passif:UE-EAU:462-Fonds-administration  -13119140 XOF

2026-01-08 * "Union européenne (fictif)" "Tranche 1 de la convention : virement reçu"
  piece: BQ
  mode: "virement"
  Actif:UE-EAU:52111-Banque-BDM           13102740 XOF
  Charges:UE-EAU:6318-Frais-bancaires        16400 XOF
    ligne: "2.4"
  Actif:UE-EAU:4692-Fonds-a-recevoir     -20000 EUR @@ 13119140 XOF
"""
    + till_fed("2026-01-09", "UE-EAU", "52111-Banque-BDM", "0000101", 120000)
    + till_paid("2026-01-12", "UE-EAU", "Papeterie du fleuve", "6055-Fournitures-de-bureau", 15500, "2.2")
    + share_paid("2026-01", "UE-EAU", "52111-Banque-BDM", "OV-UE-001", 60000, "2.3")
    + payroll("2026-01", "OV-UE-002")
    + quota("2026-01-31", "UE-EAU", *A, 290920),
    "edu": """
2026-01-12 * "Fonds pour l'école (fictif)" "Tranche 1 de la convention : virement reçu"
  piece: BQ
  mode: "virement"
  Actif:EDU:52112-Banque-BNDA               6000000 XOF
  Capitaux:EDU:165-Fonds-affectes-a-un-projet  -6000000 XOF

2026-01-16 * "Monnaie électronique EDU" "Approvisionnement de la monnaie électronique"
  piece: BQ
  signe:
  mode: "virement"
  ordre: "OV-EDU-001"
  Actif:EDU:585-Virements-de-fonds   100000 XOF
  Actif:EDU:52112-Banque-BNDA       -100000 XOF

2026-01-16 * "Banque EDU" "Approvisionnement de la monnaie électronique"
  piece: MM
  mode: "mobile"
  Actif:EDU:5521-Orange-Money        100000 XOF
  Actif:EDU:585-Virements-de-fonds  -100000 XOF
"""
    + mobile_paid("2026-01-19", 26000, 260)
    + quota("2026-01-31", "EDU", *B, 26260),
    "genre": """
2026-01-08 * "Coopération du Nord (fictif)" "Tranche 1 de la convention : droit acquis"
  piece: OD
  Actif:GENRE:4732-Subventions-a-recevoir     6000000 XOF
  Produits:GENRE:713-Subventions-exploitation -6000000 XOF

2026-01-12 * "Coopération du Nord (fictif)" "Tranche 1 de la convention : virement reçu"
  piece: BQ
  mode: "virement"
  Actif:GENRE:52113-Banque-BMS                6000000 XOF
  Actif:GENRE:4732-Subventions-a-recevoir    -6000000 XOF
""",
    "fonct": BUDGETS_ADOPTED
    + management_met("2026-01")
    + """
2026-01-05 * "Membres de SINI" "Cotisations de l'année"
  piece: BQ
  mode: "virement"
  Actif:FONCT:52114-Banque-BIM    2000000 XOF
  Produits:FONCT:701-Cotisations -2000000 XOF
"""
    + till_fed("2026-01-06", "FONCT", "52114-Banque-BIM", "0000001", 100000)
    + till_paid("2026-01-07", "FONCT", "Papeterie du quartier", "6055-Fournitures-de-bureau", 10750)
    + rent("2026-01", "OV-001")
    + share_taken("2026-01", "UE-EAU", 60000)
    + """
2026-01-30 * "Pharmacie du quartier (fictif)" "Don sans affectation"
  piece: BQ
  mode: "virement"
  registre: "RD-2026-0001"
  Actif:FONCT:52114-Banque-BIM   250000 XOF
  Produits:FONCT:7041-Dons      -250000 XOF
""",
}
FEBRUARY = {
    "ue-eau": levies("2026-02", "OV-UE-003", "OV-UE-004", "OV-UE-005")
    + till_paid("2026-02-06", "UE-EAU", "Station du fleuve", "6053-Carburant", 22000, "2.2")
    + till_paid("2026-02-18", "UE-EAU", "Droguerie du marché", "6054-Fournitures-entretien", 18250, "2.2")
    + share_paid("2026-02", "UE-EAU", "52111-Banque-BDM", "OV-UE-006", 60000, "2.3")
    + till_fed("2026-02-24", "UE-EAU", "52111-Banque-BDM", "0000102", 55750)
    + payroll("2026-02", "OV-UE-007")
    + quota("2026-02-28", "UE-EAU", *A, 299270),
    "edu": """
2026-02-10 custom "proforma" "M-2026-001" "Librairie du Djoliba (fictif)" 301500 XOF
  nif: "081111111A"

2026-02-10 custom "proforma" "M-2026-001" "Faso Papeterie (fictif)" 285000 XOF
  nif: "082222222B"

2026-02-11 custom "proforma" "M-2026-001" "Bureautique Kora (fictif)" 312000 XOF
  nif: "083333333C"

2026-02-12 custom "marche" "M-2026-001" "Cahiers et manuels"
  bailleur: "EDU"
  attributaire: "Faso Papeterie (fictif)"
  motif-choix: "moins-disant"

2026-02-16 * "Faso Papeterie (fictif)" "Cahiers et manuels : facture"
  piece: OD
  nif: "082222222B"
  facture: "F26-0112"
  marche: "M-2026-001"
  Charges:EDU:6047-Fournitures     285000 XOF
  Passif:EDU:4011-Fournisseurs    -285000 XOF

2026-02-20 * "Faso Papeterie (fictif)" "Cahiers et manuels : règlement"
  piece: BQ
  signe:
  mode: "virement"
  ordre: "OV-EDU-002"
  nif: "082222222B"
  facture: "F26-0112"
  marche: "M-2026-001"
  Passif:EDU:4011-Fournisseurs     285000 XOF
  Actif:EDU:52112-Banque-BNDA     -285000 XOF
"""
    + mobile_paid("2026-02-24", 20000, 200)
    + quota("2026-02-28", "EDU", *B, 305200),
    "genre": paid("2026-02-03", "GENRE", "52113-Banque-BMS", "Salle du quartier", "6277-Ateliers", "0000301", 45000)
    + share_paid("2026-02", "GENRE", "52113-Banque-BMS", "OV-GENRE-001", 30000),
    "fonct": management_met("2026-02")
    + till_paid("2026-02-10", "FONCT", "Sotelma", "6281-Telephone", 12250)
    + rent("2026-02", "OV-002")
    + share_taken("2026-02", "UE-EAU", 60000)
    + share_taken("2026-02", "GENRE", 30000),
}
MARCH = {
    "ue-eau": """
2026-03-02 * "O. Guindo (fictif)" "Avance à justifier : mission de suivi"
  piece: BQ
  signe:
  mode: "cheque"
  cheque: "0000103"
  beneficiaire: "chef-eau"
  avance: "AV-2026-001"
  echeance: 2026-03-20
  Actif:UE-EAU:4213-Avances-a-justifier   300000 XOF
  Actif:UE-EAU:52111-Banque-BDM          -300000 XOF
"""
    + levies("2026-03", "OV-UE-008", "OV-UE-009", "OV-UE-010")
    + till_paid("2026-03-10", "UE-EAU", "Papeterie du fleuve", "6055-Fournitures-de-bureau", 30000, "2.2")
    + share_paid("2026-03", "UE-EAU", "52111-Banque-BDM", "OV-UE-011", 60000, "2.3")
    + payroll("2026-03", "OV-UE-012")
    + quota("2026-03-31", "UE-EAU", *A, 289020),
    "edu": mobile_paid("2026-03-16", 30000, 300)
    + paid("2026-03-18", "EDU", "52112-Banque-BNDA", "Salle de la mairie", "6277-Ateliers", "0000201", 48000)
    + quota("2026-03-31", "EDU", *B, 78300),
    "genre": paid("2026-03-04", "GENRE", "52113-Banque-BMS", "Agence du fleuve", "6384-Missions", "0000302", 40000)
    + share_paid("2026-03", "GENRE", "52113-Banque-BMS", "OV-GENRE-002", 30000),
    "fonct": management_met("2026-03")
    + till_fed("2026-03-09", "FONCT", "52114-Banque-BIM", "0000002", 43000)
    + till_paid("2026-03-12", "FONCT", "Papeterie du quartier", "6055-Fournitures-de-bureau", 9500)
    + rent("2026-03", "OV-003")
    + share_taken("2026-03", "UE-EAU", 60000)
    + share_taken("2026-03", "GENRE", 30000),
}
APRIL = """
2026-04-02 * "O. Guindo (fictif)" "Justification de l'avance de mission"
  piece: OD
  beneficiaire: "chef-eau"
  avance: "AV-2026-001"
  Charges:UE-EAU:6384-Missions            285000 XOF
    ligne: "2.1"
  Actif:UE-EAU:4213-Avances-a-justifier  -285000 XOF

2026-04-03 * "O. Guindo (fictif)" "Reliquat de l'avance de mission"
  piece: BQ
  mode: "virement"
  beneficiaire: "chef-eau"
  avance: "AV-2026-001"
  Actif:UE-EAU:52111-Banque-BDM            15000 XOF
  Actif:UE-EAU:4213-Avances-a-justifier   -15000 XOF
"""


# --- what the banks send ------------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """An operation as a bank prints it; money that leaves is negative."""

    day: str
    label: str
    reference: str
    amount: int
    fee: int = 0


def ofx(lines: list[Line], month: str, last: int, *, balance: int, xml: bool) -> bytes:
    """A statement in OFX 1 (SGML, Windows-1252) or OFX 2 (XML, UTF-8)."""

    def tag(name: str, value: object) -> str:
        return f"<{name}>{value}</{name}>" if xml else f"<{name}>{value}\n"

    account = "ML0430200700774052113012" if xml else "ML0410100100335052111088"
    first, end = f"{month}-01".replace("-", ""), f"{month}-{last}".replace("-", "")
    rows = "".join(
        "<STMTTRN>"
        + tag("TRNTYPE", "CHECK" if "CHEQUE" in each.label else "CREDIT" if each.amount > 0 else "DEBIT")
        + tag("DTPOSTED", each.day.replace("-", ""))
        + tag("TRNAMT", each.amount)
        + tag("FITID", f"{end}{rank:03}")
        + (tag("CHECKNUM", each.reference) if "CHEQUE" in each.label else "")
        + tag("NAME", f"{each.label} {each.reference}")
        + "</STMTTRN>\n"
        for rank, each in enumerate(lines)
    )
    head = (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        '<?OFX OFXHEADER="200" VERSION="202" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n'
        if xml
        else "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\n"
        "COMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
    )
    body = (
        "<OFX><BANKMSGSRSV1><STMTTRNRS>"
        + tag("TRNUID", 1)
        + "<STMTRS>"
        + tag("CURDEF", "XOF")
        + "<BANKACCTFROM>"
        + tag("BANKID", "ML041")
        + tag("ACCTID", account)
        + tag("ACCTTYPE", "CHECKING")
        + "</BANKACCTFROM><BANKTRANLIST>"
        + tag("DTSTART", first)
        + tag("DTEND", end)
        + rows
        + "</BANKTRANLIST><LEDGERBAL>"
        + tag("BALAMT", balance)
        + tag("DTASOF", end)
        + "</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )
    return (head + body).encode("utf-8" if xml else "cp1252")


def french(day: str) -> str:
    return f"{date.fromisoformat(day):%d/%m/%Y}"


def spaced(units: int) -> str:
    return f"{abs(units):,}".replace(",", " ") if units else ""


def two_columns(lines: list[Line], month: str, last: int, opening: int) -> bytes:
    """A csv with debit and credit columns, each balance, and a heading."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["BANQUE BNDA (fictif)", "Compte ML043 02110 001180521120 64"])
    writer.writerow(["Date", "Libellé", "Référence", "Débit", "Crédit", "Solde"])
    writer.writerow([french(f"{month}-01"), "SOLDE INITIAL", "", "", "", spaced(opening) or "0"])
    for each in lines:
        opening += each.amount
        debit, credit = (spaced(each.amount), "") if each.amount < 0 else ("", spaced(each.amount))
        writer.writerow([french(each.day), each.label, each.reference, debit, credit, spaced(opening)])
    writer.writerow([french(f"{month}-{last}"), "SOLDE FINAL", "", "", "", spaced(opening)])
    return out.getvalue().encode("cp1252")


def mobile(lines: list[Line], opening: int) -> bytes:
    """An operator's csv: the latest first, one amount and its direction, the fee in a column of its own."""
    rows = []
    for rank, each in enumerate(lines):
        opening += each.amount - each.fee
        way = "Reçu" if each.amount > 0 else "Envoyé"
        rows.append([f"{each.day} 08:30:00", f"PP{rank:04}", way, each.label, abs(each.amount), each.fee, opening])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["Date et heure", "ID transaction", "Sens", "Motif", "Montant", "Frais", "Solde"])
    writer.writerows(reversed(rows))
    return out.getvalue().encode()


def workbook(lines: list[Line], month: str, last: int, opening: int) -> bytes:
    """A spreadsheet with real days and numbers."""
    book = Workbook()
    sheet = book.active
    sheet.append(["BANQUE BIM (fictif)"])
    sheet.append(["Compte ML102 01003 007740521140 12"])
    sheet.append([f"Période du {french(f'{month}-01')} au {french(f'{month}-{last}')}"])
    sheet.append(["Solde d'ouverture", None, None, None, None, opening])
    sheet.append(["Date", "Désignation", "Chèque ou ordre", "Débit", "Crédit", "Solde"])
    for each in lines:
        opening += each.amount
        debit, credit = (-each.amount, None) if each.amount < 0 else (None, each.amount)
        sheet.append([date.fromisoformat(each.day), each.label, each.reference, debit, credit, opening])
    sheet.append(["Solde de clôture", None, None, None, None, opening])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


BDM = {
    "2026-01": [
        Line("2026-01-08", "VIR RECU UNION EUROPEENNE", "", 13102740),
        Line("2026-01-12", "CHEQUE", "0000101", -120000),
        Line("2026-01-21", "VIR EMIS", "OV-UE-001", -60000),
        Line("2026-01-27", "VIR EMIS", "OV-UE-002", -121189),
        Line("2026-01-30", "FRAIS DE TENUE DE COMPTE", "", -2360),
    ],
    "2026-02": [
        Line("2026-02-06", "VIR EMIS", "OV-UE-003", -31000),
        Line("2026-02-06", "VIR EMIS", "OV-UE-004", -10168),
        Line("2026-02-06", "VIR EMIS", "OV-UE-005", -36663),
        Line("2026-02-20", "VIR EMIS", "OV-UE-006", -60000),
        Line("2026-02-27", "VIR EMIS", "OV-UE-007", -121189),
        Line("2026-02-27", "FRAIS DE TENUE DE COMPTE", "", -2360),
    ],
    "2026-03": [
        Line("2026-03-02", "CHEQUE", "0000102", -55750),
        Line("2026-03-03", "CHEQUE", "0000103", -300000),
        Line("2026-03-06", "VIR EMIS", "OV-UE-008", -31000),
        Line("2026-03-06", "VIR EMIS", "OV-UE-009", -10168),
        Line("2026-03-06", "VIR EMIS", "OV-UE-010", -36663),
        Line("2026-03-20", "VIR EMIS", "OV-UE-011", -60000),
        Line("2026-03-27", "VIR EMIS", "OV-UE-012", -121189),
        Line("2026-03-31", "FRAIS DE TENUE DE COMPTE", "", -2360),
    ],
}
BNDA = {
    "2026-01": [
        Line("2026-01-12", "VIREMENT RECU FONDS POUR L ECOLE", "", 6000000),
        Line("2026-01-16", "VIREMENT EMIS", "OV-EDU-001", -100000),
        Line("2026-01-30", "FRAIS DE TENUE DE COMPTE", "", -1180),
    ],
    "2026-02": [
        Line("2026-02-20", "VIREMENT EMIS FASO PAPETERIE", "OV-EDU-002", -285000),
        Line("2026-02-27", "FRAIS DE TENUE DE COMPTE", "", -1180),
    ],
    "2026-03": [
        Line("2026-03-19", "CHEQUE", "0000201", -48000),
        Line("2026-03-31", "INTERETS CREDITEURS", "", 900),
        Line("2026-03-31", "FRAIS DE TENUE DE COMPTE", "", -1180),
    ],
}
ORANGE = {
    "2026-01": [Line("2026-01-16", "APPROVISIONNEMENT", "", 100000), Line("2026-01-19", "PAIEMENT", "", -26000, 260)],
    "2026-02": [Line("2026-02-24", "PAIEMENT", "", -20000, 200)],
    "2026-03": [Line("2026-03-16", "PAIEMENT", "", -30000, 300)],
}
BMS = {
    "2026-01": [
        Line("2026-01-13", "VIR RECU COOPÉRATION DU NORD", "", 6000000),
        Line("2026-01-30", "FRAIS DE TENUE DE COMPTE", "", -1500),
    ],
    "2026-02": [
        Line("2026-02-04", "CHEQUE", "0000301", -45000),
        Line("2026-02-20", "VIR EMIS", "OV-GENRE-001", -30000),
        Line("2026-02-27", "FRAIS DE TENUE DE COMPTE", "", -1500),
    ],
    "2026-03": [
        Line("2026-03-05", "CHEQUE", "0000302", -40000),
        Line("2026-03-20", "VIR EMIS", "OV-GENRE-002", -30000),
        Line("2026-03-31", "FRAIS DE TENUE DE COMPTE", "", -1500),
    ],
}
BIM = {
    "2026-01": [
        Line("2026-01-05", "REMISE COTISATIONS", "", 2000000),
        Line("2026-01-07", "CHEQUE", "0000001", -100000),
        Line("2026-01-20", "VIREMENT EMIS LOYER", "OV-001", -150000),
        Line("2026-01-21", "VIREMENT RECU SINI UE-EAU", "", 60000),
        Line("2026-01-30", "VIREMENT RECU PHARMACIE DU QUARTIER", "", 250000),
        Line("2026-01-30", "FRAIS DE TENUE DE COMPTE", "", -2360),
    ],
    "2026-02": [
        Line("2026-02-20", "VIREMENT EMIS LOYER", "OV-002", -150000),
        Line("2026-02-20", "VIREMENT RECU SINI UE-EAU", "", 60000),
        Line("2026-02-20", "VIREMENT RECU SINI GENRE", "", 30000),
        Line("2026-02-27", "FRAIS DE TENUE DE COMPTE", "", -2360),
    ],
    "2026-03": [
        Line("2026-03-10", "CHEQUE", "0000002", -43000),
        Line("2026-03-20", "VIREMENT EMIS LOYER", "OV-003", -150000),
        Line("2026-03-20", "VIREMENT RECU SINI UE-EAU", "", 60000),
        Line("2026-03-20", "VIREMENT RECU SINI GENRE", "", 30000),
        Line("2026-03-31", "FRAIS DE TENUE DE COMPTE", "", -2360),
    ],
}
LAST = {"2026-01": 31, "2026-02": 28, "2026-03": 31}


def before(lines: dict[str, list[Line]], month: str) -> int:
    """The balance of a bank's statement as the month begins."""
    return sum(each.amount - each.fee for name, of in lines.items() if name < month for each in of)


def statements(folder: Path, month: str) -> dict[str, Path]:
    """The five statements of a month, in five formats, as they come from the banks."""
    folder.mkdir(exist_ok=True)
    last = LAST[month]
    ends = {name: before(lines, f"{month}-99") for name, lines in (("bdm", BDM), ("bms", BMS))}
    files = {
        f"bdm-{month}.ofx": ofx(BDM[month], month, last, balance=ends["bdm"], xml=False),
        f"bms-{month}.ofx": ofx(BMS[month], month, last, balance=ends["bms"], xml=True),
        f"bnda-{month}.csv": two_columns(BNDA[month], month, last, before(BNDA, month)),
        f"orange-{month}.csv": mobile(ORANGE[month], before(ORANGE, month)),
        f"bim-{month}.xlsx": workbook(BIM[month], month, last, before(BIM, month)),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return {name.partition("-")[0]: folder / name for name in files}


# --- the hands ----------------------------------------------------------------------------------------------------------

ACCOUNTS = {"bdm": "UE-EAU", "bms": "GENRE", "bnda": "EDU", "orange": "5521", "bim": "FONCT"}
"""What a person calls the account of each statement: a tree's only bank, or a number."""
SERIES = re.compile(r"^  piece: (BQ|CS|MM|OD)$", re.MULTILINE)
PAPER = re.compile(r'^  document(?:-pv)?: "(.*?)"$', re.MULTILINE)


class Books:
    """The folder of the new organisation, and a day on which commands are given."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.day = "2026-01-01"

    def run(self, *words: str, status: int = 0) -> str:
        """What a command prints; it must end with that status."""
        result = CliRunner().invoke(cli, list(words))
        assert result.exit_code == status, f"{words}\n{result.output}"
        return result.output

    def file(self, tree: str, month: str) -> Path:
        return self.root / f"ledger/{tree}/{month}.beancount"

    def type(self, tree: str, month: str, text: str) -> None:
        """Adds entries at the end of a month's file, numbered and with their papers, which are scanned."""
        path = self.file(tree, month)
        written = "".join(each.read_text(encoding="utf-8") for each in path.parent.iterdir())
        last = Counter(re.findall(r'^  piece: "(..)-', written, re.MULTILINE))

        def numbered(match: re.Match[str]) -> str:
            last[match[1]] += 1
            piece = f"{match[1]}-{tree.upper()}-2026-{last[match[1]]:04}"
            return f'  piece: "{piece}"\n  document: "{tree}/{month}/{piece}.pdf"'

        signed = '  signataire-1: "directrice"\n  signataire-2: "presidente"\n'
        text = SERIES.sub(numbered, text).replace("  signe:\n", signed)
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8", newline="\n")
        self.scan()

    def scan(self) -> None:
        """Every paper that the books name and that is not there yet is put where they say."""
        for path in self.root.glob("ledger/*/*.beancount"):
            for name in PAPER.findall(path.read_text(encoding="utf-8")):
                paper = self.root / "ledger/documents" / name
                if not paper.exists():
                    paper.parent.mkdir(parents=True, exist_ok=True)
                    paper.write_bytes(b"%PDF-1.4 " + name.encode())

    def git(self, *words: str, status: int = 0) -> None:
        """Git as on that day, with the hook that checks the books before each commit."""
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, "PATH": programs, "GRANDLIVRE_AUJOURDHUI": self.day}
        who = ("-c", "user.name=S. Traoré (fictif)", "-c", "user.email=comptable@example.org")
        done = subprocess.run(
            ["git", *who, *words], cwd=self.root, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, f"{words}\n{done.stdout}{done.stderr}"

    def keep(self, message: str, status: int = 0) -> None:
        """What is done so far, recorded; the hook refuses books that hold an error."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message, status=status)

    def count(self, tree: str, notes: str, coins: str, hour: str = "17:00") -> str:
        words = ("--billets", notes, "--pieces", coins, "--type", "mensuel", "--heure", hour, "--date", self.day)
        return self.run(
            "count", tree, *words, "--controleur", "comptable", "--temoin", "tresorier", "--today", self.day
        )

    def reconcile(self, name: str, statement: Path) -> str:
        """The last sentence of a reconciliation."""
        words = ("--releve", str(statement), "--accept", "--today", self.day)
        return self.run("reconcile", ACCOUNTS[name], *words).splitlines()[-1]

    def findings(self, *words: str, status: int = 0) -> list[str]:
        """The rule of each finding of the day."""
        said = self.run("check", "--today", self.day, *words, status=status)
        return re.findall(r"\[([a-z-]+)\]$", said, re.MULTILINE)

    def complete(self, tree: str, month: str) -> None:
        """Fees proposed by `reconcile` are given their paper, and the full stop of a finished entry."""
        path = self.file(tree, month)
        text = re.sub(
            r'^(\d{4}-\d\d-\d\d) !(.*\n  piece: "(.*?)"\n)',
            rf'\1 *\2  document: "{tree}/{month}/\3.pdf"\n',
            path.read_text(encoding="utf-8"),
            flags=re.MULTILINE,
        )
        path.write_text(text, encoding="utf-8", newline="\n")
        self.scan()


def found(root: Path) -> Books:
    """The books of a new organisation, and the one budget its donor has adopted."""
    books = Books(root)
    said = books.run("init", str(root), *FOUND)
    assert "Premier enregistrement git : fait." in said
    donor = root / "rules/bailleurs/ue-eau.yaml"
    head = donor.read_text(encoding="utf-8").partition("    # tranches, ")[0]
    donor.write_text(head + BUDGET, encoding="utf-8", newline="\n")
    return books


def month(books: Books, name: str, typed: dict[str, str], ends: str, counted: dict[str, tuple[str, str, str]]) -> None:
    """A month typed, its tills counted on its last working day."""
    if name != "2026-01":
        assert books.run("month", name).count("créé : ") == 4
    for tree, text in typed.items():
        books.type(tree, name, text)
    books.day = ends
    for tree, (notes, coins, amount) in counted.items():
        said = books.count(tree, notes, coins)
        assert f"Solde physique {amount} FCFA · Écart : aucun écart" in said
        assert books.findings() in ([], ["avance-en-retard"])


def banks(books: Books, name: str, day: str, waiting: dict[str, int]) -> None:
    """The five statements of a month, received and reconciled; what the banks took is completed and kept."""
    books.day = day
    for bank, path in statements(books.root.parent / "recus", name).items():
        if name == "2026-01":
            said = books.run("import", "--decrire", str(path), "--nom", bank, "--compte", ACCOUNTS[bank], "--oui")
            assert f"écrit : rules/releves/{bank}.yaml" in said
        if (name, bank) == ("2026-02", "bms"):
            draft_moved(books, path)
        assert books.reconcile(bank, path).endswith(f"rapproché, {waiting.get(bank, 0)} suspens.")
        again = books.reconcile(bank, path)
        assert "rapproché" in again, again
    for tree in ("ue-eau", "edu", "genre", "fonct"):
        books.complete(tree, name)


def draft_moved(books: Books, statement: Path) -> None:
    """The other way: `import` writes a draft of the bank's fee, which a person completes and moves to the month's file."""
    books.run("import", str(statement), "--compte", "GENRE", "--today", books.day)
    drafts = books.root / "ledger/brouillons/genre-52113-2026-02.beancount"
    [entry] = re.findall(r"^2026-.*(?:\n  .*)+\n", drafts.read_text(encoding="utf-8"), re.MULTILINE)
    entry = re.sub(r"  (?:reference-releve|nature): .*\n", "", entry)
    entry = re.sub(r'! "(.*)"\n', r'* "Banque BMS (fictif)" "\1"\n  piece: BQ\n', entry)
    books.type("genre", "2026-02", f"\n{entry}")
    drafts.unlink()
    again = books.run("import", str(statement), "--compte", "GENRE", "--today", books.day)
    assert ("Rien à ajouter" in again, drafts.exists()) == (True, False)


def closed(books: Books) -> None:
    """The quarter: refused while the advance is late, closed once that is declared, guarded from then on."""
    refused = books.run("close", "2026-T1", "--oui", "--today", books.day, status=1)
    assert "✗ Avances à justifier" in refused
    assert refused.count("✗") == 1
    reserve = "avance-en-retard · AV-2026-001 · justifiée le 02/04/2026"
    assert f'--reserve "{reserve.rpartition("·")[0]}· motif"' in refused, "the refusal says what to type"
    said = books.run("close", "2026-T1", "--oui", "--reserve", reserve, "--today", books.day)
    assert "Période 2026-T1 close le 08/04/2026, empreinte " in said
    written = books.file("fonct", "2026-04").read_text(encoding="utf-8")
    assert f'reserve-1: "{reserve}"' in written
    for each in ("empreinte", "empreinte-edu", "empreinte-fonct", "empreinte-genre", "empreinte-ue-eau", "regles"):
        assert re.search(rf'^  {each}: "sha256:[0-9a-f]{{64}}"$', written, re.MULTILINE), each
    manifest = (books.root / "ledger/documents/MANIFESTE-2026-T1.tsv").read_text(encoding="utf-8")
    assert "ue-eau/2026-03/CS-UE-EAU-2026-0006.pdf" in manifest
    assert books.findings() == []
    books.keep("Clôture 2026-T1")
    books.git("tag", "-a", "cloture/2026-T1", "-m", "Clôture 2026-T1")
    path = books.file("edu", "2026-02")
    before_it = path.read_bytes()
    path.write_bytes(before_it.replace(b"20000 XOF", b"21000 XOF").replace(b"-20200 XOF", b"-21200 XOF"))
    assert "periode-close" in books.findings(status=1)
    books.keep("Une retouche", status=1)
    path.write_bytes(before_it)
    books.git("reset", "--quiet")


def corrected(books: Books) -> None:
    """A payment of the closed quarter stood in a wrong account: a storno, then the right entry."""
    said = books.run("entries", "extourne", "BQ-GENRE-2026-0003", "--ecrire", "--today", books.day)
    [right] = re.findall(r"^2026-\S+ !.*(?:\n  .*)+\n", said, re.MULTILINE)
    right = right.replace("6277-Ateliers ", "633-Formation ").replace(" ! ", " * ")
    path = books.file("genre", "2026-04")
    right = right.replace('-0010"\n', '-0010"\n  document: "genre/2026-02/BQ-GENRE-2026-0003.pdf"\n')
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{right}", encoding="utf-8", newline="\n")
    books.day = "2026-04-10"
    assert books.findings() == ["date-valeur-lointaine"], "a correction into the closed quarter stays in sight"
    ends = balance(books, "2026-04", "--bailleur", "GENRE")
    assert (ends.get("6277"), ends["633"], ends["52113"]) == ((None, None), (45_000, None), (5_850_500, None))


def sent(books: Books) -> None:
    """The donor's report of the quarter, as it was added up by hand, is sent and kept."""
    words = ("--bailleur", "UE-EAU", "--periode", "2026-T1", "--today", books.day)
    books.run("report", "rapport-financier", *words, "--transmettre", "--format", "html")
    path = books.root / "ledger/documents/ue-eau/transmis/rapport-financier-2026-T1.json"
    tables = {
        each["key"]: each["rows"] for each in json.loads(path.read_text(encoding="utf-8"))["body"] if "key" in each
    }
    cells = [row["cells"] for row in tables["budget-UE-2026-7"]]
    lines = {each["code"]: (each["initial"], each["period"]) for each in cells}
    assert lines["1.1"] == (3_840_000, 465_000), "three salaries of 155 000"
    assert lines["1.2"] == (1_200_000, 132_060), "three times 30 845 and 13 175"
    assert lines["2.1"] == (3_000_000, 0), "the mission was accounted for in April"
    assert lines["2.2"] == (1_200_000, 85_750), "15 500, 22 000, 18 250 and 30 000"
    assert lines["2.3"] == (1_440_000, 180_000), "three shares of the rent"
    assert lines["2.4"] == (240_000, 23_480), "16 400 on the first transfer, then 2 360 a month"
    flow = [row["cells"]["amount"] for row in tables["flow"]]
    assert flow == [0, 13_119_140, 0, 886_290, 12_232_850], "20 000 euros at 655,957, less the lines above"
    held = {row["cells"]["label"]: row["cells"]["amount"] for row in tables["position"]}
    assert (held["Banque"], held["+ Caisse"], held["+ Avances à justifier"]) == (11_920_681, 90_000, 300_000)
    assert held["− Engagé : dettes à payer"] == 77_831, "INPS 31 000, AMO 10 168, taxes 36 663 for March"
    assert held["Écart entre les deux calculs"] == 0
    assert books.findings() == ["date-valeur-lointaine"]


def balance(books: Books, period: str, *words: str) -> dict[str, tuple[int | None, int | None]]:
    """The debit and credit balance of each account number at the end of a period."""
    books.run("report", "balance", "--periode", period, *words, "--format", "json", "--today", books.day)
    [path] = (books.root / "build/rapports" / period).glob("*/balance.json")
    rows = json.loads(path.read_text(encoding="utf-8"))["body"][0]["rows"]
    return {row["cells"]["number"]: (row["cells"]["closing_debit"], row["cells"]["closing_credit"]) for row in rows}


def balanced(books: Books) -> None:
    """What every bank, till and fund holds at the end of the quarter."""
    ends = balance(books, "2026-T1")
    held = {"52111": 11_920_681, "52112": 5_564_360, "52113": 5_850_500, "52114": 1_889_920, "5521": 23_240}
    for number, units in {**held, "4213": 300_000, "6277": 93_000}.items():
        assert ends[number] == (units, None), number
    funds = {"165": 5_587_600, "462": 12_232_850, "713": 6_000_000, "7925": 413_300, "702": 886_290}
    for number, units in funds.items():
        assert ends[number] == (None, units), number


def served(books: Books) -> None:
    """The browser's first page opens."""
    words = ("serve", "--port", "0", "--sans-navigateur", "--today", books.day)
    program = [sys.executable, "-m", "grandlivre", *words]
    with subprocess.Popen(program, cwd=books.root, stdout=subprocess.PIPE, text=True, encoding="utf-8") as server:
        try:
            assert server.stdout is not None
            address = next(found[0] for line in server.stdout if (found := re.search(r"http://\S+/", line)))
            page = urlopen(address, timeout=60).read().decode()
            assert "SINI" in page
            assert page.count("aucun budget adopté") == 3, "only UE-EAU has one"
            assert "dépassée" not in page
            budgets = urlopen(f"{address}livres/extension/Budget/", timeout=60).read().decode()
            assert budgets.count("Aucun budget adopté") == 3
            assert "dépassé de" not in budgets
        finally:
            server.terminate()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not here")
def test_the_first_quarter_goes_from_founding_to_the_report_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("GIT_CONFIG_GLOBAL", os.devnull), ("GIT_CONFIG_NOSYSTEM", "1"), ("PYTHONUTF8", "1")):
        monkeypatch.setenv(name, value)
    books = found(tmp_path / "ong")
    monkeypatch.chdir(books.root)
    tills = {"UE-EAU": ("10000x10 2000x2", "500x1", "104 500"), "FONCT": ("10000x8 5000x1 2000x2", "250x1", "89 250")}
    month(books, "2026-01", JANUARY, "2026-01-30", tills)
    banks(books, "2026-01", "2026-02-02", {})
    assert books.findings() == []
    books.keep("Janvier")
    tills = {"UE-EAU": ("10000x12", "", "120 000"), "FONCT": ("10000x7 5000x1 2000x1", "", "77 000")}
    month(books, "2026-02", FEBRUARY, "2026-02-27", tills)
    banks(books, "2026-02", "2026-03-02", {"bdm": 1})
    assert books.findings() == []
    books.keep("Février")
    tills = {"UE-EAU": ("10000x9", "", "90 000"), "FONCT": ("10000x11", "500x1", "110 500")}
    month(books, "2026-03", MARCH, "2026-03-31", tills)
    assert books.findings() == ["avance-en-retard"]
    banks(books, "2026-03", "2026-04-01", {})
    assert books.findings() == ["avance-en-retard"]
    books.keep("Mars")
    books.run("month", "2026-04")
    books.type("ue-eau", "2026-04", APRIL)
    books.day = "2026-04-08"
    assert books.findings() == []
    balanced(books)
    closed(books)
    corrected(books)
    sent(books)
    served(books)
