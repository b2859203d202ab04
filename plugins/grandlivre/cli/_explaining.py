"""`grandlivre report … --expliquer REF`: the entries behind a line of a statement."""

from __future__ import annotations

import json

import click

from grandlivre.i18n import amount, counted, day
from grandlivre.inspection import Inspection
from grandlivre.policy.periods import Period
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.sources.problem import RefusedError


def explain(inspection: Inspection, name: str, period: Period, tree: str, ref: str, *, as_json: bool) -> None:
    """Prints what a line of a model is made of; raises `RefusedError` for a model without REF, or an unknown one."""
    model = models()[name]
    if model.explain is None:
        known = ", ".join(sorted(each.name for each in models().values() if each.explain is not None))
        raise RefusedError(f"Le modèle {name} n'a pas de ligne à REF : --expliquer va avec {known}.")
    at_end = inspection.at(min(period.end, inspection.books.today))
    found = model.explain(Context(at_end.books, Scope(tree), period), ref)
    total = sum(each.amount for each in found)
    rows = [
        {
            "file": inspection.relative(each.place.file),
            "line": each.place.line,
            "date": each.entry.date.isoformat(),
            "voucher": each.entry.piece,
            "account": each.movement.account.name,
            "amount": each.amount,
        }
        for each in found
    ]
    if as_json:
        said = {"model": name, "ref": ref, "scope": tree, "period": period.code, "amount": total, "rows": rows}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return
    for each, row in zip(found, rows, strict=True):
        click.echo(
            f"{day(each.entry.date)}  {each.entry.piece or '—':<24} {each.movement.account.name:<52} "
            f"{amount(each.amount):>18}  {row['file']}:{row['line']}"
        )
    click.echo(
        f"{name}, ligne {ref} ({period.label}) : {amount(total)}, {counted(len(found), 'mouvement', none='aucun')}."
    )
