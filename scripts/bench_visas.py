"""What visas cost: signs every payment of made books, then times `verify` a visa and `check` with and without them.

`bench.py --visas` runs it on made books, whose folder it changes. The keys come from a fixed seed: they prove nothing.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import statistics
import sys
import time
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from grandlivre.books.index import Books
from grandlivre.books.memory import Memory
from grandlivre.books.records import Entry
from grandlivre.books.signed import signables
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.ssh_keys import ED25519, PublicKey, read_blob, wired
from grandlivre.proof.signature import NAMESPACE, armoured, signature_blob
from grandlivre.proof.store import personal_path
from grandlivre.proof.verifying import signed_bytes
from grandlivre.proof.visa import NONE, Signed, Visa, digest_of
from grandlivre.rules.proofs import Proofs
from grandlivre.tasks.signing import roles

TODAY = date(2030, 1, 1)
IDENTITY = "0" * 31 + "1"
ROUNDS = 5


class Signer:
    """A person's key, made again from the name."""

    def __init__(self, person: str) -> None:
        self.secret = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"banc : {person}".encode()).digest())
        point = self.secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key: PublicKey = read_blob(wired(ED25519.encode(), point))
        self.last, self.day, self.rank = NONE, date.min, 0

    def sign(self, text: bytes) -> bytes:
        made = self.secret.sign(signed_bytes(text, NAMESPACE, "sha512"))
        return armoured(signature_blob(self.key, NAMESPACE, "sha512", ED25519, wired(made)))


def prepare(root: Path) -> None:
    """An identity, the keys, a rule that asks for visas, and something sealed so that `check` remembers."""
    organisation = root / "rules" / "organisation.yaml"
    text = re.sub(r"(?m)^livres:.*\n", "", organisation.read_text(encoding="utf-8"))
    organisation.write_text(f"livres: {IDENTITY}\n{text}", encoding="utf-8")
    (root / "ledger" / "documents").mkdir(exist_ok=True)
    (root / "ledger" / "documents" / "MANIFESTE-banc.tsv").touch()


def sign_all(root: Path, books: Books) -> tuple[int, int]:
    """A visa a person, tree and month; how many vouchers were signed, and how many visas say so."""
    groups: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in books.entries:
        for who in sorted(roles(entry) & books.policy.people.keys()):
            groups.setdefault((entry.date.strftime("%Y-%m"), who, entry.tree), []).append(entry)
    people = {who: Signer(who) for _, who, _ in groups}
    rows = [f'  - {{personne: {who}, cle: "{each.key.text}", du: 2000-01-01}}\n' for who, each in people.items()]
    (root / "rules" / "cles.yaml").write_text("cles:\n" + "".join(rows), encoding="utf-8")
    for (_, who, tree), entries in sorted(groups.items()):
        own = people[who]
        day = max(own.day, *(entry.date for entry in entries))
        own.rank = own.rank + 1 if day == own.day else 1
        body = tuple(sorted({Signed(signables(books).entry(entry).digest, entry.piece) for entry in entries}))
        visa = Visa(IDENTITY, "ecritures", day, own.last, body, tree, who, own.key.fingerprint)
        path = root / "ledger" / "visas" / personal_path("ecritures", day, who, own.rank)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(visa.content)
        path.with_name(f"{path.name}.{who}.sig").write_bytes(own.sign(visa.content))
        own.day, own.last = day, digest_of(visa.content)
    return sum(map(len, groups.values())), len(groups)


def check(main: Path) -> tuple[float, Inspection]:
    """The processor's time of a check that remembers."""
    start = time.process_time()
    memory = Memory.of(main.parent.parent)
    found = inspect(main, TODAY, memory)
    if memory is not None:
        memory.save()
    return time.process_time() - start, found


def main(ledger: Path) -> None:
    """Prints two sentences."""
    root = ledger.parent.parent
    prepare(root)
    controls = root / "rules" / "controles.yaml"
    plain = controls.read_text(encoding="utf-8")
    asking = re.sub(
        r"(?m)^double-signature:.*$", "double-signature: {preuve: [{depuis: 2000-01-01, valeur: visa}]}", plain
    )
    vouchers, visas = sign_all(root, inspect(ledger, TODAY).books)
    controls.write_text(asking, encoding="utf-8")
    time.sleep(4)  # `check` remembers nothing of a file that has just changed
    signed = [check(ledger) for _ in range(ROUNDS + 1)][1:]
    wrong = [each.message for each in signed[-1][1].findings if each.rule in ("visa", "double-signature")]
    if wrong:
        sys.exit(f"the signed books are not as they should be: {wrong[0]}")
    books = signed[-1][1].books
    judged = []
    for _ in range(ROUNDS):
        start = time.process_time()
        assert Proofs(books).problems == ()
        judged.append(time.process_time() - start)
    shutil.rmtree(root / "ledger" / "visas")
    controls.write_text(plain, encoding="utf-8")
    time.sleep(4)
    bare = [check(ledger) for _ in range(ROUNDS + 1)][1:]
    ratio = statistics.median(each for each, _ in signed) / statistics.median(each for each, _ in bare)
    print(
        f"Vérifier un visa (ed25519) : {min(judged) / visas * 1000:.2f} ms ({visas} visas, {vouchers} signatures de pièces)."
    )
    print(f"Contrôler les livres signés, empreintes retenues, sur les mêmes sans visa : {ratio:.2f} (processeur).")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
