"""The `allowed_signers` of OpenSSH, derived from the register of keys: never kept as a source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from grandlivre.policy.keys import KeyRegister
from grandlivre.proof.signature import NAMESPACE, WITNESS


def allowed_signers(register: KeyRegister) -> str:
    """One line a key: who, under which namespace, from when to when. What revocation undoes, OpenSSH cannot say here."""
    return "".join(f"{line}\n" for line in _lines(register))


def _lines(register: KeyRegister) -> Iterator[str]:
    for each in register.keys:
        span = f'valid-after="{each.start:%Y%m%d}"'
        if each.end is not None:
            span += f',valid-before="{each.end + timedelta(days=1):%Y%m%d}"'
        yield f'{each.person} namespaces="{NAMESPACE}",{span} {each.key.text}'
    for witness in register.witnesses:
        yield f'{witness.id} namespaces="{WITNESS}",valid-after="{witness.start:%Y%m%d}" {witness.key.text}'
