"""The voice `beancount`: Beancount's own errors, in French."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from grandlivre.books.records import Place
from grandlivre.i18n import Message, currency_label, decimal, listing, one_line
from grandlivre.rules import LOAD, Family, Finding, Level, RuleError, Voice

_LONGEST = 160
"""What is kept of Beancount's own sentence."""


class _KnownError(NamedTuple):
    pattern: re.Pattern[str]
    message: Message


def _known(pattern: str, message: str) -> _KnownError:
    return _KnownError(re.compile(pattern, re.DOTALL), Message(message))


_TOKENS = {
    "EOL": "la fin de la ligne",
    "INDENT": "un retrait",
    "PIPE": "|",
    "ATAT": "@@",
    "AT": "@",
    "LCURLCURL": "{{",
    "RCURLCURL": "}}",
    "LCURL": "{",
    "RCURL": "}",
    "COMMA": "une virgule",
    "TILDE": "~",
    "HASH": "#",
    "ASTERISK": "*",
    "SLASH": "/",
    "COLON": "deux-points",
    "PLUS": "+",
    "MINUS": "-",
    "LPAREN": "(",
    "RPAREN": ")",
    "FLAG": "un drapeau (* ou !)",
    "CAPITAL": "une lettre majuscule seule",
    "DATE": "une date",
    "ACCOUNT": "un compte",
    "CURRENCY": "une devise",
    "STRING": "un texte entre guillemets",
    "NUMBER": "un nombre",
    "TAG": "une étiquette #",
    "LINK": "un lien ^",
    "KEY": "une clé",
    "BOOL": "TRUE ou FALSE",
    "NONE": "NULL",
    "end of file": "la fin du fichier",
}
"""The parser's words, in French; a keyword keeps its own (« balance »)."""

_TABLE = (
    _known(
        r"syntax error, unexpected NUMBER, expecting .*\bAT\b",
        "Deux nombres se suivent, ou une espace coupe le montant : écrivez 51000 XOF, sans séparateur.",
    ),
    _known(
        r"syntax error, unexpected ACCOUNT(, expecting .*)?$",
        "Un compte est écrit hors d'une écriture : une écriture commence par une ligne datée (2026-03-31 * …), et ses "
        "comptes viennent dessous, en retrait de deux espaces, sans ligne vide entre eux.",
    ),
    _known(
        r"syntax error, unexpected STRING$",
        "Un texte est mal placé : après la date, mettez * ou !, puis le tiers et le libellé entre guillemets.",
    ),
    _known(
        r"syntax error, unexpected (?P<unexpected>.+?), expecting (?P<expected>.+)$",
        "La ligne ne se lit pas : {unexpected} se trouve là où il faut {expected}. Corrigez cette ligne.",
    ),
    _known(
        r"syntax error, unexpected (?P<unexpected>.+)$",
        "La ligne ne se lit pas : {unexpected} n'a pas sa place ici. Corrigez cette ligne ou la précédente.",
    ),
    _known(
        r"Invalid token: '(?P<token>[^':]+:[^']+)'",
        "« {token} » n'est pas un nom de compte : chaque partie commence par une majuscule ou un chiffre "
        "(Actif:UE-EAU:5711-Caisse). Corrigez-le.",
    ),
    _known(
        r"Invalid token: '(?P<token>\"[^']*)'",
        "Le texte {token} n'est pas refermé : ajoutez le guillemet droit à la fin.",
    ),
    _known(
        r"Invalid token: '(?P<token>.*)'",
        "« {token} » n'a pas sa place ici : mettez les textes entre guillemets droits, écrivez les clés en minuscules "
        "sans accent suivies de « : », et les devises en majuscules.",
    ),
    _known(
        r"ValueError: Invalid number format: '(?P<token>.*)'",
        "Le nombre « {token} » ne se lit pas : écrivez 51000, sans virgule ni espace.",
    ),
    _known(
        r"ValueError: (day is out of range for month|month must be in|year .* is out of range)",
        "Cette date n'existe pas dans le calendrier : corrigez le mois ou le jour (AAAA-MM-JJ).",
    ),
    _known(
        r"Pipe symbol is deprecated",
        "La barre « | » ne sépare plus le tiers du libellé : écrivez deux textes entre guillemets, séparés d'une "
        "espace.",
    ),
    _known(
        r"Invalid account name: (?P<account>.+)$",
        "Le nom de compte « {account} » est refusé : il commence par une des cinq racines déclarées en tête du fichier "
        "(options name_…), et chaque partie par une majuscule ou un chiffre. Corrigez-le, ou recopiez l'en-tête.",
    ),
    _known(
        r"Too many strings on transaction description",
        "Plus de deux textes suivent la date : gardez le tiers puis le libellé ; le reste va dans des métadonnées.",
    ),
    _known(
        r"Tags or links not allowed after first Posting",
        "Une étiquette (#) ou un lien (^) est écrit après un compte : remontez-le sur la ligne de la date.",
    ),
    _known(
        r"Duplicate metadata field on entry: KeyValue\(key='(?P<key>[^']*)'",
        "La clé « {key} » est écrite deux fois dans cette écriture : gardez-en une.",
    ),
    _known(
        r"Duplicate posting metadata field: KeyValue\(key='(?P<key>[^']*)'",
        "La clé « {key} » est écrite deux fois sous le même compte : gardez-en une.",
    ),
    _known(
        r"Transaction does not balance: \((?P<amounts>.*)\)$",
        "L'écriture n'est pas équilibrée : il reste {amounts}. Le débit doit égaler le crédit ; corrigez un montant.",
    ),
    _known(
        r"You may not have more than one auto-posting",
        "Deux comptes de cette écriture n'ont pas de montant : un seul peut être laissé vide. Écrivez l'autre montant.",
    ),
    _known(
        r"Too many missing numbers for currency group '(?P<currency>.*)'",
        "Plusieurs montants en {currency} manquent dans cette écriture : un seul se calcule. Écrivez les autres.",
    ),
    _known(
        r"Failed to categorize posting (?P<rank>\d+)",
        "La ligne {rank} de l'écriture n'a pas de devise : écrivez XOF après le montant.",
    ),
    _known(
        r"Could not resolve (units|cost|price) currency",
        "La devise d'une ligne manque et ne se devine pas : écrivez XOF après le montant.",
    ),
    _known(
        r"Transaction has incomplete elements",
        "L'écriture est incomplète : un montant ou une devise manque. Complétez-la.",
    ),
    _known(
        r"Invalid reference to unknown account '(?P<account>.*)'",
        "Le compte {account} n'est pas ouvert : corrigez son nom, ou ajoutez une ligne open dans comptes.beancount.",
    ),
    _known(
        r"Invalid reference to inactive account '(?P<account>.*)'",
        "Le compte {account} n'est pas ouvert à cette date : corrigez la date de l'écriture, ou celle de l'ouverture "
        "ou de la fermeture du compte.",
    ),
    _known(
        r"Duplicate open directive for (?P<account>.+)$",
        "Le compte {account} est ouvert deux fois : retirez une des lignes open.",
    ),
    _known(
        r"Duplicate close directive for (?P<account>.+)$",
        "Le compte {account} est fermé deux fois : retirez une des lignes close.",
    ),
    _known(
        r"Unopened account (?P<account>.+) is being closed",
        "Le compte {account} est fermé sans avoir été ouvert : corrigez son nom, ou retirez la ligne close.",
    ),
    _known(
        r"closing date for (?P<account>\S+) appears before opening date",
        "Le compte {account} est fermé avant d'être ouvert : corrigez une des deux dates.",
    ),
    _known(
        r"Balance failed for '(?P<account>.*)': expected (?P<expected>.+) != accumulated (?P<held>.+) "
        r"\((?P<gap>\S+) (?P<sense>too much|too little)\)",
        "Le solde annoncé de {account} est de {expected} ; les écritures donnent {held}, soit {gap} {sense}. Cherchez "
        "l'écriture oubliée ou en double avant cette date, ou corrigez le montant annoncé.",
    ),
    _known(
        r"Duplicate balance assertion with different amounts",
        "Deux soldes différents sont annoncés le même jour pour ce compte : gardez le bon.",
    ),
    _known(
        r"Invalid currency '?(?P<currency>[^' ]+)'? for (Balance directive|account '(?P<account>.*)')",
        "Le compte ne reçoit pas de {currency} : la ligne open limite ses devises. Changez de compte ou de devise.",
    ),
    _known(
        r"Duplicate commodity directives for '(?P<currency>.*)'",
        "La devise {currency} est décrite deux fois : retirez une des lignes commodity.",
    ),
    _known(
        r"(Unused Pad entry|Attempt to pad an entry with cost)",
        "« pad » est interdit dans ces livres : il invente un montant. Retirez cette ligne et passez l'écriture qui "
        "manque.",
    ),
    _known(
        r'File does not exist: "(?P<path>.*)"',
        "Le document {path} n'existe pas : corrigez son chemin, ou rangez le fichier.",
    ),
    _known(
        r"Document root '(?P<path>.*)' does not exist",
        "Le dossier de documents {path} n'existe pas : créez-le, ou retirez l'option documents.",
    ),
    _known(
        r'Error importing "(?P<module>.*?)"',
        "Le module « {module} » de la ligne plugin est introuvable : corrigez son nom, ou installez-le. Aucun de ses "
        "contrôles n'a tourné.",
    ),
    _known(
        r'Error applying plugin "beancount\.ops\.pad".*NoneType',
        "Une directive custom n'a rien après son nom : Beancount n'a pas pu lire ses pads. Donnez-lui ses valeurs, ou "
        "retirez-la.",
    ),
    _known(
        r'Error applying plugin "(?P<module>.*?)"',
        "Le module « {module} » s'est interrompu : ses contrôles manquent. Signalez-le à qui entretient Grand Livre.",
    ),
    _known(
        r"Unbalanced pushed tag: '(?P<tag>.*)'",
        "L'étiquette #{tag} est posée par pushtag et jamais retirée : ajoutez poptag #{tag} à la fin du fichier.",
    ),
    _known(
        r"Unbalanced metadata key '(?P<key>.*?)'",
        "La clé {key} est posée par pushmeta et jamais retirée : ajoutez popmeta {key}: à la fin du fichier.",
    ),
    _known(
        r"Attempting to pop absent (tag|metadata key): '(?P<tag>.*)'",
        "« {tag} » est retiré sans avoir été posé dans ce fichier : retirez cette ligne, ou ajoutez la pose avant.",
    ),
    _known(
        r"Invalid option: '(?P<option>.*)'",
        "L'option « {option} » est inconnue : corrigez son nom, ou retirez la ligne.",
    ),
    _known(
        r"(Error for option '(?P<option>.*?)'|Option '(?P<fixed>.*?)' may not be set)",
        "Une option a une valeur refusée, ou ne se règle pas : corrigez-la, ou retirez la ligne.",
    ),
    _known(
        r"Invalid booking method: (?P<method>.+)$",
        "La méthode « {method} » n'existe pas : retirez le texte qui suit le compte dans la ligne open.",
    ),
    _known(
        r"Negative prices are not allowed: (?P<price>\S+ \S+)",
        "Le prix {price} est négatif : le signe se met sur le montant, jamais après @ ou @@.",
    ),
    _known(
        r"Total price on a posting without units",
        "Un prix total (@@) suit un montant vide : écrivez d'abord le montant en devise.",
    ),
    _known(
        r"Cost and price currencies must match: (?P<one>\S+) != (?P<other>\S+)",
        "Deux devises se contredisent ({one} et {other}) : gardez le prix total en francs après @@.",
    ),
    _known(
        r"(No position matches|Not enough lots to reduce|Ambiguous matches for|Amount is zero|Cost is negative)",
        "Un lot ({{…}}) ne correspond à rien : ces livres n'en tiennent pas. Écrivez le prix total après @@.",
    ),
)
"""Beancount 3.2.3's messages, the most precise first."""

_AMOUNT = re.compile(r"(-?\d+(?:\.\d+)?) ([A-Z][A-Z0-9'._-]*)")


class LoadErrors(Voice):
    """Erreurs de Beancount, dites en français.

    Écriture déséquilibrée, compte jamais ouvert, ligne illisible, solde annoncé qui ne tombe pas juste : Beancount le
    dit en anglais, cette règle le redit en français avec le remède, et garde la phrase d'origine entre parenthèses.
    Une phrase inconnue est rapportée telle quelle. Les fautes de frappe que la règle texte sait reconnaître y sont
    dites mieux.

    Ces erreurs ne se dérogent pas : tant qu'il en reste, les états sont faux.

    Source : Beancount 3.2.3.

    Exemple : « L'écriture n'est pas équilibrée : il reste 1 FCFA. »
    """

    id = LOAD
    family = Family.FILES

    translated: ClassVar[Message] = Message("{french} (Beancount : {original})")
    unknown: ClassVar[Message] = Message(
        "Beancount refuse cette ligne ou celle qui précède : corrigez-la, ou montrez-la à qui entretient Grand Livre. "
        "(Beancount : {original})"
    )

    stopped = Message(
        "Beancount s'est arrêté en lisant les livres ({reason}) : aucun contrôle n'a tourné. Corrigez d'abord les autres "
        "constats ; s'il n'y en a pas, défaites la dernière modification et montrez-la à qui entretient Grand Livre."
    )

    def stop(self, error: Exception, main: str) -> Finding:
        """What stands in place of a load that Beancount itself broke off."""
        reason = f"{type(error).__name__} : {_shortened(str(error), main)}"
        return self.finding(self.stopped, Place(main, 1), reason=reason)

    def translate(self, errors: Sequence[Any], main: str = "") -> Iterator[Finding]:
        """Beancount's errors in French, one finding each, what merely repeats another left out.

        `main` is where an error without a file of its own stands (a plugin that cannot be imported).
        """
        said: set[tuple[str, int, str]] = set()
        refused = {m[1] for e in errors if (m := re.match(r"Invalid account name: (.+)$", str(e.message)))}
        unknown = {(_place(e, main), m[1]) for e in errors if (m := _UNKNOWN.match(str(e.message)))}
        for error in errors:
            place, original = _place(error, main), str(error.message)
            if isinstance(error, RuleError):
                yield _own(error, place)
                continue
            if _OF_TEXTE.match(original):
                continue
            account = _UNKNOWN.match(original)
            if account and account[1] in refused:
                continue  # the refused name is said already
            failed = re.match(r"Balance failed for '(.*)':", original)
            if failed and (place, failed[1]) in unknown:
                continue  # an account that is not open holds nothing
            if (place.file, place.line, original) in said:
                continue
            said.add((place.file, place.line, original))
            yield self._translated(error, place, original, main)

    def _translated(self, error: Any, place: Place, original: str, main: str) -> Finding:
        shown = _shortened(original, main)
        for known in _TABLE:
            match = known.pattern.search(original)
            if match is not None:
                facts = _facts(match.groupdict(), main)
                finding = self.finding(self.translated, place, french=known.message(**facts), original=shown)
                break
        else:
            finding = self.finding(self.unknown, place, original=shown)
        return finding._replace(date=getattr(getattr(error, "entry", None), "date", None), facts={"original": shown})


_OF_TEXTE = re.compile(r'File glob ".*" does not match any files|Duplicate filename parsed|File ".*" does not exist')
"""What the rule `texte` says better, on the line of the include."""
_UNKNOWN = re.compile(r"Invalid reference to unknown account '(.*)'")


def _place(error: Any, main: str) -> Place:
    """Where an error stands; a line that ends too soon is blamed by the parser on the next one."""
    source: Mapping[str, Any] = getattr(error, "source", None) or {}
    file, line = str(source.get("filename") or ""), int(source.get("lineno") or 0)
    if (not file or file.startswith("<load")) and main:
        file, line = main, 1
    if line > 1 and str(error.message).startswith("syntax error, unexpected EOL"):
        line -= 1
    return Place(file, max(1, line))


def _own(error: RuleError, place: Place) -> Finding:
    """A finding of ours, as it left its rule."""
    match = re.fullmatch(r"(.*) \[([a-z-]+)\]", error.message, re.DOTALL)
    message, rule = (match[1], match[2]) if match else (error.message, LOAD)
    return Finding(rule, Level.ERROR, place.file, place.line, message, getattr(error.entry, "date", None))


def _facts(groups: Mapping[str, str | None], main: str) -> dict[str, str]:
    facts = {}
    for name, text in groups.items():
        value = text or ""
        match name:
            case "unexpected" | "expected":
                value = _words(value)
            case "amounts" | "held" | "gap" | "price":
                value = _amounts(value)
            case "sense":
                value = "de trop" if value == "too much" else "de moins"
            case "path":
                value = _relative(value, main)
            case _:
                pass
        facts[name] = value
    return facts


def _words(tokens: str) -> str:
    """The parser's words in French: « un compte ou un nombre »."""
    if _AMOUNT.fullmatch(tokens):
        return _amounts(tokens)
    words = [_TOKENS.get(word.strip(), f"« {word.strip().lower()} »") for word in tokens.split(" or ")]
    return f"{', '.join(words[:-1])} ou {words[-1]}" if len(words) > 1 else words[0]


def _amounts(text: str) -> str:
    """« 1 234 567 FCFA et -50 EUR »."""
    found = [f"{decimal(Decimal(number))} {currency_label(currency)}" for number, currency in _AMOUNT.findall(text)]
    if found:
        return listing(found)
    return decimal(Decimal(text)) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def _relative(path: str, main: str) -> str:
    """A path as the books name it, when it stands inside them."""
    try:
        return Path(path).relative_to(Path(main).parent).as_posix() if main else path
    except ValueError:
        return path


def _shortened(original: str, main: str) -> str:
    """Beancount's sentence on one line: of a traceback its first and last lines, without this machine's folder."""
    lines = [line.strip() for line in original.splitlines() if line.strip()] or [""]
    if "Traceback" in lines[0]:
        lines = [f"{lines[0].split('Traceback')[0].strip()} {lines[-1]}"]
    text = one_line(lines[0])
    if main:
        text = text.replace(f"{Path(main).parent}/", "")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()}…"
