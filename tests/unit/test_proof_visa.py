"""The text of a visa: one form, read and written; any deviation has its sentence."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grandlivre.proof.visa import Head, Signed, Visa, VisaError, digest_of, read

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
KEY = f"SHA256:{'K' * 43}"
BOOKS = "6f0c1e9d5a7b4c3d8e2f1a0b9c8d7e6f"

# contract-2 §11's example, its « … » written out
CONTRACT = f"""\
grandlivre visa 1
livres {BOOKS}
nature ecritures
arbre UE-EAU
personne directeur
cle {KEY}
date 2026-03-12
precedent {A}
sha256:275b05bf9a674f601a88dbbe233f105a1efd0e77ac2901c349ddcff54c2df95a BQ-UE-EAU-2026-0042
"""
SAMPLES = {
    "ecritures": CONTRACT,
    "refus": CONTRACT.replace("nature ecritures", "nature refus").replace(
        f"precedent {A}\n", "precedent -\nmotif La facture n'est pas jointe\n"
    ),
    "caisse": CONTRACT.replace("nature ecritures", "nature caisse").replace(
        "BQ-UE-EAU-2026-0042", "pv-caisse Actif:UE-EAU:5711-Caisse 2026-03-31 17:30"
    ),
    "rapport": CONTRACT.replace("nature ecritures", "nature rapport")
    .replace(f"precedent {A}\n", f"precedent {A}\ntete {KEY} {B}\n")
    .replace("BQ-UE-EAU-2026-0042", "rapport-financier UE-EAU 2026-T1"),
    "regles": f"""\
grandlivre visa 1
livres {BOOKS}
nature regles
numero 0001
date 2026-01-02
precedent -
programme >= 0.1
main {A}
tete {KEY} {B}
{A} rules/cles.yaml
{B} rules/controles.yaml
""",
    "cloture": f"""\
grandlivre visa 1
livres {BOOKS}
nature cloture
periode 2026-T1
date 2026-04-12
precedent -
visa-regles 0001 {A}
{A} arbre ue-eau
{A} directive cloture
{A} manifeste 2026-T1
{B} racine
""",
}


@pytest.mark.parametrize("nature", SAMPLES)
def test_what_is_read_is_written_the_same(nature: str) -> None:
    visa = read(SAMPLES[nature].encode())
    assert visa.nature == nature
    assert visa.text == SAMPLES[nature]


def test_the_contract_s_example() -> None:
    visa = read(CONTRACT.encode())
    [signed] = visa.body
    assert (visa.tree, visa.person, visa.date, visa.previous) == ("UE-EAU", "directeur", date(2026, 3, 12), A)
    assert signed.object == "BQ-UE-EAU-2026-0042"
    assert digest_of(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (lambda text: text.replace("\n", "\r\n"), 1, "-text"),
        (lambda text: text[:-1], 9, "coupé"),
        (lambda text: f"{text}\n", 10, "sans ligne vide"),
        (lambda text: text.replace("livres ", "livres  "), 2, "une espace"),
        (lambda text: text.replace("nature ecritures", "nature ecritures "), 3, "une espace"),
        (lambda text: text.replace("visa 1", "visa 2"), 1, "grandlivre visa 1"),
        (lambda text: f"\ufeff{text}", 1, "caractère"),
        (lambda text: text.replace("nature ecritures", "nature ecriture"), 3, "inconnue"),
        (lambda text: text.replace("personne directeur", "personne *"), 5, "personne"),
        (lambda text: text.replace("2026-03-12", "2026-02-30"), 2, "n'existe pas"),
        (lambda text: text.replace("date 2026", "date 02026"), 7, "date"),
        (lambda text: text.replace(f"livres {BOOKS}", f"livres {BOOKS.upper()}"), 2, "livres"),
        (lambda text: text.replace("arbre UE-EAU\npersonne directeur", "personne directeur\narbre UE-EAU"), 4, "arbre"),
        (lambda text: text.replace("sha256:275", "sha256:275B"[:9] + "Z"), 9, "sha256"),
        (lambda text: f"{text}{A} BQ-UE-EAU-2026-0043\n{A} BQ-UE-EAU-2026-0042\n", 10, "triés"),
        (lambda text: f"{text}{'sha256:' + 'f' * 64} BQ-UE-EAU-2026-0042\n", 10, "deux fois"),
        (lambda text: text[: text.index("sha256:275")], 8, "ne porte sur rien"),
        (lambda text: text.replace("precedent", "# un mot\nprecedent"), 8, "precedent"),
        (lambda text: text.replace("personne", "commentaire x\npersonne"), 5, "personne"),
        (lambda text: text.replace("BQ-UE", "BQ\u200b-UE"), 9, "caractère"),
    ],
)
def test_what_is_no_visa_says_so_on_its_line(change: object, line: int, words: str) -> None:
    text = change(CONTRACT)  # type: ignore[operator]
    with pytest.raises(VisaError, match=words) as caught:
        read(text.encode())
    assert caught.value.line == line


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(VisaError, match="UTF-8"):
        read(CONTRACT.encode().replace(b"directeur", b"directeur\xff"))


@pytest.mark.parametrize(
    ("one", "two"), [(f"tete {KEY} {A}", f"tete {KEY} {B}"), ("tete SHA256:" + "Z" * 43 + f" {A}", f"tete {KEY} {A}")]
)
def test_heads_are_sorted_one_a_key(one: str, two: str) -> None:
    with pytest.raises(VisaError, match="tete"):
        read(SAMPLES["regles"].replace(f"tete {KEY} {B}", f"{one}\n{two}").encode())


@given(
    st.lists(
        st.tuples(st.sampled_from([A, B]), st.from_regex(r"[A-Z]{2}-[A-Z]{2,6}-20\d\d-\d{4}", fullmatch=True)),
        min_size=1,
        max_size=8,
        unique_by=lambda pair: pair[1],
    ),
    st.dates(date(2020, 1, 1), date(2060, 1, 1)),
)
def test_every_visa_reads_back(pairs: list[tuple[str, str]], day: date) -> None:
    body = tuple(sorted(Signed(*pair) for pair in pairs))
    visa = Visa(BOOKS, "rapport", day, "-", body, "UE-EAU", "directeur", KEY, heads=(Head(KEY, A),))
    assert read(visa.content) == visa
