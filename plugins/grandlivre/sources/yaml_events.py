"""From the events of the YAML library to the tree of a file; every mistake is a French sentence on its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from grandlivre.sources.problem import Problem
from grandlivre.sources.scripts import mixed_words
from grandlivre.sources.yaml import Block, Listing, Node, Scalar

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_DEEPEST = 40

_SYNTAX = (
    ("tab character that violates", "une tabulation en début de ligne : indentez avec des espaces"),
    ("cannot start any token", "un caractère interdit ici (souvent une tabulation : indentez avec des espaces)"),
    ("could not find expected ':'", "il manque un deux-points « : » après une clé"),
    ("mapping values are not allowed", "un deux-points de trop : mettez le texte entre guillemets"),
    ("did not find expected ',' or", "une accolade ou un crochet n'est pas refermé, ou une virgule manque"),
    ("did not find expected key", "l'indentation ne correspond pas aux lignes voisines"),
    ("did not find expected '-'", "l'indentation de la liste ne correspond pas aux lignes voisines"),
    ("did not find expected node", "une valeur manque"),
    ("unexpected end of stream", "un guillemet n'est pas refermé"),
    ("control characters are not allowed", "un caractère de contrôle invisible"),
    ("special characters are not allowed", "un caractère de contrôle invisible"),
    ("undefined alias", "une référence « * » est interdite"),
    ("block sequence entries are not allowed", "un tiret de liste mal placé"),
    ("unknown escape character", "une barre oblique inverse dans un texte entre guillemets : doublez-la"),
)


def _syntax_problem(path: Path, error: yaml.YAMLError, text: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    words = str(getattr(error, "problem", "") or getattr(error, "reason", "") or error)
    line = mark.line + 1 if mark is not None else 1
    position = getattr(error, "position", None)
    if mark is None and isinstance(position, int):
        line = text.count("\n", 0, position) + 1
    line = min(line, max(1, text.count("\n") + (not text.endswith("\n"))))
    said = next((french for english, french in _SYNTAX if english in words), "la ligne ne se lit pas")
    return Problem(
        path, line, f"Syntaxe YAML : {said}. Corrigez cette ligne ou la précédente ; le reste du fichier n'est pas lu."
    )


def tree(path: Path, text: str, problems: list[Problem]) -> Node | None:
    """The tree of a text, or None when it cannot be read."""
    try:
        return _Builder(path, text.split("\n"), problems).build(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        problems.append(_syntax_problem(path, error, text))
        return None


_ENDS = (yaml.SequenceEndEvent, yaml.MappingEndEvent)
_BEGINNINGS = (yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent, yaml.AliasEvent)
_CUT = re.compile(r"[ \t]+#\w")


class _Builder:
    """Turns the parser's events into a tree without recursion."""

    def __init__(self, path: Path, lines: list[str], problems: list[Problem]) -> None:
        self.path = path
        self.lines = lines
        self.problems = problems
        self.may_be_cut = any("#" in line and _CUT.search(line) for line in lines)

    def _say(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.path, line, message))

    def build(self, events: Iterator[Any]) -> Node | None:
        stack: list[tuple[Listing | Block, list[Any]]] = []  # a mapping's second part is [pending key, its line]
        root: Node | None = None
        documents = 0
        for event in events:
            kind = type(event)
            if kind in _ENDS:
                stack.pop()
                continue
            line = event.start_mark.line + 1 if event.start_mark else 1
            if kind is yaml.DocumentStartEvent:
                documents += 1
                if documents == 2:
                    self._say(line, "Un seul document par fichier : supprimez la ligne « --- » et ce qui la suit.")
            node = self._node(kind, event, line)
            if node is None:
                continue
            if stack:
                self._attach(stack, node)
            elif documents == 1:
                root = node
            if not isinstance(node, Scalar):
                stack.append((node, [None, 0]))
                if len(stack) > _DEEPEST:
                    self._say(line, f"Plus de {_DEEPEST} niveaux imbriqués : simplifiez ce fichier.")
                    return None
        return root

    def _node(self, kind: type, event: Any, line: int) -> Node | None:
        """What an event begins; nothing for those that begin or end a file."""
        if kind not in _BEGINNINGS:
            return None
        if event.anchor:
            self._say(line, "Les ancres et références YAML (« & », « * ») sont interdites : recopiez la valeur.")
        if kind is yaml.AliasEvent:
            return Scalar("", line)
        if event.tag:
            self._refuse_tag(event, line)
        if kind is yaml.SequenceStartEvent:
            return Listing([], line)
        if kind is yaml.MappingStartEvent:
            return Block({}, line)
        if not event.value.isascii():
            self._refuse_mixed(event, line)
        if event.style:
            return Scalar(event.value, line, True)
        if self.may_be_cut:
            self._refuse_cut(event, line)
        return Scalar(event.value.strip() if event.style is None else event.value, line)

    def _refuse_tag(self, event: Any, line: int) -> None:
        if event.tag != "!":
            self._say(line, f"L'étiquette YAML « {event.tag} » est interdite : écrivez la valeur seule.")

    def _refuse_cut(self, event: Any, line: int) -> None:
        """« Projet #3 eau » is « Projet » for YAML: a comment has a space after its sign, a text has quotes."""
        end = event.end_mark
        if not event.value or end.line >= len(self.lines):
            return
        if _CUT.match(self.lines[end.line], end.column):
            self._say(
                line,
                f"« {event.value[:40]} » s'arrête au signe « # », qui ouvre un commentaire : mettez tout le texte entre "
                "guillemets, ou une espace après « # » si c'est un commentaire.",
            )

    def _refuse_mixed(self, event: Any, line: int) -> None:
        """A name that only looks like another would never be found again."""
        mixed = next(mixed_words(event.value), None)
        if mixed:
            instead = f" : « {mixed.mended} »" if mixed.mended else ""
            self._say(
                line,
                f"Le mot « {mixed.word[:40]} » cache une lettre d'une autre écriture, « {mixed.letter} » "
                f"(U+{ord(mixed.letter):04X}), parmi des lettres latines : retapez-le au clavier{instead}.",
            )

    def _attach(self, stack: list[tuple[Listing | Block, list[Any]]], node: Node) -> None:
        parent, pending = stack[-1]
        if isinstance(parent, Listing):
            parent.items.append(node)
            return
        if pending[0] is None:
            if isinstance(node, Scalar):
                pending[:] = [node.text, node.line]
            else:
                self._say(node.line, "Une clé doit être un mot, pas une liste ni un bloc.")
                pending[:] = [f"?{node.line}", node.line]
            return
        key, line = pending
        pending[:] = [None, 0]
        empty = isinstance(node, Scalar) and not node.text and not node.quoted
        if empty and parent.items and re.fullmatch(r"\d+\s*%?", key):
            before = next(reversed(parent.items))
            cut = parent.items[before]
            if isinstance(cut, Scalar):
                cut.text = f"{cut.text},{key}"  # what was meant, so that one mistake is one sentence
            self._say(
                line,
                f"La virgule coupe la valeur de « {before} » en deux : écrivez-la entre guillemets "
                f'(par exemple {before}: "…,{key}").',
            )
            return
        if key in parent.items:
            self._say(line, f"La clé « {key} » est écrite deux fois (déjà ligne {parent.lines[key]}) : gardez-en une.")
            return
        parent.items[key] = node
        parent.lines[key] = line
