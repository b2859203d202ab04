"""The voice `texte`: what is wrong with the files themselves, said before Beancount says it badly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from grandlivre.books.records import Place
from grandlivre.i18n import Message
from grandlivre.rules import TEXT, Family, Finding, Voice
from grandlivre.sources import AuditFact, Trap, Walk, WalkFact, audit, find_traps
from grandlivre.sources.scripts import mixed_words

_CHARACTERS = {
    "U+00A0": "espace insécable",
    "U+202F": "espace fine insécable",
    "U+2009": "espace fine",
    "U+2007": "espace de chiffre",
    "U+3000": "espace idéographique",
    "U+00AD": "trait d'union invisible",
    "U+200B": "espace sans largeur",
    "U+200C": "antiliant sans largeur",
    "U+200D": "liant sans largeur",
    "U+2060": "gluon de mots",
    "U+FEFF": "marque d'ordre des octets",
    "U+200E": "marque gauche-à-droite",
    "U+200F": "marque droite-à-gauche",
    "U+202A": "début de texte gauche-à-droite",
    "U+202B": "début de texte droite-à-gauche",
    "U+202C": "fin de sens d'écriture",
    "U+202D": "sens gauche-à-droite forcé",
    "U+202E": "sens droite-à-gauche forcé",
    "U+2028": "séparateur de lignes",
    "U+2029": "séparateur de paragraphes",
    "U+0000": "octet nul",
    "U+000D": "retour chariot isolé",
}
_SCRIPTS = {
    "ARMENIAN": "arménienne",
    "CHEROKEE": "cherokee",
    "COPTIC": "copte",
    "CYRILLIC": "cyrillique",
    "GREEK": "grecque",
    "LISU": "lisu",
}


class TextVoice(Voice):
    """Piège de frappe, caractère trompeur ou code caché dans un fichier.

    La règle lit les fichiers eux-mêmes, avant tout chargement, et dit chaque faute sur sa ligne avec ce qu'il faut
    écrire. Ses phrases remplacent, dans `grandlivre check` et dans notre visionneuse, les erreurs en cascade de
    Beancount.

    Elle refuse : les fichiers qui ne sont pas en UTF-8 ou commencent par une marque invisible, les accents décomposés,
    les espaces insécables près des nombres, `51 000`, `51,000`, `12,5`, les dates `03/01/2026` ou impossibles, les
    nombres de plus de 15 chiffres, les accents dans les clés et les étiquettes, les guillemets typographiques, les
    caractères invisibles, de contrôle ou qui changent le sens d'écriture, les mots qui mêlent aux lettres latines des
    lettres d'une autre écriture qui leur ressemblent (un mot tout en arabe, en n'ko ou en tifinagh est permis), `<` et
    `>` dans les libellés, l'en-tête `name_*` absent, les fichiers à moitié écrits et les marques de conflit de git.

    Elle refuse aussi ce qui ferait sortir des livres : modules, options et extensions hors de la liste permise,
    pièces et inclusions absolues, par `..` ou par lien symbolique, fichiers chiffrés, caches suivis par git, code
    Python posé près des livres ; les liens, tubes et périphériques dans `ledger/`, `rules/` et `templates/` ; et
    les fichiers jamais inclus, inclus deux fois, absents, illisibles ou trop grands.

    Source : AUDCIF art. 22, 1° (toute donnée garde son origine et se relit en clair) ; langage Beancount 3.2.3.

    Exemple : « Le montant « 51,000 » contient une virgule : Beancount lit 51000. Écrivez 51000, sans séparateur. »
    """

    id = TEXT
    family = Family.FILES

    traps: ClassVar[Mapping[str, Message]] = {
        "bom": Message(
            "Le fichier commence par une marque invisible (BOM) qui fait perdre sa première ligne à Beancount. "
            "Enregistrez-le en « UTF-8 », sans BOM."
        ),
        "utf16": Message("Le fichier est en {found}, que Beancount ne lit pas. Enregistrez-le en « UTF-8 »."),
        "encoding": Message(
            "Le fichier n'est pas en UTF-8 : « {found} » contient sans doute « {suggestion} » en codage Windows "
            "(lignes touchées : {lines}). Enregistrez le fichier en « UTF-8 »."
        ),
        "nfd": Message(
            "Les accents de « {found} » sont décomposés (lettre et accent séparés) : deux mots d'apparence égale "
            "seraient différents. Retapez « {suggestion} »."
        ),
        "hidden-space": Message(
            "Une {character} ({found}) se cache ici : Beancount la colle au mot voisin. "
            "Remplacez-la : « {suggestion} »."
        ),
        "space-in-number": Message(
            "Le montant « {found} » contient une espace, que Beancount refuse. Écrivez {suggestion}, sans séparateur."
        ),
        "thousands-comma": Message(
            "Le montant « {found} » contient une virgule : Beancount lit {suggestion}. "
            "Écrivez {suggestion}, sans séparateur."
        ),
        "decimal-comma": Message(
            "Le nombre « {found} » contient une virgule, que Beancount refuse. Écrivez {suggestion} "
            "(le point est le séparateur décimal ; les montants en XOF sont entiers)."
        ),
        "thousands-dot": Message(
            "Le montant « {found} » contient des points de milliers, que Beancount refuse. "
            "Écrivez {suggestion}, sans séparateur."
        ),
        "too-many-digits": Message(
            "Le nombre « {found} » a plus de 15 chiffres : c'est une faute de frappe. Corrigez-le ; "
            "si c'est un numéro, mettez-le entre guillemets."
        ),
        "date-order": Message(
            "La date « {found} » commence par le jour : Beancount veut l'année, le mois, le jour. Écrivez {suggestion}."
        ),
        "impossible-date": Message(
            "La date « {found} » n'existe pas dans le calendrier. Corrigez le mois ou le jour (AAAA-MM-JJ)."
        ),
        "key": Message(
            "La clé « {found} » contient un accent ou un signe : les clés s'écrivent sans accent. "
            "Écrivez « {suggestion} »."
        ),
        "tag": Message(
            "L'étiquette ou le lien « {found} » contient un accent ou un signe, que Beancount refuse. "
            "Écrivez « {suggestion} »."
        ),
        "quotes": Message(
            "Le guillemet typographique « {found} » n'ouvre pas un texte : Beancount ne connaît que le guillemet droit. "
            "Remplacez-le par {suggestion}."
        ),
        "minus": Message(
            "Le signe « {found} » ({character}) n'est pas un signe moins. Remplacez-le par le tiret du clavier : "
            "« {suggestion} »."
        ),
        "foreign": Message(
            "Le caractère « {found} » ({character}) n'a pas sa place hors des guillemets. "
            "Supprimez-le, ou mettez le texte entre guillemets droits."
        ),
        "invisible": Message(
            "Un caractère invisible se cache ici : {character} ({found}). Deux textes d'apparence égale seraient "
            "différents. Effacez-le en retapant le mot."
        ),
        "bidi": Message(
            "Un caractère qui change le sens d'écriture se cache ici : {character} ({found}). Ce qu'on lit n'est pas "
            "ce qui est écrit. Effacez-le en retapant le mot."
        ),
        "control": Message(
            "Un caractère de contrôle se cache ici : {character} ({found}). Effacez-le en retapant la ligne."
        ),
        "mixed": Message(
            "Le mot « {found} » cache une lettre {character} parmi des lettres latines : deux noms d'apparence égale "
            "seraient différents, et aucun contrôle ne les rapprocherait. Retapez le mot au clavier{suggestion}."
        ),
        "angle": Message(
            "Le signe « {found} » est refusé dans un libellé : une page le lirait comme du code. "
            "Écrivez « inférieur à », « supérieur à », ou une flèche en toutes lettres."
        ),
        "header": Message(
            "L'en-tête du fichier est incomplet : il manque {found}. Sans lui, Beancount refuse chaque compte. "
            'Recopiez en tête du fichier les lignes « option "name_…" » de {main}.'
        ),
        "header-differs": Message(
            "L'en-tête dit {found} alors que {main} dit {suggestion} : les comptes ne se rejoignent pas. "
            "Écrivez {suggestion}."
        ),
        "unclosed": Message(
            "Le texte ouvert ici n'est jamais refermé : {found}. Ajoutez le guillemet droit à la fin du texte."
        ),
        "truncated": Message(
            "Le fichier s'arrête au milieu d'une ligne : « {found} ». L'enregistrement ou la copie a été interrompu. "
            "Terminez l'écriture, ou reprenez la version précédente du fichier."
        ),
        "conflict": Message(
            "Une marque de conflit de git ({found}) est restée : deux versions des mêmes lignes se suivent. "
            "Gardez la bonne et effacez les lignes de marque."
        ),
    }
    """One sentence a kind of `Trap`."""

    no_such_day: ClassVar[Message] = Message(
        "La date « {found} » n'est pas une date : Beancount veut l'année, le mois, le jour. Écrivez AAAA-MM-JJ."
    )
    foreign_with_cure: ClassVar[Message] = Message(
        "Le caractère « {found} » ({character}) n'a pas sa place hors des guillemets. Écrivez « {suggestion} »."
    )

    walks: ClassVar[Mapping[str, Message]] = {
        "missing": Message("Le fichier {value} n'existe pas. Vérifiez son nom, ou retirez la ligne qui l'inclut."),
        "unreadable": Message("Le fichier {value} ne peut pas être lu. Vérifiez ses droits d'accès."),
        "too-large": Message(
            "Le fichier {value} dépasse 200 Mo : ce n'est pas un fichier de livres tenu à la main. Il n'est pas lu ; "
            "séparez-le par mois."
        ),
        "directory": Message(
            "{value} est un dossier, pas un fichier. Pour inclure ce qu'il contient, écrivez {value}/*.beancount."
        ),
        "pattern-folder": Message(
            "Le dossier « {value} » a dans son chemin un * , un ? ou un [ : Beancount le prend pour un motif et ne lit aucun "
            "des fichiers inclus. Renommez-le."
        ),
        "empty-glob": Message(
            "L'inclusion « {value} » ne trouve aucun fichier. Vérifiez le chemin (avec /), ou retirez la ligne."
        ),
        "included-twice": Message(
            "Le fichier {value} est déjà inclus ailleurs : chaque fichier est chargé une seule fois. Retirez cette ligne."
        ),
        "include-cycle": Message(
            "Le fichier {value} s'inclut lui-même, directement ou par un autre. Retirez cette inclusion."
        ),
        "never-included": Message(
            "Le fichier {value} n'est inclus nulle part : ses écritures ne comptent pas. Ajoutez une ligne include dans "
            "{main}, ou déplacez-le dans brouillons/."
        ),
    }
    """One sentence a kind of `WalkFact`."""

    audits: ClassVar[Mapping[str, Message]] = {
        "plugin": Message(
            "Le module « {value} » exécuterait du code à la lecture des livres ; seuls ceux de grandlivre.checks sont "
            "permis. Retirez cette ligne plugin."
        ),
        "plugin-elsewhere": Message(
            "La ligne plugin « {value} » ne vaut que dans {main} : ici, elle ne contrôle rien. Retirez-la."
        ),
        "plugin-inexact": Message(
            "La ligne plugin « {value} » n'est pas celle des contrôles : les règles de rules/ ne s'appliqueraient pas, ou pas "
            'toutes. Écrivez exactement : plugin "grandlivre.checks" "../rules".'
        ),
        "option": Message(
            "L'option « {value} » est interdite : elle change ce que Beancount charge ou exécute. Retirez cette ligne."
        ),
        "documents-option": Message(
            "L'option documents nomme un dossier hors des livres : « {value} ». "
            "Rangez les pièces dans le dossier documents des livres."
        ),
        "fava-extension": Message(
            "L'extension Fava « {value} » exécuterait du code à l'ouverture ; seule grandlivre.viewer est permise. "
            "Retirez cette ligne."
        ),
        "fava-option": Message(
            "L'option Fava « {value} » exécute un fichier ou lit hors des livres. Retirez cette ligne ; les relevés se "
            "déclarent dans rules/releves."
        ),
        "document-absolute": Message(
            "Le document « {value} » a un chemin absolu : il sortirait des livres. "
            "Rangez-le dans documents/ et écrivez son chemin à partir de là."
        ),
        "document-parent": Message(
            "Le document « {value} » remonte hors de son dossier (..). "
            "Rangez-le dans documents/ et écrivez son chemin à partir de là."
        ),
        "document-symlink": Message(
            "Le document « {value} » passe par un lien symbolique qui sort des livres. "
            "Copiez le fichier lui-même dans documents/."
        ),
        "include-absolute": Message(
            "L'inclusion « {value} » a un chemin absolu : elle lirait hors des livres. Écrivez un chemin relatif."
        ),
        "include-parent": Message(
            "L'inclusion « {value} » remonte hors de son dossier (..). N'incluez que des fichiers des livres."
        ),
        "include-not-a-ledger": Message(
            "L'inclusion « {value} » ne nomme pas un fichier .beancount (un fichier .asc ou .gpg serait déchiffré). "
            "N'incluez que des fichiers *.beancount."
        ),
        "include-symlink": Message(
            "L'inclusion « {value} » passe par un lien symbolique. Copiez le fichier lui-même dans les livres."
        ),
        "include-special": Message(
            "L'inclusion « {value} » nomme un tube ou un périphérique, pas un fichier : sa lecture ne finirait jamais. "
            "Retirez-le des livres."
        ),
        "include-too-large": Message(
            "L'inclusion « {value} » nomme un fichier de plus de 200 Mo : il n'est pas lu. Séparez-le par mois."
        ),
        "long-line": Message(
            "La ligne compte {value} octets ; la limite est de 100000, car Beancount mettrait des minutes à la lire. "
            "Coupez-la, ou effacez ce qui n'est pas une écriture."
        ),
        "long-text": Message(
            "Le texte ouvert ici compte {value} octets avant son guillemet final ; la limite est de 100000. "
            "Fermez le guillemet, ou raccourcissez le texte."
        ),
        "link": Message(
            "{value} est un lien symbolique : il ferait lire autre chose que les livres. "
            "Mettez à sa place le fichier ou le dossier lui-même."
        ),
        "special": Message(
            "{value} n'est pas un fichier ordinaire (tube, périphérique ou prise) : sa lecture ne finirait jamais. "
            "Retirez-le des livres."
        ),
        "picklecache": Message(
            "Le cache {value} est suivi par git : bean-check exécuterait ce qu'il contient. "
            "Retirez-le (git rm --cached) et laissez .gitignore l'écarter."
        ),
        "division": Message(
            "« {value} » : une division dans un montant (par zéro, elle arrête Beancount sans un mot). "
            "Écrivez le résultat, en francs entiers."
        ),
        "python": Message(
            "Le fichier {value} est du code rangé dans les livres : Python pourrait l'exécuter à la place d'un module "
            "connu. Sortez-le du dossier des livres, ou rangez-le dans un dossier comme outils/."
        ),
        "program": Message(
            "Le fichier {value} porte le nom d'une commande : Windows le lancerait à sa place dans ce dossier. "
            "Sortez-le du dossier des livres."
        ),
    }
    """One sentence a kind of `AuditFact`."""

    def check_sources(self, walk: Walk) -> Iterator[Finding]:
        """The findings on the files of the books: their set, the static audit, then the typing traps."""
        yield from self.of_facts(walk, audit(walk), find_traps(walk))

    def of_facts(self, walk: Walk, refused: Iterable[AuditFact], traps: Iterable[Trap]) -> Iterator[Finding]:
        """The findings on facts already gathered."""
        main = walk.main.name
        for missing in walk.facts:
            yield self._finding(self.walks[missing.kind], missing, main)
        for fact in refused:
            yield self.of_audit(fact, main)
        for trap in traps:
            yield self.of_trap(trap, main)

    def of_audit(self, fact: AuditFact, main: str) -> Finding:
        """The finding of one thing the audit refuses."""
        return self._finding(self.audits[fact.kind], fact, main)

    def of_trap(self, trap: Trap, main: str) -> Finding:
        """The finding of one trap; `main` is the entry point's name."""
        message = self.traps[trap.kind]
        if trap.kind == "date-order" and not trap.suggestion:
            message = self.no_such_day
        if trap.kind == "foreign" and trap.suggestion:
            message = self.foreign_with_cure
        suggestion = trap.suggestion
        if trap.kind == "mixed" and suggestion:
            suggestion = f" : « {suggestion} »"
        return self.finding(
            message,
            Place(str(trap.path), trap.line),
            column=trap.column,
            found=trap.found,
            suggestion=suggestion,
            lines=trap.lines,
            character=_named(trap),
            main=main,
        )

    def _finding(self, message: Message, fact: WalkFact | AuditFact, main: str) -> Finding:
        return self.finding(message, Place(str(fact.path), fact.line), value=fact.value, main=main)


def _named(trap: Trap) -> str:
    """What a sentence calls the character of a trap."""
    odd = next(mixed_words(trap.found), None)
    if trap.kind == "mixed" and odd is not None:
        return f"{_SCRIPTS[odd.script]} « {odd.letter} » (U+{ord(odd.letter):04X})"
    code = trap.found if trap.found.startswith("U+") else f"U+{ord(trap.found[0]):04X}" if trap.found else ""
    return _CHARACTERS.get(code, code if code != trap.found else "caractère sans forme")
