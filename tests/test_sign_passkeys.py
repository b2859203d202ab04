"""A phone's passkey signs what `grandlivre sign` lists: one code, each known attack told in French, nothing written."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from grandlivre.inspection import inspect
from grandlivre.proof.passkeys import Assertion
from grandlivre.proof.visa import Signed, read
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks import signing_passkeys
from grandlivre.tasks.desk import Desk, open_desk
from grandlivre.tasks.signature_book import signature_book
from grandlivre.tasks.signing_passkeys import Asked, Wanted, ask, complete, propose, proposed_keys, write_proposal
from signed_books import COUNT, PAYMENT, keys, run, sign, visas
from signing import HOST, ORIGIN, Keys, SoftKey
from signing_bed import GUARD, PREPARED, accept, awaiting_books, february
from small_books import month_of, ready

__all__ = ["keys", "ready"]
DAY = date(2026, 2, 10)
FIRST = PREPARED[0]


def passkey(**more: object) -> SoftKey:
    return SoftKey.make("ecdsa", HOST, origin=ORIGIN, **more)


PHONES = {person: passkey() for person in ("directeur", "tresorier", "comptable", "caissier", "perdu", "vieux", "neuf")}


def row(person: str, key: SoftKey, more: str = "") -> str:
    return f'- {{personne: {person}, type: passkey, cle: "{key.public}", origine: "{ORIGIN}", du: 2026-01-01{more}}}'


def answer(key: SoftKey, asked: Asked, **more: object) -> Assertion:
    """What a browser answers with that passkey."""
    own = replace(key, **more) if more else key  # type: ignore[arg-type]
    head = hashlib.sha256(own.application.encode()).digest() + struct.pack(">BI", own.flags, own.count)
    client = own.client(asked.challenge)
    made = own.secret.sign(head + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
    return Assertion(head, client, made)


@pytest.fixture(scope="module")
def base(ready: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small books, prepared payments, a passkey for each of four people."""
    root = awaiting_books(ready, keys, tmp_path_factory.mktemp("passkeys") / "ong")
    own = [row(person, PHONES[person]) for person in ("directeur", "tresorier", "comptable", "caissier")]
    accept(root, *own)
    return root


@pytest.fixture
def books(base: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(base, tmp_path / "ong"))


@pytest.fixture(scope="module")
def seen(base: Path) -> Desk:
    """The books as a page shows them; for tests that write nothing."""
    return desk(base)


def desk(root: Path, day: date = DAY) -> Desk:
    return open_desk(root / "ledger/main.beancount", "sign", day)


def wanted(found: Desk, person: str, *names: str, nature: str = "", reason: str = "") -> Wanted:
    """What the page of a person asks for."""
    own = {each.signable.object: each for each in signature_book(found.books, person).pieces}
    rows = tuple(Signed(own[name].signable.digest, name) for name in names)
    return Wanted(person, nature or own[names[0]].nature, rows, reason)


def recall(found: Desk, person: str) -> Callable[[str], str | None]:
    return signing_passkeys.texts_shown(signature_book(found.books, person)).get


def signs(root: Path, person: str, *names: str, nature: str = "", reason: str = "", day: date = DAY) -> tuple[str, ...]:
    """The whole way, from what is shown to what is written."""
    shown = desk(root, day)
    asked = ask(shown.books, wanted(shown, person, *names, nature=nature, reason=reason), "", ORIGIN, lambda _: None)
    return complete(desk(root, day), asked, answer(PHONES[person], asked), lambda _: None)


def said(root: Path, rule: str, day: date = DAY) -> list[str]:
    found = inspect(root / "ledger/main.beancount", day).findings
    return [each.message for each in found if each.rule == rule]


# What awaits ----------------------------------------------------------------------------------------------------------


def test_the_book_is_what_the_command_lists(seen: Desk, base: Path, keys: Keys) -> None:
    own = signature_book(seen.books, "directeur")
    assert [each.signable.object for each in own.pieces] == [PAYMENT, *PREPARED]
    assert [each.key for each in own.pieces] == ["", *["signataire-1"] * 4]
    listed = sign(base, keys, "directeur").output
    assert [name for name in (PAYMENT, *PREPARED) if f"  {name}  " in listed] == [PAYMENT, *PREPARED]
    counts = signature_book(seen.books, "caissier")
    assert [each.signable.object for each in counts.pieces] == [COUNT]
    assert [each.signable.object for each in signature_book(seen.books, "comptable").pieces] == [COUNT]


def test_who_may_sign_that_day_and_that_amount_is_offered_a_payment(books: Path) -> None:
    """A ceiling, an account, a term, the payee himself: the mandate decides, as the control does."""
    path = books / "rules/mandats.yaml"
    text = path.read_text(encoding="utf-8")
    held = "personne: tresorier, pouvoir: signature-bancaire, du: 2026-01-01, au: 2026-12-31, comptes: [52, 55]"
    path.write_text(text.replace(held, f"{held}, plafond: 40 000 XOF"), encoding="utf-8")
    own = [each.signable.object for each in signature_book(desk(books).books, "tresorier").pieces]
    assert own == [PAYMENT, *PREPARED[:2]]
    path.write_text(text.replace(held, held.replace("au: 2026-12-31", "au: 2026-02-04")), encoding="utf-8")
    assert [each.signable.object for each in signature_book(desk(books).books, "tresorier").pieces] == [PAYMENT]
    path.write_text(text, encoding="utf-8")
    month = february(books)
    month.write_text(month.read_text(encoding="utf-8").replace("Papeterie du Fleuve", "T. Un", 2), encoding="utf-8")
    own = [each.signable.object for each in signature_book(desk(books).books, "tresorier").pieces]
    assert own == [PAYMENT, *PREPARED[2:]]


# Signing --------------------------------------------------------------------------------------------------------------


def test_two_signatures_make_a_payment(books: Path, keys: Keys) -> None:
    """The name is written with the visa; OpenSSH verifies it; a third person of the same college is not asked."""
    paths = signs(books, "directeur", FIRST)
    assert sorted(Path(each).suffix for each in paths) == [".beancount", ".jsonl", ".sig", ".visa"]
    assert 'signataire-1: "directeur"' in february(books).read_text(encoding="utf-8")
    assert "1 signature" not in run(books, "check").output
    signs(books, "tresorier", FIRST)
    text = february(books).read_text(encoding="utf-8")
    assert text.index('signataire-1: "directeur"') < text.index('signataire-2: "tresorier"') < text.index(PREPARED[1])
    assert said(books, "visa") == []
    assert [each for each in said(books, "double-signature") if "25 000" in each] == []
    assert run(books, "verify", today="2026-02-12").exit_code == 0
    assert FIRST not in [each.signable.object for each in signature_book(desk(books).books, "directeur").pieces]


def test_several_pieces_one_text(books: Path) -> None:
    signs(books, "tresorier", *PREPARED)
    [path] = [name for name in visas(books) if name.endswith(".visa")]
    visa = read((books / "ledger/visas" / path).read_bytes())
    assert sorted(each.object for each in visa.body) == list(PREPARED)
    assert february(books).read_text(encoding="utf-8").count('signataire-1: "tresorier"') == 4
    signs(books, "tresorier", PAYMENT)  # follows the first
    assert said(books, "visa") == []


def test_each_nature_is_signed(books: Path, ready: Path) -> None:
    shutil.copy(ready / "rules/bailleurs/fonct.yaml", books / "rules/bailleurs")  # January was spent without a budget
    assert "caisse/" in " ".join(signs(books, "caissier", COUNT))
    waived = 'derogation: "trois-proformas"\n  motif: "Seul fournisseur ouvert"\n  derogation-par: "tresorier"\n  mode:'
    month = february(books)
    month.write_text(month.read_text(encoding="utf-8").replace("mode:", waived, 1), encoding="utf-8", newline="\n")
    found = [(each.nature, each.signable.object) for each in signature_book(desk(books).books, "tresorier").pieces]
    assert ("derogations", FIRST) in found
    assert ("ecritures", FIRST) in found
    assert "derogations/" in " ".join(signs(books, "tresorier", FIRST, nature="derogations"))
    sent = ["report", "balance", "--bailleur", "FONCT", "--periode", "2026-01", "--transmettre", "--date", "2026-02-10"]
    assert run(books, *sent).exit_code == 0
    assert "rapport/" in " ".join(signs(books, "directeur", "balance FONCT 2026-01"))
    done = run(books, "close", "2026-01", "--date", "2026-02-10", "--oui")
    assert done.exit_code == 0, done.output
    for person in ("tresorier", "directeur"):
        shown = desk(books)
        [closing] = signature_book(shown.books, person).closings
        rows = (Signed(closing.closing.digest, signing_passkeys.closing_object(closing)),)
        asked = ask(shown.books, Wanted(person, "cloture", rows), "", ORIGIN, lambda _: None)
        complete(shown, asked, answer(PHONES[person], asked), lambda _: None)
    assert "cloture/2026-01.visa.tresorier.sig" in visas(books)
    assert "cloture/2026-01.visa.directeur.sig" in visas(books)
    assert signature_book(desk(books).books, "directeur").closings == ()
    assert run(books, "verify", today="2026-02-12").exit_code == 0


def test_guardians_sign_the_rules_and_then_a_proposed_key_signs(books: Path, keys: Keys) -> None:
    """A key that a phone proposes signs nothing; nor does it once it is written; only once two guardians signed it."""

    def guard(*people: str) -> None:
        for person in people:
            shown = desk(books)
            version = signature_book(shown.books, person).rules
            assert version is not None
            rows = (Signed(signing_passkeys.rules_digest(version.visa), signing_passkeys.rules_object(version.visa)),)
            asked = ask(shown.books, Wanted(person, "regles", rows), "", ORIGIN, lambda _: None)
            complete(shown, asked, answer(PHONES[person], asked), lambda _: None)

    path = books / "rules/cles.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}{GUARD}\n", encoding="utf-8")
    guard("directeur", "tresorier")
    assert said(books, "regles-visees") == []
    assert signature_book(desk(books).books, "comptable").rules is None
    own = keys.yaml().splitlines()[1]
    before = path.read_text(encoding="utf-8")
    phone = row("directeur", PHONES["directeur"])
    path.write_text(before.replace(f"  {phone}\n", ""), encoding="utf-8")  # the director has a new phone
    point = PHONES["neuf"].secret.public_key()
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    spki = point.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    proposal = propose(desk(books).books, "directeur", spki, ORIGIN)
    [laid] = write_proposal(desk(books), proposal)
    assert write_proposal(desk(books), proposal) == ()
    assert laid.startswith("ledger/cles-proposees/directeur-2026-02-10-")
    assert [each.fingerprint for each in proposed_keys(desk(books).books)] == [proposal.fingerprint]
    assert proposal.line in (books / laid).read_text(encoding="utf-8")
    with pytest.raises(RefusedError, match="n'a pas de clé d'accès dans rules/cles"):
        signs_with("neuf", books, "directeur", FIRST)
    signing_passkeys.accept(desk(books), proposal.fingerprint)
    with pytest.raises(RefusedError, match="n'est plus proposée"):
        signing_passkeys.accept(desk(books), proposal.fingerprint)
    assert own in path.read_text(encoding="utf-8")
    assert proposed_keys(desk(books).books) == ()
    with pytest.raises(RefusedError, match="les gardiens des règles n'ont pas encore signé"):
        signs_with("neuf", books, "directeur", FIRST)
    shown = desk(books)
    version = signature_book(shown.books, "comptable").rules
    assert version is not None
    assert any("cles.yaml" in each for each in version.changes)
    guard("comptable", "tresorier")
    signs_with("neuf", books, "directeur", FIRST)
    assert said(books, "visa") == []


def signs_with(phone: str, root: Path, person: str, *names: str) -> None:
    shown = desk(root)
    asked = ask(shown.books, wanted(shown, person, *names), "", ORIGIN, lambda _: None)
    complete(shown, asked, answer(PHONES[phone], asked), lambda _: None)


# After a change, after a refusal --------------------------------------------------------------------------------------


def test_a_change_makes_the_signature_fall_and_says_why(books: Path) -> None:
    signs(books, "directeur", FIRST)
    month = february(books)
    month.write_text(month.read_text(encoding="utf-8").replace("25000 XOF", "385000 XOF", 1), encoding="utf-8")
    [own] = [each for each in signature_book(desk(books).books, "directeur").pieces if each.signable.object == FIRST]
    assert own.before.why == "le montant est passé de 25 000 à 385 000 FCFA"
    assert own.key == ""
    signs(books, "directeur", FIRST)
    assert FIRST not in [each.signable.object for each in signature_book(desk(books).books, "directeur").pieces]


def test_a_refusal_is_told_to_who_prepares_and_comes_back_once_it_is_mended(books: Path, keys: Keys) -> None:
    (books / f"ledger/documents/fonct/{FIRST}.pdf").rename(books / "parti.pdf")
    with pytest.raises(RefusedError, match="Ce qui manque ne se signe pas"):
        signs(books, "directeur", FIRST)
    signs(books, "directeur", FIRST, nature="refus", reason="La  facture\nn'est pas jointe")
    month = february(books)
    assert "signataire" not in month.read_text(encoding="utf-8")
    told = sign(books, keys, "tresorier", "--en-attente").output
    assert f"Refusée : {FIRST}, D. Deux (directeur) a refusé le 10/02/2026 : La facture n'est pas jointe" in told
    assert FIRST not in [each.signable.object for each in signature_book(desk(books).books, "directeur").pieces]
    with pytest.raises(RefusedError, match="vous l'avez déjà refusé le 10/02/2026"):
        ask(desk(books).books, Wanted("directeur", "ecritures", (Signed("x", FIRST),)), "", ORIGIN, lambda _: None)
    (books / "parti.pdf").rename(books / f"ledger/documents/fonct/{FIRST}.pdf")
    [own] = [each for each in signature_book(desk(books).books, "directeur").pieces if each.signable.object == FIRST]
    assert "n'a plus le même contenu" in own.before.since
    signs(books, "directeur", FIRST)
    assert "Refusée" not in sign(books, keys, "tresorier", "--en-attente").output


def test_two_directors_sign_at_once(books: Path) -> None:
    """Both were asked before either answered: each becomes a signatory of his own rank."""
    shown = desk(books)
    asked = {
        who: ask(shown.books, wanted(shown, who, FIRST), "", ORIGIN, lambda _: None)
        for who in ("directeur", "tresorier")
    }
    for who in ("tresorier", "directeur"):
        complete(desk(books), asked[who], answer(PHONES[who], asked[who]), lambda _: None)
    text = february(books).read_text(encoding="utf-8")
    assert 'signataire-1: "tresorier"\n  signataire-2: "directeur"\n' in text
    assert said(books, "visa") == []


def test_an_entry_edited_between_showing_and_signing(books: Path) -> None:
    shown = desk(books)
    asked = ask(shown.books, wanted(shown, "directeur", FIRST), "", ORIGIN, lambda _: None)
    month = february(books)
    month.write_text(month.read_text(encoding="utf-8").replace("25000 XOF", "385000 XOF", 1), encoding="utf-8")
    with pytest.raises(RefusedError, match="le montant est passé de 25 000 à 385 000 FCFA depuis que cette page"):
        complete(desk(books), asked, answer(PHONES["directeur"], asked), recall(shown, "directeur"))
    with pytest.raises(RefusedError, match="son contenu a changé depuis que cette page"):
        ask(desk(books).books, asked.wanted, "", ORIGIN, lambda _: None)
    assert visas(books) == []


def test_another_signature_of_the_same_key_between(books: Path) -> None:
    shown = desk(books)
    asked = ask(shown.books, wanted(shown, "directeur", FIRST), "", ORIGIN, lambda _: None)
    signs(books, "directeur", PREPARED[1])
    with pytest.raises(RefusedError, match="Les livres ont changé pendant que vous signiez"):
        complete(desk(books), asked, answer(PHONES["directeur"], asked), lambda _: None)
    assert said(books, "visa") == []


# Attacks --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "more", "words"),
    [
        ("tresorier", {}, r"celle de T\. Un"),
        ("neuf", {}, "ne correspond pas au texte"),
        ("directeur", {"flags": 0x01}, "n'a pas vérifié son propriétaire"),
        ("directeur", {"flags": 0x04}, "n'a pas vérifié son propriétaire"),
        ("directeur", {"origin": "https://autre.exemple.org"}, "a signé pour https://autre"),
        ("directeur", {"application": "autre.exemple.org"}, "pour un autre site que livres"),
        ("directeur", {"cross": True}, "dans un autre site"),
        ("directeur", {"type": "webauthn.create"}, "ne correspond pas au texte"),
    ],
)
def test_what_is_not_the_persons_own_answer(seen: Desk, key: str, more: dict[str, object], words: str) -> None:
    asked = ask(seen.books, wanted(seen, "directeur", FIRST), "", ORIGIN, lambda _: None)
    with pytest.raises(RefusedError, match=words):
        complete(seen, asked, answer(PHONES[key], asked, **more), lambda _: None)
    assert visas(seen.root) == []


def test_an_answer_to_another_question(seen: Desk) -> None:
    one, two = (ask(seen.books, wanted(seen, "directeur", name), "", ORIGIN, lambda _: None) for name in PREPARED[:2])
    with pytest.raises(RefusedError, match="ne correspond pas au texte"):
        complete(seen, two, answer(PHONES["directeur"], one), lambda _: None)
    for bad in (
        Assertion(b"", b"", b""),
        answer(PHONES["directeur"], one)._replace(signature=b"x"),
        answer(PHONES["directeur"], one)._replace(client_data=b"["),
    ):
        with pytest.raises(RefusedError, match=r"[Rr]ien n'a été écrit"):
            complete(seen, one, bad, lambda _: None)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (", au: 2026-02-09", "vaut du 01/01/2026 au 09/02/2026 : elle ne signe pas le 10/02/2026"),
        (", revoquee-le: 2026-02-01, motif: perdue", r"révoquée le 01/02/2026 \(perdue\)"),
    ],
)
def test_a_key_that_signs_no_more(books: Path, more: str, words: str) -> None:
    shown = desk(books)
    asked = ask(shown.books, wanted(shown, "directeur", FIRST), "", ORIGIN, lambda _: None)
    path = books / "rules/cles.yaml"
    own = row("directeur", PHONES["directeur"])
    path.write_text(
        path.read_text(encoding="utf-8").replace(own, row("directeur", PHONES["directeur"], more)), encoding="utf-8"
    )
    with pytest.raises(RefusedError, match=words):
        ask(desk(books).books, asked.wanted, "", ORIGIN, lambda _: None)
    with pytest.raises(RefusedError, match=words):
        complete(desk(books), asked, answer(PHONES["directeur"], asked), lambda _: None)
    assert visas(books) == []


def test_what_may_not_be_asked(seen: Desk) -> None:
    own = wanted(seen, "directeur", FIRST)
    for changed, origin, words in (
        (own, "http://localhost:5050", f"est celle de {ORIGIN}"),
        (own._replace(person="directrice"), ORIGIN, "n'est pas une personne de rules/mandats.yaml"),
        (own._replace(person="caissier"), ORIGIN, "n'attend pas votre signature"),
        (own._replace(nature="caisse"), ORIGIN, "n'est plus dans les livres"),
        (own._replace(nature="refus"), ORIGIN, "Un refus se motive"),
        (own._replace(nature="refus", reason="x" * 500), ORIGIN, "tient en 400 caractères"),
        (own._replace(objects=()), ORIGIN, "Rien n'a été choisi"),
        (own._replace(objects=(Signed("x", "BQ-FONCT-2026-9999"),)), ORIGIN, "n'est plus dans les livres"),
        (own._replace(nature="regles"), ORIGIN, "Personne ne garde les règles"),
        (own._replace(nature="cloture"), ORIGIN, "Aucune période n'est close"),
    ):
        with pytest.raises(RefusedError, match=words):
            ask(seen.books, changed, "", origin, lambda _: None)
    with pytest.raises(RefusedError, match=r"n'est pas une clé d'accès que D\. Deux"):
        ask(seen.books, own, "SHA256:x", ORIGIN, lambda _: None)


def test_a_key_that_cannot_be_proposed(seen: Desk) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    def spki(key: SoftKey) -> bytes:
        return bytes(key.secret.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    for person, data, origin, words in (
        ("personne", spki(PHONES["neuf"]), ORIGIN, "n'est pas une personne"),
        ("directeur", b"x", ORIGIN, "ne se lit pas"),
        ("directeur", spki(PHONES["tresorier"]), ORIGIN, "déjà dans rules/cles.yaml, pour tresorier"),
        ("directeur", spki(PHONES["neuf"]), "http://livres.exemple.org", "par https"),
        ("directeur", spki(SoftKey.make("ed25519")), ORIGIN, "nistp256"),
    ):
        with pytest.raises(RefusedError, match=words):
            propose(seen.books, person, data, origin)
    line = propose(seen.books, "directeur", spki(PHONES["neuf"]), "http://localhost:5050").line
    assert 'origine: "http://localhost:5050"' in line


def test_the_canonical_text_is_the_contracts(seen: Desk) -> None:
    text = ask(seen.books, wanted(seen, "directeur", FIRST), "", ORIGIN, lambda _: None).content.decode()
    head = [line.split(" ")[0] for line in text.splitlines()]
    assert head == ["grandlivre", "livres", "nature", "arbre", "personne", "cle", "date", "precedent", head[-1]]
    item = json.loads(signature_book(seen.books, "directeur").pieces[1].signable.text)
    assert "signataire-1" not in item[7]
    assert month_of(seen.root).is_file()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "cles:\n  - {x}\n"),
        (
            "# clés\ncles:   # des personnes\n    - {a}\n    - {b}\ntemoins: []\n",
            "# clés\ncles:\n    - {x}\n    - {a}\n    - {b}\ntemoins: []\n",
        ),
        ("cles: []\n", "cles:\n  - {x}\n"),
        ("cles:\n- {a}\n", "cles:\n- {x}\n- {a}\n"),
        ("politique: {}", "politique: {}\ncles:\n  - {x}\n"),
    ],
)
def test_where_a_key_is_written(before: str, after: str) -> None:
    assert signing_passkeys._with_key(before, "- {x}") == after
