"""Whether the marked ledgers notice when a control changes: a mutant is one small change of `checks/`, killed when they do.

What only a `guard` runs is left alone: it makes no finding, and `tests/test_guards.py` holds it against the rules themselves.

Each mutant meets every marked ledger that runs its module. The ledgers are loaded once; a mutant judges them again in a fork of
its own (so: Linux or macOS). `tests/checks/mutants-equivalents.txt` names those that change nothing anybody can see, and why.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib
import os
import signal
import sys
import time
import types
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from beancount import loader

from _setup import ROOT, speak_utf8
from grandlivre import checks
from grandlivre.rules import OPTION, Rule

sys.path.insert(0, str(ROOT / "tests"))
from marks import LEDGERS, Mark, compare, expected, reread

FOLDER = ROOT / "plugins" / "grandlivre" / "checks"
EQUIVALENTS = ROOT / "tests" / "checks" / "mutants-equivalents.txt"
SECONDS = 20
"""A mutant that takes longer of the processor turns in circles, and is killed: no ledger takes a tenth of it."""
SMALL = 100
"""Up to which value a whole number is a small constant."""
_SWAPPED: Mapping[type[ast.AST], Callable[[], Any]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


class Mutant(NamedTuple):
    """One small change of one module."""

    module: str
    line: int
    where: str
    """The module, the class and the function."""
    change: str
    """The expression, an arrow, what becomes of it; with `where` it names the mutant when lines move."""
    code: types.CodeType

    @property
    def rank(self) -> str:
        """Its place in the order from which samples are taken."""
        return hashlib.sha256(f"{self.where} {self.change}".encode()).hexdigest()


class Call(NamedTuple):
    """What Beancount hands a plugin line of a marked ledger, and what must come of it."""

    plugin: str
    entries: list[Any]
    options: dict[str, Any]
    config: tuple[str, ...]
    marks: list[Mark]


def mutants(module: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    path = FOLDER / f"{module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found: list[Mutant] = []
    seen: Counter[tuple[str, str]] = Counter()
    guards = {inner for function in _of_guards(tree) for inner in ast.walk(function)}
    for node in list(ast.walk(tree)):
        for variant in () if node in guards or _annotates(node, parents) else _variants(node):
            shown = _shown(node, parents)
            before = _text(shown)
            with_it = ast.fix_missing_locations(ast.copy_location(variant, node))
            _put(parents[node], node, with_it)
            after = _text(with_it if shown is node else shown)
            code = compile(tree, str(path), "exec")
            _put(parents[node], with_it, node)
            where = ".".join([module, *_names(node, parents)])
            seen[where, f"{before} → {after}"] += 1
            again = seen[where, f"{before} → {after}"]
            change = f"{before} → {after}" + (f" ({again})" if again > 1 else "")
            found.append(Mutant(module, node.lineno, where, change, code))  # type: ignore[attr-defined]
    return sorted(found, key=lambda each: each.line)


def _of_guards(tree: ast.Module) -> set[ast.stmt]:
    """Each `guard`, and the private functions and constants that nothing but these name."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    within = {inner: function for function in functions for inner in ast.walk(function)}
    naming: dict[str, set[ast.stmt | None]] = {}
    for node in ast.walk(tree):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name and isinstance(node.ctx, ast.Load):  # type: ignore[attr-defined]
            naming.setdefault(name, set()).add(within.get(node))
    private: dict[ast.stmt, str] = {each: each.name for each in functions if each.name[0] == "_"}
    private |= {each: ast.unparse(each.targets[0]) for each in tree.body if isinstance(each, ast.Assign)}
    found: set[ast.stmt] = {function for function in functions if function.name == "guard"}
    while True:
        more = {each for each, name in private.items() if naming.get(name, {None}) <= found | {each}}
        if more <= found:
            return found
        found |= more


def _variants(node: ast.AST) -> list[ast.AST]:
    """What a node may become."""
    match node:
        case ast.Compare(left, ops, comparators):
            swaps = [[*ops[:n], _SWAPPED[type(op)](), *ops[n + 1 :]] for n, op in enumerate(ops)]
            return [ast.Compare(left, swap, comparators) for swap in swaps]
        case ast.BoolOp(op, values):
            return [ast.BoolOp(_SWAPPED[type(op)](), values)]
        case ast.UnaryOp(ast.Not(), operand):
            return [operand]
        case ast.Constant(bool(value)):
            return [ast.Constant(not value)]
        case ast.Constant(int(value)) if value <= SMALL:
            return [ast.Constant(value + 1), ast.Constant(value - 1)]
        case ast.Continue():
            return [ast.Pass(), ast.Break()]
    return []


def _put(parent: ast.AST, old: ast.AST, new: ast.AST) -> None:
    """Puts a node where another stands."""
    for name, value in ast.iter_fields(parent):
        if value is old:
            setattr(parent, name, new)
        elif isinstance(value, list):
            value[:] = [new if each is old else each for each in value]


def _annotates(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Whether a node is part of a type, which nothing runs, or the `strict` of a zip, which only asserts."""
    if isinstance(around := parents.get(node), ast.keyword) and around.arg == "strict":
        return True
    while (parent := parents.get(node)) is not None:
        if any(getattr(parent, name, None) is node for name in ("annotation", "returns")):
            return True
        node = parent
    return False


def _shown(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> ast.AST:
    """The part of the line that says what changes: of a constant or a `continue`, what stands around it."""
    while isinstance(node, ast.Constant | ast.Continue | ast.UnaryOp | ast.Slice | ast.Tuple):
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            break
        node = parents[node]
    return node


def _text(node: ast.AST) -> str:
    """A part of the code on one line; of a block with a `continue`, its head and its last statement."""
    if isinstance(node, ast.If | ast.For):
        head = node.test if isinstance(node, ast.If) else node.iter
        return f"{type(node).__name__.lower()} {_text(head)}: {_text(node.body[-1])}"
    return " ".join(ast.unparse(node).split())


def _names(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> list[str]:
    """The class and the function around a node."""
    names: list[str] = []
    while (node := parents.get(node, node)) in parents:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.insert(0, node.name)
    return names


def calls(ledger: Path) -> Iterator[Call]:
    """What Beancount hands the controls that a marked ledger runs."""
    heard: list[tuple[str, list[Any], dict[str, Any], tuple[str, ...]]] = []

    def listen(name: str) -> Callable[..., tuple[list[Any], list[Any]]]:
        def plugin(entries: list[Any], options: dict[str, Any], *config: str) -> tuple[list[Any], list[Any]]:
            heard.append((name, entries, options, config))
            return entries, []

        return plugin

    modules = [sys.modules[cls.__module__] for cls in checks.rule_classes()] + [checks]
    kept = [module.__plugins__ for module in modules]
    try:
        for module in modules:
            module.__plugins__ = (listen(module.__name__),)  # type: ignore[attr-defined]
        loader.load_file(str(ledger))
    finally:
        for module, plugins in zip(modules, kept, strict=True):
            module.__plugins__ = plugins  # type: ignore[attr-defined]
    for call in heard:
        yield Call(*call, expected(ledger))


def killed(mutant: Mutant | None, met: Sequence[Call]) -> bool:
    """Whether a mutant (None: the control as it is) says another thing than the marks, breaks, or turns in circles."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            if mutant is not None:
                _install(mutant)
            status = int(any(_differs(call) for call in met))
        finally:
            os._exit(status)
    return os.waitpid(pid, 0)[1] != 0


def _install(mutant: Mutant) -> None:
    name = f"{checks.__name__}.{mutant.module}"
    module = types.ModuleType(name)
    module.__file__ = str(FOLDER / f"{mutant.module}.py")
    sys.modules[name] = module
    exec(mutant.code, module.__dict__)
    checks.rule_classes.cache_clear()


def _differs(call: Call) -> bool:
    module = importlib.import_module(call.plugin)
    plugin = checks.check if module is checks else module.__plugins__[0]
    plugin(call.entries, call.options, *call.config)
    return bool(compare(call.marks, [*call.options[OPTION].findings, *reread(call.entries, call.options)]))


def equivalents() -> dict[tuple[str, str], str]:
    """The reason of each mutant that changes nothing: where, change, reason on three lines, then an empty one."""
    blocks = EQUIVALENTS.read_text(encoding="utf-8").split("\n\n") if EQUIVALENTS.exists() else []
    lines = [block.strip().splitlines() for block in blocks if not block.lstrip().startswith("#")]
    return {(where, change.strip()): reason.strip() for where, change, reason in filter(None, lines)}


def _chosen(rule: str | None, module: str | None) -> list[str]:
    """The modules asked for, all when none is."""
    by_id: dict[str, type[Rule]] = {cls.id: cls for cls in checks.rule_classes()}
    known = {cls.__module__.rpartition(".")[2]: id_ for id_, cls in by_id.items()}
    if rule and rule not in by_id:
        sys.exit(f"La règle « {rule} » est inconnue : {', '.join(sorted(by_id))}.")
    if module and module not in known:
        sys.exit(f"Le module « {module} » est inconnu : {', '.join(sorted(known))}.")
    return [name for name, id_ in sorted(known.items()) if rule in (None, id_) and module in (None, name)]


def main() -> int:
    """Status 0 when at least nine mutants in ten are killed or listed as equivalent."""
    speak_utf8()
    options = argparse.ArgumentParser(
        description="Change les contrôles un petit rien à la fois : les registres marqués le voient-ils ?"
    )
    options.add_argument("--regle", metavar="ID", help="les mutants de cette règle seulement")
    options.add_argument("--module", metavar="NOM", help="les mutants de ce module de checks/ seulement")
    options.add_argument("--combien", metavar="N", type=int, help="un échantillon de N mutants, toujours le même")
    chosen = options.parse_args()
    loader.initialize(use_cache=False)  # what it kept of a slow load was judged before, by other rules maybe
    began = time.monotonic()
    modules = _chosen(chosen.regle, chosen.module)
    ledgers = [call for ledger in LEDGERS for call in calls(ledger)]
    if killed(None, ledgers):
        sys.exit(
            "Les registres marqués ne passent pas avec les contrôles tels qu'ils sont : lancez tests/test_checks.py."
        )
    made = [mutant for module in modules for mutant in mutants(module)]
    sample = set(sorted(made, key=lambda each: each.rank)[: chosen.combien])
    excused = equivalents()
    total, dead, same = Counter[str](), Counter[str](), Counter[str]()
    for mutant in made:
        if mutant not in sample:
            continue
        total[mutant.module] += 1
        name = f"{checks.__name__}.{mutant.module}"
        if killed(mutant, [call for call in ledgers if call.plugin in (name, checks.__name__)]):
            dead[mutant.module] += 1
        elif (mutant.where, mutant.change) in excused:
            same[mutant.module] += 1
        else:
            print(f"survit : checks/{mutant.module}.py:{mutant.line} {mutant.where}\n  {mutant.change}", flush=True)
    for module in modules:
        print(f"{module:24} {total[module]:5} mutants {dead[module]:5} tués {same[module]:4} équivalents")
    for where, change in sorted(excused.keys() - {(mutant.where, mutant.change) for mutant in made}):
        if where.split(".")[0] in modules:
            print(f"équivalent sans objet : {where}\n  {change}")
    judged = total.total() - same.total()
    share = 100 * dead.total() / judged if judged else 100.0
    print(
        f"{dead.total()} tués sur {judged} ({share:.1f} %), {same.total()} équivalents ; {time.monotonic() - began:.0f} s"
    )
    return int(share < 90)


if __name__ == "__main__":
    sys.exit(main())
