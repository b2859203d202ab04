"""`grandlivre verify`: nothing false in books that were signed and closed, and each tampering found, with its file and reason."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from once import once
from signed_books import PAYMENT, all_signed, keyed, keys, run, sign
from signing import Keys
from small_books import ready
from tampering import Bed, another_end, one_byte, substitute, told, visa_files
from test_sign_closing import CLOSING, LIST, closed, proved

__all__ = ["all_signed", "closed", "keyed", "keys", "proved", "ready"]
TODAY = "2026-03-05"
MARCH = """
2026-02-03 * "Papeterie" "Cahiers"
  piece: "BQ-FONCT-2026-0003"
  signataire-1: "directeur"
  signataire-2: "tresorier"
  pointage: "2026-02"
  document: "fonct/e.pdf"
  Charges:FONCT:6055-Fournitures-de-bureau  20000 XOF
  Actif:FONCT:52111-Banque

2026-02-28 custom "pv-caisse" Actif:FONCT:5711-Caisse 89250 XOF
  type: "mensuel"
  heure: "17:30"
  billets: "10000x8 5000x1 2000x2"
  pieces: "250x1"
  caissier: "caissier"
  controleur: "comptable"
"""


@pytest.fixture(scope="session")
@once
def whole(proved: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed and signed month, then a signed payment and a signed count of the next one."""
    root = Path(shutil.copytree(proved, tmp_path_factory.mktemp("entier") / "ong"))
    (root / "ledger/documents/fonct/e.pdf").write_bytes(b"%PDF-1.4 e")
    month = root / CLOSING
    month.write_text(month.read_text(encoding="utf-8") + MARCH, encoding="utf-8", newline="\n")
    for person in ("directeur", "tresorier", "caissier", "comptable"):
        done = sign(root, keys, person, "--oui", today="2026-03-01")
        assert done.exit_code == 0, done.output
    return root


def verify(root: Path, *words: str) -> tuple[int, dict[str, object]]:
    done = run(root, "verify", "--format", "json", *words, today=TODAY)
    return done.exit_code, json.loads(done.stdout)


def root_of(books: Path) -> str:
    return re.search(r'empreinte: "(sha256:\w+)"', (books / CLOSING).read_text(encoding="utf-8"))[1]  # type: ignore[index]


def test_what_is_proved_and_what_is_only_coherent(whole: Path) -> None:
    bare = run(whole, "verify", today=TODAY)
    assert bare.exit_code == 0, bare.output
    for words in (
        "Visas : 10 textes, 12 signatures valables",
        "signatures, écritures : 4 prouvées",
        "signatures, comptages de caisse : 4 prouvées",
        "Règles : version 0001 sha256:",
        "signée par directeur et tresorier",
        "Clôture 2026-01 du 11/02/2026 : sha256:",
        "Cohérent, non ancré",
    ):
        assert words in bare.output, bare.output
    assert "Prouvé" not in bare.output
    anchored = run(whole, "verify", "--racine", f"2026-01={root_of(whole)}", today=TODAY)
    assert anchored.exit_code == 0
    assert "Prouvé : tout est cohérent, et ancré sur 1 racine notée hors de ces livres." in anchored.output
    code, found = verify(whole, "--racine", root_of(whole))
    assert (code, found["verdict"]) == (0, "prouve")


def test_another_root_is_false(whole: Path) -> None:
    other = f"sha256:{'a' * 64}"
    for words in (other, f"2026-01={other}", f"2026-T4={other}"):
        code, found = verify(whole, "--racine", words)
        assert (code, found["verdict"]) == (1, "faux")
    assert run(whole, "verify", "--racine", "9f3c", today=TODAY).exit_code == 2


def test_a_newer_program_is_asked_for(whole: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(whole, tmp_path / "ong"))
    path = root / "ledger/visas/regles/0001.visa"
    path.write_text(path.read_text(encoding="utf-8").replace(">= 0.1", ">= 9.0"), encoding="utf-8")
    done = run(root, "verify", today=TODAY)
    assert done.exit_code == 2
    assert "demande Grand Livre >= 9.0" in done.output


def test_history_is_reported_and_changes_no_verdict(whole: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(whole, tmp_path / "ong"))
    assert (
        run(root, "verify", "--historique", today=TODAY).exit_code == 2
    )  # no repository: nothing can be said of its past

    def git(*words: str) -> None:
        who = ["-c", "user.name=K. Quatre", "-c", "user.email=k@exemple.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "Livres")
    told = run(root, "verify", "--historique", today=TODAY)
    assert "aucun visa retiré ni modifié" in told.output
    for path in (root / "ledger/visas/caisse/2026-03").glob("*-caissier-*"):
        path.unlink()
    git("add", "-A")
    git("commit", "-qm", "Nettoyage")
    told = run(root, "verify", "--historique", today=TODAY)
    assert "K. Quatre : ledger/visas/caisse/2026-03/2026-03-01-caissier-1.visa retiré" in told.output


# --- three hundred tamperings ----------------------------------------------------------------------------------------

Change = Callable[[Path, random.Random], str]
"""Changes the books, and says what a fault must look like, as an expression over « file rule: message »."""
CLOSED = r"2026-02\.beancount periode-close: (Le projet FONCT a changé depuis la clôture 2026-01|Une pièce de la période close 2026-01 a changé)"
SIGNED = r"2026-02\.beancount double-signature: Signature de .* sur BQ-FONCT-2026-0003 : .*{} depuis la signature de"


def closed_figure(root: Path, rand: random.Random) -> str:
    substitute(root / "ledger/fonct/2026-01.beancount", r"(?<!\d)(500000|100000|10750)(?= XOF)", r"\g<1>1", rand)
    return CLOSED


def closed_word(root: Path, rand: random.Random) -> str:
    old = rand.choice(["Dotation", "Cotisations", "Registres", "Papeterie"])
    substitute(root / "ledger/fonct/2026-01.beancount", f'"{old}"', f'"{old} {rand.randint(1, 99)}"', rand)
    return CLOSED


def closed_date(root: Path, rand: random.Random) -> str:
    substitute(
        root / "ledger/fonct/2026-01.beancount", r"^2026-01-0([567]) \*", f"2026-01-{rand.randint(10, 28)} *", rand
    )
    return CLOSED


def closed_account(root: Path, rand: random.Random) -> str:
    substitute(root / "ledger/fonct/2026-01.beancount", "6055-Fournitures-de-bureau", "6056-Petit-materiel", rand)
    accounts = root / "ledger/fonct/comptes.beancount"
    accounts.write_text(
        accounts.read_text(encoding="utf-8") + "\n2026-01-01 open Charges:FONCT:6056-Petit-materiel\n", encoding="utf-8"
    )
    return CLOSED


def closed_document(root: Path, rand: random.Random) -> str:
    path = root / f"ledger/documents/fonct/{rand.choice('abcd')}.pdf"
    path.write_bytes(path.read_bytes()[:-1] + bytes([rand.randint(32, 95)]))
    return CLOSED


def signed_figure(root: Path, rand: random.Random) -> str:
    substitute(root / CLOSING, "20000 XOF", f"{rand.randint(20001, 90000)} XOF", rand)
    return SIGNED.format(r"le montant est passé de 20 000 à [\d ]+ FCFA")


def signed_word(root: Path, rand: random.Random) -> str:
    word = rand.choice(['"Papeterie"', '"Cahiers"', "fonct/e.pdf", "BQ-FONCT-2026-0003"])
    new = {"fonct/e.pdf": "fonct/a.pdf", "BQ-FONCT-2026-0003": "BQ-FONCT-2026-0004"}.get(
        word, f'{word[:-1]} {rand.randint(1, 99)}"'
    )
    substitute(root / CLOSING, re.escape(word), new, rand)
    if word.startswith("BQ"):
        return r"-1\.visa visa: .* a signé BQ-FONCT-2026-0003 le 01/03/2026, et les livres n'en ont plus rien"
    return SIGNED.format("(est devenu|est passé de) « .*")


def signed_key(root: Path, rand: random.Random) -> str:
    substitute(root / CLOSING, r'  document: "fonct/e.pdf"', f'  cheque: "{rand.randint(1, 999)}"\n\\g<0>', rand)
    return SIGNED.format(r"cheque \(« \d+ »\) a été ajouté")


def signed_document(root: Path, rand: random.Random) -> str:
    (root / "ledger/documents/fonct/e.pdf").write_bytes(b"%PDF-1.4 " + bytes([rand.randint(65, 90)]) * 3)
    return SIGNED.format(r"le document fonct/e\.pdf n'a plus le même contenu")


def counted(root: Path, rand: random.Random) -> str:
    hour = rand.choice(["17:31", "08:00", "12:15"])
    substitute(root / CLOSING, 'heure: "17:30"', f'heure: "{hour}"', rand)
    return r"(caissier|comptable)-1\.visa visa: .* a signé pv-caisse .* 17:30 le 01/03/2026, et les livres n'en ont plus rien"


def the_closing(root: Path, rand: random.Random) -> str:
    key = rand.choice(["empreinte: ", "empreinte-fonct: ", "regles: ", "visas: ", "visa-regles: "])
    substitute(root / CLOSING, rf'^  {key}"(.*)[0-9a-f]{{4}}"', rf'  {key}"\g<1>{rand.randint(0, 9999):04d}"', rand)
    return r"2026-02\.beancount (periode-close|regles-visees): (L'empreinte de la clôture|La liste des visas|Le fichier REGLES|La clôture 2026-01)"


def a_text(root: Path, rand: random.Random) -> str:
    path = rand.choice(visa_files(root))
    one_byte(path, rand)
    return told(root, path, r"(signé|attendu|attendue|coupé|inconnue?|visa|octets)")


def a_signature(root: Path, rand: random.Random) -> str:
    path = rand.choice(visa_files(root, ".*.sig"))
    one_byte(path, rand)
    return told(root, path, r"(ne vaut rien|a changé|remettez le texte)")


def a_tail(root: Path, rand: random.Random) -> str:
    path = rand.choice(visa_files(root) + visa_files(root, ".*.sig"))
    another_end(path, rand)
    return told(root, path, r"(ne vaut rien|a changé|est coupé|attendu|sans ligne vide|Windows|n'est plus|signé)")


def swapped(root: Path, rand: random.Random) -> str:
    one, other = rand.sample(visa_files(root, ".*.sig"), 2)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    return r"\.sig (visa|regles-visees): (La|Cette) signature .*ne vaut rien : (elle ne correspond pas au texte|sa clé est celle de)"


def moved(root: Path, rand: random.Random) -> str:
    path = rand.choice(
        [each for each in visa_files(root) if "regles" not in each.parts and "cloture" not in each.parts]
    )
    old, new = rand.choice(
        [("ecritures", "derogations"), ("caisse", "ecritures"), ("2026-02-10", "2026-02-09"), ("-1.visa", "-01.visa")]
    )
    target = Path(str(path).replace(old, new, 1))
    if target == path:
        target = path.with_name(path.name.replace("-1.visa", "-x.visa"))
    target.parent.mkdir(parents=True, exist_ok=True)
    for tail in ("", f".{path.name.split('-')[3]}.sig"):
        shutil.move(f"{path}{tail}", f"{target}{tail}")
    return told(root, target, "n'est pas à sa place") + "|" + told(root, path, "manque")


def removed(root: Path, rand: random.Random) -> str:
    """A visa that a closing, a later visa or a later head knows."""
    path = rand.choice([each for each in visa_files(root) if "2026-03-01" not in each.name])
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()
    if "cloture" in path.parts:
        return r"2026-02\.beancount periode-close: La clôture 2026-01 .* n'est pas prouvée : personne ne l'a signée"
    return told(root, path, "manque")


def unsigned(root: Path, rand: random.Random) -> str:
    path = rand.choice(visa_files(root, ".*.sig"))
    path.unlink()
    if "cloture" in path.parts:
        return r"2026-02\.beancount periode-close: La clôture 2026-01 .* n'est pas prouvée : personne ne l'a signée pour l[ea] "
    return told(root, path, "manque")


def a_key(root: Path, rand: random.Random) -> str:
    path = root / "rules/cles.yaml"
    new = rand.choice(
        ["du: 2026-02-11", "du: 2026-01-01, au: 2026-02-09", "du: 2026-01-01, revoquee-le: 2026-01-15, motif: volée"]
    )
    substitute(path, "du: 2026-01-01", new, rand)
    return r"rules/cles\.yaml regles-visees: rules/cles\.yaml n'est pas ce que directeur et tresorier ont signé"


def a_rule(root: Path, rand: random.Random) -> str:
    name, old, new = rand.choice(
        [
            ("bailleurs/fonct.yaml", "plafond: 150 000", f"plafond: {rand.randint(151, 900)} 000"),
            (
                "controles.yaml",
                "depuis: 2026-01-01, valeur: visa",
                f"depuis: 2026-0{rand.randint(2, 9)}-01, valeur: visa",
            ),
            ("organisation.yaml", "sigle:", f"sigle: X{rand.randint(1, 99)} #"),
            (
                "mandats.yaml",
                "pouvoir: signature-bancaire",
                f"plafond: {rand.randint(1, 9)} 000 000 XOF, pouvoir: signature-bancaire",
            ),
        ]
    )
    path = root / "rules" / name
    if old not in path.read_text(encoding="utf-8"):
        path.write_text(path.read_text(encoding="utf-8") + f"# {rand.random()}\n", encoding="utf-8")
        return rf"rules/{re.escape(name)} regles-visees: rules/{re.escape(name)} n'est pas ce que directeur et tresorier ont signé"
    substitute(path, re.escape(old), new, rand)
    return rf"rules/{re.escape(name)} regles-visees: rules/{re.escape(name)} n'est pas ce que directeur et tresorier ont signé"


def a_list(root: Path, rand: random.Random) -> str:
    lines = (root / LIST).read_text(encoding="utf-8").splitlines(keepends=True)
    lines.pop(rand.randrange(len(lines)))
    (root / LIST).write_text("".join(lines), encoding="utf-8", newline="\n")
    return (
        r"2026-02\.beancount periode-close: La liste des visas VISAS-2026-01\.tsv .* n'est plus celle qu'elle a scellée"
    )


def a_manifest(root: Path, rand: random.Random) -> str:
    substitute(root / "ledger/documents/MANIFESTE-2026-01.tsv", r"^(.*)\n", "", rand)
    return r"2026-02\.beancount periode-close: L'empreinte de la clôture 2026-01 n'est pas celle de ce qu'elle scelle"


def other_books(root: Path, rand: random.Random) -> str:
    substitute(
        root / "rules/organisation.yaml", r"^livres: ([0-9a-f]{32})", f"livres: {rand.getrandbits(128):032x}", rand
    )
    return r"\.visa visa: Ce visa est celui d'autres livres"


TAMPERINGS: tuple[Change, ...] = (
    closed_figure, closed_word, closed_date, closed_account, closed_document, signed_figure, signed_word, signed_key,
    signed_document, counted, the_closing, a_text, a_signature, a_tail, swapped, moved, removed, unsigned, a_key, a_rule, a_list,
    a_manifest, other_books,
)  # fmt: skip
PER_RUN = 60
RUNS = 5 if os.environ.get("GRANDLIVRE_LONG") else 2
"""Each kind five times by default; three hundred by flag."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(RUNS))
def test_each_of_three_hundred_tamperings_is_found(whole: Path, tmp_path: Path, seed: int) -> None:
    """Sixty a seed, each kind in turn (five seeds by flag); the file that it touched is named, with the reason that is its own."""
    bed = Bed(whole, tmp_path / "ong")
    rand = random.Random(f"faux-{seed}")
    for rank in range(PER_RUN):
        change = TAMPERINGS[(rank + seed * PER_RUN) % len(TAMPERINGS)]
        expected = change(bed.root, rand)
        code, found = verify(bed.root)
        faults = found["faults"]
        assert isinstance(faults, list)
        assert code == 1, (seed, rank, change.__name__)
        said = [f"{fault['file']} {fault['rule']}: {fault['message']}" for fault in faults]
        assert any(re.search(expected, each) for each in said), (seed, rank, change.__name__, expected, said)
        bed.restore()
    assert verify(bed.root)[0] == 0


def reformatted(root: Path, rand: random.Random) -> None:
    substitute(root / CLOSING, r"^( +)(\S.*)$", r"\g<1>" + " " * rand.randint(1, 6) + r"\g<2>", rand)


def commented(root: Path, rand: random.Random) -> None:
    substitute(
        root / rand.choice([CLOSING, "ledger/fonct/2026-01.beancount"]),
        r"^(2026-\S+ \*.*)$",
        rf"; {rand.random()}\n\g<1>",
        rand,
    )


def ordered(root: Path, rand: random.Random) -> None:
    path = root / rand.choice([CLOSING, "ledger/fonct/2026-01.beancount"])
    head, *blocks = re.split(r"\n(?=\d{4}-\d\d-\d\d )", path.read_text(encoding="utf-8"))
    rand.shuffle(blocks)
    path.write_text(
        "\n\n".join([head, *(block.strip("\n") for block in blocks)]) + "\n", encoding="utf-8", newline="\n"
    )


def between_files(root: Path, rand: random.Random) -> None:
    """An entry goes to another month's file."""
    path, other = root / CLOSING, root / "ledger/fonct/2026-01.beancount"
    if rand.random() < 0.5:
        path, other = other, path
    head, *blocks = re.split(r"\n(?=\d{4}-\d\d-\d\d )", path.read_text(encoding="utf-8"))
    block = blocks.pop(rand.randrange(len(blocks)))
    path.write_text("\n".join([head, *blocks]), encoding="utf-8", newline="\n")
    other.write_text(f"{other.read_text(encoding='utf-8')}\n{block.strip()}\n", encoding="utf-8", newline="\n")


def ticked(root: Path, rand: random.Random) -> None:
    path = root / CLOSING
    path.write_text(
        path.read_text(encoding="utf-8").replace('  pointage: "2026-02"\n', ""), encoding="utf-8", newline="\n"
    )


def receipt(root: Path, rand: random.Random) -> None:
    (root / "ledger/documents/fonct/recu.pdf").write_bytes(f"%PDF-1.4 {rand.random()}".encode())
    substitute(root / CLOSING, '  document: "fonct/e.pdf"', r'\g<0>\n  document-paiement: "fonct/recu.pdf"', rand)


def second_signatory(root: Path, rand: random.Random) -> None:
    one, two = "directeur", "tresorier"
    text = (root / CLOSING).read_text(encoding="utf-8")
    text = text.replace(f'signataire-1: "{one}"', 'signataire-1: "?"').replace(
        f'signataire-2: "{two}"', f'signataire-2: "{one}"'
    )
    (root / CLOSING).write_text(text.replace('"?"', f'"{two}"'), encoding="utf-8", newline="\n")


def crlf(root: Path, rand: random.Random) -> None:
    path = root / rand.choice(
        [CLOSING, "ledger/fonct/2026-01.beancount", "rules/mandats.yaml", "rules/cles.yaml", "ledger/main.beancount"]
    )
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def numbers(root: Path, rand: random.Random) -> None:
    substitute(root / CLOSING, "20000 XOF", rand.choice(["20000.0 XOF", "20000.00 XOF", "20000   XOF"]), rand)


def a_later_entry(root: Path, rand: random.Random) -> None:
    path = root / CLOSING
    extra = f'\n2026-02-20 * "Membres" "Cotisation {rand.randint(1, 99)}"\n  piece: "BQ-FONCT-2026-0004"\n  document: "fonct/a.pdf"\n  Actif:FONCT:52111-Banque  1000 XOF\n  Produits:FONCT:701-Cotisations\n'
    path.write_text(path.read_text(encoding="utf-8") + extra, encoding="utf-8", newline="\n")


HARMLESS = (
    reformatted,
    commented,
    ordered,
    between_files,
    ticked,
    receipt,
    second_signatory,
    crlf,
    numbers,
    a_later_entry,
)


@pytest.mark.slow
def test_a_hundred_harmless_edits_void_nothing(whole: Path, tmp_path: Path) -> None:
    bed = Bed(whole, tmp_path / "ong")
    rand = random.Random("vrai")
    for rank in range(100):
        change = HARMLESS[rank % len(HARMLESS)]
        change(bed.root, rand)
        code, found = verify(bed.root)
        assert code == 0, (rank, change.__name__, found["faults"])
        bed.restore()
    assert PAYMENT in str(verify(bed.root)[1]["signed"])
