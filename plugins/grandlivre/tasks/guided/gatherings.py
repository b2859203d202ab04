"""What is not money: a meeting with what it decided, an activity with who came and what it reached."""

from __future__ import annotations

from datetime import date

from grandlivre.books.directives.governance import BODIES, STAGES
from grandlivre.i18n import did_you_mean
from grandlivre.policy.donors import OWN_TREE
from grandlivre.tasks.entries import Value, quoted
from grandlivre.tasks.guided import known
from grandlivre.tasks.guided.making import Maker
from grandlivre.tasks.guided.text import told

_PEOPLE = ("presents", "mandate")
_COUNTS = ("femmes", "hommes", "nouveaux-femmes", "nouveaux-hommes")


def meeting(m: Maker) -> None:
    """`rencontre`: who met, what was adopted, what was decided, who does it and by when."""
    form, day = m.form, m.day()
    body = form.choice("organe", BODIES, needed="dites l'organe : equipe, direction, bureau, ag.")
    subject = form.text("objet", needed="dites l'objet de la réunion.")
    programme = form.text("programme")
    words: dict[str, Value] = {"programme": programme} if programme else {}
    words |= _counted(m, _COUNTS[:2])
    for name in _PEOPLE:
        if people := form.words(name):
            words[name] = " ".join(known.person_called(m.books, each)[0] or each for each in people)
    if adopted := form.words("adopte"):
        words["adopte"] = " ".join(adopted)
    words |= _decisions(m)
    tree = _tree(m, programme)
    if day is None or not tree or not body:
        return
    m.custom(tree, day, "rencontre", (quoted(body), quoted(subject)),
             {**words, **m.papers(tree, day, f"rencontre-{body}-{day:%d}")})  # fmt: skip


def activity(m: Maker) -> None:
    """`activite`: what a programme did, with whom, and what its indicators gained."""
    form, tree, day = m.form, m.tree(), m.day()
    code = form.text("code", needed="dites le code de l'activité, par exemple A1.2.")
    label = form.text("intitule") or _planned(m, tree, code)
    words: dict[str, Value] = {"etape": form.choice("etape", STAGES) or "execution"}
    end, place = form.day("fin"), form.text("lieu")
    words |= told({"fin": end, "lieu": place}) | _counted(m, _COUNTS)
    words |= {name: form.text(name) for name in form.numbered("indicateur")}
    words |= told({name: form.number(name) for name in form.numbered("valeur")})
    if not tree or day is None:
        return
    m.custom(tree, day, "activite", (quoted(tree), quoted(code), quoted(label)),
             {**words, **m.papers(tree, end or day, f"activite-{code}-{day:%d}")})  # fmt: skip


def _planned(m: Maker, tree: str, code: str) -> str:
    """What a programme calls an activity; asks for it where none knows it."""
    planned = [each for one in m.books.policy.programmes if one.donor == tree for each in one.activities]
    label = next((each.label for each in planned if each.code == code), "")
    if code and not label:
        hint = did_you_mean(code, [each.code for each in planned])
        m.form.say("intitule", f"aucun programme ne connaît l'activité {code} : dites son intitulé.{hint}")
    return label


def _counted(m: Maker, names: tuple[str, ...]) -> dict[str, Value]:
    return {name: number for name in names if (number := m.form.count(name)) is not None}


def _decisions(m: Maker) -> dict[str, Value]:
    """The decisions, key by key, as the form numbers them."""
    words: dict[str, Value] = {}
    for name in m.form.numbered("decision"):
        value: Value | date | None = m.form.day(name) if name.endswith(("-echeance", "-faite")) else m.form.text(name)
        if name.endswith("-responsable") and isinstance(value, str):
            value = known.person_called(m.books, value)[0] or value
        if value:
            words[name] = value
    return dict(sorted(words.items()))


def _tree(m: Maker, programme: str) -> str:
    """Where a meeting is written: with its programme's tree, else with the organisation's own."""
    named = m.form.text("bailleur") or programme
    found = {tree.casefold(): tree for tree in m.books.trees}
    if named:
        if named.casefold() not in found:
            where = "bailleur" if "bailleur" in m.form else "programme"
            m.form.say(where, f"« {named} » n'est pas un projet : {', '.join(m.books.trees)}.")
            return ""
        return found[named.casefold()]
    return OWN_TREE if OWN_TREE in m.books.trees else m.books.trees[0]
