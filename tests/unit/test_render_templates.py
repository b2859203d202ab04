"""Templates: the organisation's own come first, their mistakes are French values with a file and a line."""

from __future__ import annotations

import pytest

from grandlivre import render
from grandlivre.render.templates import css_string, shipped_templates
from render_samples import cash_count


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
    assert isinstance(problem, render.RenderProblem)
    assert (problem.path, problem.line) == ("templates/pv-caisse.html", line)
    assert says in problem.message
    assert str(tmp_path) not in str(problem)
    assert render.pdf(cash_count(), templates=tmp_path) == problem


def test_a_template_that_is_not_utf_8_is_a_value(tmp_path):
    (tmp_path / "pv-caisse.html").write_bytes("<p>Arrêté".encode("cp1252"))
    problem = render.html(cash_count(), templates=tmp_path)
    assert isinstance(problem, render.RenderProblem)
    assert problem.path == "templates/pv-caisse.html"
    assert "UTF-8" in problem.message


def test_the_shipped_templates_are_there():
    names = {path.name for path in shipped_templates().iterdir()}
    assert {"base.html", "rapport.html", "macros.html", "graphiques.html", "style.css", "README.md"} <= names


def test_a_text_in_the_style_cannot_leave_its_quotes():
    assert css_string('a"; } </style>') == '"a\\22 \\3b \\20 \\7d \\20 \\3c \\2f style\\3e "'
