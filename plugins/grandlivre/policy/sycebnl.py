"""What an account number means (SYCEBNL chart of accounts), written once: tuples of prefixes of account numbers.

A rule's YAML may set its own numbers; these are the meanings nobody sets, and the rules' settings when nobody sets them.
"""

from __future__ import annotations

from collections.abc import Mapping

# Treasury (class 5) ---------------------------------------------------------------------------------------------------

TREASURY = ("5",)
"""Class 5."""
BANK = ("52",)
"""Bank accounts."""
MOBILE = ("55",)
"""Electronic money."""
TILL = ("57",)
"""Cash."""
CASH_HELD = ("51", *BANK, "53", *MOBILE, *TILL)
"""What the project set counts as funds at hand: values to cash, banks, postal accounts, electronic money and tills."""
BANK_AND_MOBILE = (*BANK, *MOBILE)
"""Money held by an institution: it is signed for, and an account says what moved."""
MONEY = (*BANK_AND_MOBILE, *TILL)
"""Money that may be spent at once."""
STATED = ("52", "53", "55")
"""Accounts whose holder sends a statement: banks, financial institutions, electronic money."""
CREDIT = ("56",)
"""Bank loans for treasury and credit lines."""
TRANSIT = ("58",)
"""Internal transfers under way: nil once both halves are booked."""
TRANSFERS = ("585",)
"""Transfers of funds between a tree's own accounts."""
JOURNALS: Mapping[str, str] = {"52": "BQ", "57": "CS", "55": "MM"}
"""The series of vouchers of each kind of money, in the order they are named."""

CLASS_ROOTS: Mapping[str, str] = {
    "1": "equity",
    "2": "assets",
    "3": "assets",
    "5": "assets",
    "6": "expenses",
    "7": "income",
    "80": "income",
    "82": "income",
    "84": "income",
    "86": "income",
    "88": "income",
    "8": "expenses",
    "9": "expenses",
    "91": "income",
}
"""Beancount's root of an account, by the longest prefix of its number; class 4 goes by CREDITORS, DEBTORS and its balance."""

# Third parties (class 4) ----------------------------------------------------------------------------------------------

THIRD_PARTIES = ("4",)
"""Class 4."""
TRADE_PAYABLES = ("401",)
"""Owed to suppliers of goods and services."""
SUPPLIER_DEBTS = ("401", "402", "404", "408", "481")
"""Owed to suppliers, of expenses and of assets."""
SUPPLIERS = ("40", "48")
"""Every account of suppliers, of expenses and of assets."""
SUPPLIERS_OF_ASSETS = ("404", "48")
"""Owed for assets."""
BORN_OF = ("2", "3", "44", "476", "6", "8")
"""What a supplier's invoice is debited to: assets, stocks, taxes it recovers, what belongs to another year, charges."""
PREPAID = ("409",)
"""What suppliers owe: advances, credit notes to come."""
SUPPLIER_ADVANCES = ("4091", "4093")
"""Paid to suppliers and subcontractors before they deliver; 4098 (credit notes to come) is no advance."""
MISSION_ADVANCES = ("4213",)
"""Expenses advanced to staff for a mission or an activity."""
STAFF_ADVANCES = ("4211", "4212", *MISSION_ADVANCES)
"""Advances, instalments and expenses advanced to staff."""
ADVANCES = (*SUPPLIER_ADVANCES, *STAFF_ADVANCES)
"""Money handed out that somebody must still justify or give back."""
NUMBERED_ADVANCES = (*SUPPLIER_ADVANCES, *MISSION_ADVANCES)
"""Advances that carry a number from the start."""
CREDITORS = ("40", "422", "43", "442", "447", "462", "463", "464", "4712", "4739", "477", "479", "48")
"""Third parties that are owed to, whatever the side of a balance, less DEBTORS."""
DEBTORS = ("409", "41", "421", "445", "469", "4711", "4731", "4732", "4733", "475", "476", "478", "485")
"""Third parties that owe, whatever the side of a balance."""
OWED = ("40", "422", "428", "43", "442", "443", "447", "448", "4712", "4739", "479", "48")
"""Owed to suppliers, staff, social bodies, the State and sundry creditors, less DEBTORS: a debit there was paid too much."""
SUNDRY_DEBTORS = ("4711",)
"""Sundry debtors: a credit there was given back too much."""
SUSPENSE = (*SUNDRY_DEBTORS, "4712")
"""What waits for its true account."""
SUNDRY = ("47",)
"""Suspense and sundry accounts, less SETTLED_LATER: each balance waits for somebody to explain it."""
SETTLED_LATER = ("4713", "473", "475", "476", "477", "478")
"""Of SUNDRY, what its own calendar settles: gifts in kind, funds promised, charges and income of another year, exchange."""
NET_PAY = ("422",)
"""Pay owed to staff."""
LEVIES = ("431", "432", "433", "442", "447")
"""Social contributions and taxes that are declared and paid by the month or the quarter."""
INVOICES_LATER = ("4017", "408")
"""Of suppliers, what no due date runs on: guarantees withheld, invoices not received."""
PAYABLES = ("40", "42", "43", "44", "45", "4712", "4739", "48")
"""Third parties that a charge or an asset is owed to: a credit there leaves it unpaid, or takes it from an advance."""
NOT_OWED = ("409", "421", "445", "449", "485")
"""Of PAYABLES, what others owe."""
CALLED_FUNDS = ("469", "473")
"""What a donor was asked for and has not paid yet, in its own currency if it must be."""
DUES = ("701",)
"""Dues of members."""
TILL_SHORTAGE, TILL_SURPLUS = "4211", "4712"
"""What a till lacks is owed by who keeps it; what it has too much waits for an explanation."""
RECOVERABLE_VAT = ("445",)
"""Value added tax that the State gives back."""
WITHHOLDINGS = ("447",)
"""Taxes withheld at source, owed to the State."""

# Donors' funds --------------------------------------------------------------------------------------------------------

ADVANCED_FUNDS = ("161",)
"""Advances of donors to be justified (model F)."""
PREPAID_INCOME, TO_GIVE_BACK = ("477",), ("4739",)
"""Of model C, what belongs to later years, and what the donor gets back."""
ADMINISTERED = ("462", "463", "464")
"""Funds of administration: what a project has received for its running costs and not yet spent."""
DONOR_DEBTS = (*ADMINISTERED, "477")
"""Donors' money received and not yet spent, in class 4."""
DONOR_FUNDS = ("161", "162", "163", "164", "165", "166", "167", "168", *(f"17{digit}" for digit in range(1, 9)))
"""Donors' money received and not yet spent, in class 1."""
RECEIVABLE_FUNDS = ("169",)
"""Donors' funds promised and not yet received."""
SETTLED_ALSO = ("42", "43", "44", "47")
"""Besides suppliers, whom a payment may settle: staff, social bodies, the State, sundry creditors."""
DONOR_ACCOUNTS = ("1", "449", "462", "463", "464", "469", "473", "475", "477")
"""Class 1 and the accounts of class 4 where donors' money is received, promised or spent."""
PROJECT_FUNDS = (*(f"16{digit}" for digit in range(1, 10)), "462", "463", "464", "469", "477", "4739")
"""Where funds administered for a donor, or restricted by one, stand on the balance sheet."""
FINANCING: Mapping[str, tuple[str, ...]] = {
    "fonds-administration": (*PROJECT_FUNDS, "702", "792"),
    "fonds-affectes": (*PROJECT_FUNDS, "17", "792", "796"),
    "subvention-exploitation": ("4732", "4733", "4739", "477", "711", "713", "718", "88"),
    "subvention-investissement": ("14", "4731", "4739", "477", "799"),
    "don": ("167", "475", "477", "704", "754", "792"),
    "avance": (*PROJECT_FUNDS, "702", "792"),
    "ressources-propres": ("10", "475", "477", "701", "703", "704", "705", "706", "707", "752", "754"),
}
"""What each model of financing classifies its money under (SYCEBNL, Guide d'application)."""
FUND_ACCOUNTS = (
    *("10", "14", "16", "17", "462", "463", "464", "469", "4731", "4732", "4733", "4739", "475", "477", "701", "702"),
    *("703", "704", "705", "706", "707", "711", "713", "718", "752", "754", "792", "796", "799", "88"),
)
"""The accounts that say where money comes from; every other account may be used under any model."""
GRANTS = ("70", "71", "79", "88")
"""Income that brings donors' money to the year's account."""
FUNDS_RELEASED = ("702", "792", "796", "799")
"""Income that only takes donors' money from where it stands on the balance sheet, as charges use it."""
ENDOWMENT_RELEASED = ("703",)
"""Endowment to be used up, brought to the year's account."""
FUNDS_HELD = ("14", "16", "17", *DONOR_DEBTS)
"""Where FUNDS_RELEASED come from."""
SHARES_OF: Mapping[str, tuple[str, str]] = {
    "fonds-administration": ("462", "702"),
    "fonds-affectes": ("165", "7925"),
}
"""The models whose charges release as much of the donor's funds, at once: from which account into which income."""
PROJECTS = ("fonds-administration", "fonds-affectes", "avance")
"""The models (A, B and F) whose trees have the project set of statements."""
RESULTS_BROUGHT = "12"
"""Results of the years before, once they are allocated or wait to be."""
RELEASED_FROM: Mapping[str, tuple[tuple[str, ...], str]] = {
    "fonds-administration": (ADMINISTERED, "4692"),
    "fonds-affectes": (("165", "166", "167", "168"), "169"),
}
"""Where those funds stand, never in debit: what was spent above them is to be received, on the second account."""
RECEIVED_ON: Mapping[str, str] = {
    "fonds-administration": "462",
    "fonds-affectes": "165",
    "subvention-exploitation": "713",
    "subvention-investissement": "141",
    "don": "7041",
    "avance": "161",
}
"""Where an instalment of each model is received when nothing was called for before."""
CAPITAL = ("1",)
"""Class 1: lasting resources."""
EARMARKED = ("16", "17")
"""Funds that a donor earmarked, and funds carried over."""
ENTRUSTED = ("46",)
"""Funds administered for donors, the State and others."""
OWN_FUNDS = ("10", "11", "12", "13")
"""Endowment, reserves, balances brought forward and result: they move by decision."""
AGREED = ("6", "2", "46", "16")
"""Charges, assets and donors' funds: what an agreement pays or is."""

# Assets and charges (classes 2 and 6) ---------------------------------------------------------------------------------

EXCESS, DEFICIT = ("131",), ("139",)
"""Where the closing of a year's accounts puts its result."""
RESULT_AWAITING = ("128",)
"""Last year's result until the general assembly has allocated it."""
BROUGHT_FORWARD = ("121", "129")
"""Balances brought forward: excesses, then deficits."""
INVESTMENT_FUNDS = ("162", "163", "164")
"""Of a project's funds, the share that buys assets."""
SPECIFIC_FUNDS = ("165",)
"""Funds kept for one project: those of model B, and of model A what was not invested at the year's end."""
YEAR_RESULT = ("13",)
"""The year's excess or deficit, once the accounts are closed."""
STOCKS = ("3",)
"""Class 3."""
ASSETS = ("2",)
"""Class 2."""
ASSET_DEBTS = ("404", "481")
"""Owed to suppliers of assets."""
ASSETS_HELD = tuple(f"2{digit}" for digit in range(8))
"""Class 2 at cost, without depreciation (28) and provisions (29)."""
REGISTERED = tuple(f"2{digit}" for digit in range(5))
"""What a register of assets lists one by one; instalments (25) and financial assets (26, 27) have no label to stick on."""
UNFINISHED = ("219", "239", "249")
"""Assets still being made: they enter the register, and wear out, once they are finished."""
LAND = ("22",)
"""Land: it does not wear out; a subsidy that paid for it is released by tenths (Guide d'application, App. 3)."""
LASTING = (*LAND, *UNFINISHED, "25", "26", "27", "28", "29")
"""Of class 2, what no depreciation is reckoned on."""
INTANGIBLE = ("20", "21")
"""Assets that nobody can touch."""
DEPRECIATIONS = ("28",)
"""What assets have lost by wearing out."""
WORN_TOGETHER = (("231", "232", "233"), ("234", "235", "238"))
"""Assets of one line of the balance sheet: one account 28 may hold the depreciation of them all."""
WEAR_OF_INTANGIBLE, WEAR_OF_TANGIBLE = "6812", "6813"
"""The year's depreciation of each kind of asset."""
EQUIPMENT_SUBSIDIES = ("14",)
"""Investment subsidies: an asset's is released as the asset wears out."""
SUBSIDIES_RELEASED = "799"
"""Investment subsidies brought to the year's account."""
BOOK_VALUES = ("81",)
"""What assets that left were still worth in the books."""
BOOK_VALUE_OF_INTANGIBLE, BOOK_VALUE_OF_TANGIBLE = "811", "812"
"""The same by kind of asset."""
DISPOSAL_PRICES = ("82",)
"""What assets that left brought in."""
DISPOSED: Mapping[str, str] = {"1": "Incorporelles", "2": "Corporelles", "6": "Financières"}
"""What left, by the third digit of an account of disposals."""
DISPOSALS = (*BOOK_VALUES, *DISPOSAL_PRICES)
"""An entry that touches them sells or scraps an asset: its class 2 postings are not expenses."""
OTHER_CHARGES = ("83", "85", "87")
"""Charges outside ordinary activities, disposals apart."""
EXPENSES = ("6",)
"""Class 6."""
DEPRECIATION = ("68",)
"""Depreciation and provisions of the year."""
PROVISIONS = ("69",)
"""Provisions and impairments of the year."""
COMPUTED_CHARGES = (*DEPRECIATION, *PROVISIONS)
"""Depreciation and provisions: no money leaves."""
IMPAIRMENTS = ("659", "679")
"""Impairments and provisions of operations and of finance."""
FINES = ("657",)
"""Penalties and criminal fines."""
TAX_FINES = ("647",)
"""Penalties and fines on taxes."""
GIVEN_IN_KIND = ("654",)
"""Gifts in kind passed on."""
INTEREST_PAID = ("671", "674")
"""Interest on loans and other debts."""
EXCHANGE_LOSSES = ("676",)
"""Losses on foreign exchange."""
EXCHANGE = (*EXCHANGE_LOSSES, "776")
"""Losses and gains on foreign exchange."""
NOT_CHARGED = ("603", *COMPUTED_CHARGES, "28", "29")
"""Numbers of classes 6 and 2 that no budget pays: stock variations, depreciation, provisions."""
BANK_FEES = ("631", "6712", "6745")
"""What a bank takes by itself."""
CHARGES_OF: Mapping[str, tuple[str, ...]] = {"BQ": ("6318", "631"), "MM": ("6317", "631")}
"""Where the fees of a bank and of electronic money are booked, the first that is open."""
RESULT = ("6", "7", "8")
"""The year's result: no balance of the year before is brought forward on them."""
TAXES = ("64", "664")
"""Taxes and social contributions."""
SUBGRANTS = ("652",)
"""Grants passed on to community bodies and associations."""
STAFF = ("66",)
"""Cost of staff."""
PURCHASE_NATURES = ("21", "22", "23", "24", "25", "60", "61", "62", "63")
"""Goods and services bought from a supplier, less PURCHASE_EXCLUSIONS."""
PURCHASE_EXCLUSIONS = ("603", "6051", "6052", "614", "6181", "6222", "631", "6384")
"""Of these, what is not put to competition: stock variations, water, power, transport, travel, rents, bank fees, missions."""
INTERNAL = ("1", "28", "29", "462", "463", "464", "476", "477", "478", "479", "49", "59", "68", "69", "7")
"""An entry on these alone comes from no third party's paper."""

# Income and contributions in kind (classes 7 and 9) -------------------------------------------------------------------

INCOME = ("7",)
"""Class 7."""
MEMBERSHIP_FEES = ("701",)
"""Members' contributions."""
SERVICES_SOLD = ("705", "706")
"""Sales, services and events."""
SERVICE, GIFT, DUE = "7052", "7041", "701"
"""What a form of receipt credits for a service, a gift, a member's dues."""
GIFTS = ("704",)
"""Income of generosity: gifts, legacies."""
INTEREST = ("77",)
"""Financial income."""
SHARED_COSTS = ("78",)
"""Charges transferred: what other trees pay of a common cost."""
NOT_EARNED = ("72", "73", *SHARED_COSTS, "759", "779", "791")
"""Income that nobody gives: one's own production, charges transferred, provisions and impairments taken back."""
INTEREST_OF: Mapping[str, str] = {"fonds-administration": "462", "fonds-affectes": "165", "ressources-propres": "771"}
"""Where each financing model puts the interest its money earned: a donor's goes back into its funds."""
OWN_RECEIPTS = (*DUES, "703", *GIFTS, *SERVICES_SOLD, "707", "752", "754")
"""Income that somebody gives or pays the organisation itself, for which it hands out a receipt."""
CUSTOMERS = ("41",)
"""Customers and others billed for what is sold to them."""
SOLD = (*SERVICES_SOLD, "707", *CUSTOMERS)
"""What is sold, and what customers pay for it."""
FOUNDER = ("752",)
"""What the founder contributes."""
GIFTS_RECEIVED = (*GIFTS, "754")
"""Gifts in money and in kind."""
IN_KIND = ("9",)
"""Class 9, voluntary contributions in kind: off the balance sheet, in a commodity of their own."""
GIVEN_ASSETS, PLEDGED_TO_GIVERS = ("167",), ("1679",)
"""Funds that come of gifts and legacies of assets; of these, what is owed to the giver is no gift."""
PROMISED_GIFTS = ("475",)
"""Gifts promised and not yet received."""
GIVEN_BESIDE = ("910", "911")
"""Of class 9, what somebody gives or lends; volunteers (914) give their time, which no register of gifts holds."""
GIFTS_REGISTERED = (*GIFTS_RECEIVED, *GIVEN_ASSETS, *GIVEN_BESIDE)
"""What the register of donors holds (SYCEBNL art. 17)."""
GIFT_NATURES: Mapping[str, tuple[str, ...]] = {
    "legs": ("7042",),
    "mecenat": ("7046",),
    "parrainage": ("7047",),
    "don": GIFTS,
    "don-en-nature": ("754", "910"),
    "immobilisation": GIVEN_ASSETS,
    "prestation": ("911",),
}
"""What is given, by the account that says it."""

# Annual resources (SYCEBNL art. 4 to 6 and 19) ------------------------------------------------------------------------

RESOURCE_INCOME: Mapping[str, tuple[str, ...]] = {
    "subventions": ("71", "88"),
    "cotisations": ("701", "705", "706", "707", "708", "75"),
    "dons": GIFTS_RECEIVED,
    "autres": (*INCOME, "82", "84"),
    "": (*NOT_EARNED, *FUNDS_RELEASED, *ENDOWMENT_RELEASED, "79"),
}
"""Income by category of resource, the longest prefix winning; "": what only takes money from where it stood, or that nobody gave."""
RESOURCE_FUNDS: Mapping[str, tuple[str, ...]] = {
    "subventions": ("14",),
    "dons": GIVEN_ASSETS,
    "projet": ("161", "162", "163", "164", "165", "168", "462", "463", "464"),
}
"""Funds that are a resource of the year they come in, by category."""
RESOURCES = ("subventions", "cotisations", "dons", "projet", "autres")
"""The five categories of resources, in the order of the law."""

# The single cash journal of the minimal system (SYCEBNL, SMT, note 4) -------------------------------------------------

JOURNAL_RECEIPTS: Mapping[str, tuple[str, ...]] = {
    "dues": (*DUES, "411"),
    "grants": ("71", "88", "14", "16", *ADMINISTERED, "449", "469", "4731", "4732", "4733"),
    "equipment": (*ASSETS, *DISPOSAL_PRICES, "485"),
}
"""What receipts are for, by column; all others are « Autres »."""
JOURNAL_PAYMENTS: Mapping[str, tuple[str, ...]] = {
    "activity": ("601",),
    "purchases": ("60",),
    "transport": ("61",),
    "services": ("62", "63"),
    "salaries": (*STAFF, "42", "43"),
    "other_payments": MISSION_ADVANCES,
}
"""What payments are for, by column, the longest prefix winning; all others are « Autres »."""
