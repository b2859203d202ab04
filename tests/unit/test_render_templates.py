"""Templates: the organisation's own come first, their mistakes are French values with a file and a line."""

from __future__ import annotations

import os
import time

import pytest

from grandlivre import render
from grandlivre.render import apart
from grandlivre.render.templates import css_string, shipped_templates
from render_samples import bank_book, cash_count


def test_the_organisation_s_own_template_comes_first(tmp_path):
    (tmp_path / "pv-caisse.html").write_text(
        '{% extends "rapport.html" %}{% block faits %}<p>Notre en-tête à nous</p>{{ super() }}{% endblock %}',
        encoding="utf-8",
    )
    page = render.html(cash_count(), templates=tmp_path)
    assert "Notre en-tête à nous" in page
    assert "Billetage" in page


def test_an_own_logo_is_taken_into_the_page(tmp_path):
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert '<img class="logo" src="data:image/png;base64,iVBORw0KGgo=" alt="ANI-Mali">' in render.html(
        cash_count(), templates=tmp_path
    )


@pytest.mark.parametrize(
    ("template", "line", "says"),
    [
        ("<p>\n{% if rapport.titre %}\n<p>", 3, "faute d'écriture"),
        ("<p>\n{{ rapport.tittre }}", 2, "n'existe pas"),
        ("<p>{{ inconnu }}", 1, "n'existe pas"),
        ("\n\n{{ ''.__class__.__mro__ }}", 3, "interdite"),
        ("{{ rapport.titre.format.__globals__ }}", 1, "interdite"),
        ("{{ rapport.corps.append(1) }}", 1, "n'existe pas"),
        ("\n{{ rapport.faits + 1 }}", 2, "ne peut pas être rempli"),
        ("{% for i in range(10 ** 9) %}x{% endfor %}", 1, "ne peut pas être rempli"),
        ("{% include '../../etc/passwd' %}", 1, "manque"),
        ('\n{% extends "absent.html" %}', 2, "« absent.html » manque"),
        ('{% include "pv-caisse.html" %}', 1, "ne peut pas être rempli"),
    ],
)
def test_a_template_s_mistake_is_a_value(tmp_path, template, line, says):
    (tmp_path / "pv-caisse.html").write_text(template, encoding="utf-8")
    problem = render.html(cash_count(), templates=tmp_path)
    assert isinstance(problem, render.Problem)
    assert (problem.path.as_posix(), problem.line) == ("templates/pv-caisse.html", line)
    assert says in problem.message
    assert str(tmp_path) not in str(problem)
    assert render.pdf(cash_count(), templates=tmp_path) == problem


def test_a_template_that_is_not_utf_8_is_a_value(tmp_path):
    (tmp_path / "pv-caisse.html").write_bytes("<p>Arrêté".encode("cp1252"))
    problem = render.html(cash_count(), templates=tmp_path)
    assert isinstance(problem, render.Problem)
    assert problem.path.as_posix() == "templates/pv-caisse.html"
    assert "UTF-8" in problem.message


def test_the_shipped_templates_are_there():
    names = {path.name for path in shipped_templates().iterdir()}
    assert {"base.html", "rapport.html", "macros.html", "graphiques.html", "style.css", "README.md"} <= names


def test_a_text_in_the_style_cannot_leave_its_quotes():
    assert css_string('a"; } </style>') == '"a\\22 \\3b \\20 \\7d \\20 \\3c \\2f style\\3e "'


DOUBLED = "{% set n = namespace(a='x') %}{% for i in range(60) %}{% set n.a = n.a ~ n.a %}{% endfor %}"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{{ 'a' * 10 ** 10 }}", "trop de mémoire"),
        ("{{ 'a'.ljust(10 ** 10) }}", "trop de mémoire"),
        ("{{ '%10000000000d'|format(1) }}", "trop de mémoire"),
        ("{{ 'a'|center(10 ** 10) }}", "trop de mémoire"),
        (DOUBLED, "trop de mémoire"),
        (
            "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
            "n'a pas fini après 2 secondes",
        ),
        ("{{ 7 ** (10 ** 9) }}", "n'a pas fini après 2 secondes"),
        ("{{ range(99999)|list|string * 99999 }}", "trop de mémoire"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "sans fin"),
        ("{% include 'b.html' %}", "sans fin"),
        ("{% for i in [1] %}" * 30 + "{% endfor %}" * 30, "l'une dans l'autre"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", ""),
        ("{{ police('nope') }}", "La police « nope » n'est pas fournie. Il y a : symboles.woff2,"),
        ("{{ police('../../../../etc/passwd') }}", "n'est pas fournie"),
    ],
)
def test_a_template_ends(tmp_path, monkeypatch, template, says):
    """Within a time and a memory limit, by a sentence that names it; the next page is filled in as ever."""
    monkeypatch.setattr(apart, "SECONDS", 2.0 if "fini" in says else 8.0)
    (tmp_path / "pv-caisse.html").write_text(template, encoding="utf-8")
    (tmp_path / "b.html").write_text("{% include 'pv-caisse.html' %}", encoding="utf-8")
    began = time.monotonic()
    problem = render.html(cash_count(), templates=tmp_path)
    assert isinstance(problem, render.Problem), problem[:200]
    assert problem.path.as_posix() in ("templates/pv-caisse.html", "templates/b.html")
    assert says in problem.message
    assert str(tmp_path) not in str(problem)
    assert time.monotonic() - began < 20
    monkeypatch.setattr(apart, "SECONDS", 20.0)
    (tmp_path / "pv-caisse.html").write_text("{{ rapport.titre }}", encoding="utf-8")
    assert isinstance(render.html(cash_count(), templates=tmp_path), str)


@pytest.mark.parametrize("report", [cash_count, bank_book])
def test_a_page_filled_in_apart_is_the_same(tmp_path, report):
    plain = render.html(report(), link=lambda row: "#ici")
    (tmp_path / "autre.html").write_text("{{ rapport.titre }}", encoding="utf-8")
    assert render.html(report(), templates=tmp_path, link=lambda row: "#ici") == plain


def test_templates_of_the_program_are_filled_in_here(tmp_path, monkeypatch):
    """Neither the program's own folder nor one that holds a logo and a README costs another process."""
    monkeypatch.setattr(apart, "fill", None)
    (tmp_path / "logo.png").write_bytes(b"\x89PNG")
    (tmp_path / "README.md").write_text("", encoding="utf-8")
    for own in (None, shipped_templates(), tmp_path):
        assert isinstance(render.html(cash_count(), templates=own), str)


@pytest.mark.skipif(os.name == "nt", reason="pipes and links")
@pytest.mark.parametrize("name", ["pv-caisse.html", "style.css", "logo.png"])
@pytest.mark.parametrize("made", ["link", "pipe", "endless", "folder", "huge"])
def test_only_plain_files_of_the_folder_are_shown(tmp_path, name, made):
    own = tmp_path / "templates"
    own.mkdir()
    (tmp_path / "secret").write_text("TRES-SECRET", encoding="utf-8")
    match made:
        case "link":
            (own / name).symlink_to(tmp_path / "secret")
        case "pipe":
            os.mkfifo(own / name)
        case "endless":
            (own / name).symlink_to("/dev/zero")
        case "folder":
            (own / name).mkdir()
        case _:
            with (own / name).open("wb") as file:
                file.truncate(10**11)
    problem = render.html(cash_count(), templates=own)
    assert isinstance(problem, render.Problem)
    words = {"link": "lien symbolique", "endless": "lien symbolique", "huge": "plus de 5 Mo"}
    assert f"templates/{name}" in problem.message
    assert words.get(made, "pas un fichier ordinaire") in problem.message
