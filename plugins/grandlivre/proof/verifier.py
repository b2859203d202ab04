"""Vérifie un dossier d'audit sans Grand Livre : Python et ssh-keygen suffisent. Usage : python verifier.py [DOSSIER]

Ce qui est prouvé : chaque élément d'elements.jsonl entre dans l'empreinte de son projet, les empreintes des projets dans la
racine de leur clôture, chaque racine dans le visa de la clôture quand elle est signée ; les pièces de l'échantillon ont les
octets que les éléments disent ; chaque visa a été signé par la clé que cles/allowed_signers donne à sa personne ; l'échantillon
est celui que la graine tire. Ce qui ne l'est pas : que les clés soient bien celles des personnes (demandez-leur l'empreinte), et
que ces racines soient celles notées à l'époque : comparez-les au registre du Bureau ou au pied d'un rapport reçu.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


def sha256(data: bytes) -> str:
    """« sha256:… » of some bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def encoded(value: Any) -> bytes:
    """JSON without spaces, keys sorted, non-ASCII as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def lines(path: Path) -> list[str]:
    """The lines of a text file; none where there is no file."""
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


# --- closings --------------------------------------------------------------------------------------------------------


def tree_digest(texts: Iterable[str]) -> str:
    """The digest of a tree over its items."""
    own = sorted(hashlib.sha256(text.encode()).hexdigest() for text in texts)
    return sha256("".join(f"{digest}\n" for digest in own).encode())


def root_digest(closing: Row) -> str:
    """The root of a closing over what it says that it seals."""
    pairs = sorted([tree, digest] for tree, digest in closing["arbres"].items())
    if closing["version"] == 1:
        return sha256(encoded([1, closing["periode"], closing["precedente"], pairs]))
    digests = [closing[key] for key in ("manifeste", "regles", "visas", "visa-regles")]
    reserves, series = sorted(closing["reserves"]), sorted(closing["series"])
    said = [
        closing["version"],
        closing["livres"],
        closing["periode"],
        closing["precedente"],
        pairs,
        *digests,
        reserves,
        series,
    ]
    return sha256(encoded(said))


def check_closings(closings: list[Row], elements: list[Row], trees: list[str]) -> Iterator[str]:
    """What is wrong with the items, the trees' digests, the roots and their chain."""
    previous: str | None = None
    for closing in closings:
        period = closing["periode"]
        if root_digest(closing) != closing["racine"]:
            yield f"clôture {period} : sa racine n'est pas celle de ce qu'elle dit sceller"
        if previous is not None and closing["precedente"] != previous:
            yield f"clôture {period} : elle ne suit pas la racine de la clôture d'avant"
        previous = closing["racine"]
        for tree, digest in closing["arbres"].items():
            if trees and tree not in trees:
                continue
            own = [each["element"] for each in elements if each["periode"] == period and tree in each["arbres"]]
            if tree_digest(own) != digest:
                yield f"clôture {period}, projet {tree} : ses {len(own)} éléments ne font pas l'empreinte scellée"


def check_documents(folder: Path, sample: list[Row]) -> Iterator[str]:
    """What is wrong with the documents of the sample."""
    for row in sample:
        for path, digest in json.loads(row["element"])[9]:
            file = folder / "pieces" / path
            if not file.is_file():
                yield f"{row['piece']} : la pièce {path} manque dans pieces/"
            elif hashlib.sha256(file.read_bytes()).hexdigest() != digest:
                yield f"{row['piece']} : la pièce {path} n'a pas le contenu que l'élément dit"


# --- visas -----------------------------------------------------------------------------------------------------------


def header(text: str, name: str) -> str:
    """What a line of a visa says."""
    return next((line.partition(" ")[2] for line in text.splitlines() if line.startswith(f"{name} ")), "")


def body(text: str) -> dict[str, str]:
    """The digest of each thing that a visa lists, by its name."""
    rows = [line.split(" ", 1) for line in text.splitlines() if line.startswith("sha256:")]
    return {row[1]: row[0] for row in rows}


def verified(folder: Path, visa: Path, signature: Path, who: str, namespace: str = "grandlivre") -> bool:
    """Whether OpenSSH takes a signature, on the visa's own day."""
    day = header(visa.read_text(encoding="utf-8"), "date").replace("-", "")
    words = ["ssh-keygen", "-Y", "verify", "-f", str(folder / "cles/allowed_signers"), "-I", who, "-n", namespace]
    words += ["-s", str(signature), "-O", f"verify-time={day}120000"]
    done = subprocess.run(words, input=visa.read_bytes(), capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0


def check_visas(folder: Path, closings: list[Row], sample: list[Row], told: list[str]) -> Iterator[str]:
    """What is wrong with the visas; what they prove joins `told`."""
    visas = sorted((folder / "visas").rglob("*.visa")) if (folder / "visas").is_dir() else []
    if visas and shutil.which("ssh-keygen") is None:
        yield "ssh-keygen n'est pas installé : les visas n'ont pas été vérifiés"
        return
    signed: dict[tuple[str, str], str] = {}
    roots = {closing["periode"]: closing["racine"] for closing in closings}
    for visa in visas:
        yield from check_visa(folder, visa, signed, told)
        yield from check_root(folder, visa, roots)
    yield from check_sample(sample, signed, told)


def check_visa(folder: Path, visa: Path, signed: dict[tuple[str, str], str], told: list[str]) -> Iterator[str]:
    """What is wrong with the signatures of one visa; what they sign joins `signed` and `told`."""
    text = visa.read_text(encoding="utf-8")
    for signature in sorted(visa.parent.glob(f"{visa.name}.*.sig")):
        who = signature.name.removeprefix(f"{visa.name}.").removesuffix(".sig")
        if not any(verified(folder, visa, signature, who, name) for name in ("grandlivre", "grandlivre-temoin")):
            yield f"{visa.relative_to(folder).as_posix()} : la signature de {who} ne vaut rien"
        elif header(text, "nature") == "ecritures":
            signed.update(((who, piece), digest) for piece, digest in body(text).items())
        elif header(text, "nature") == "cloture":
            told.append(f"clôture {header(text, 'periode')} signée par {who}")


def check_root(folder: Path, visa: Path, roots: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the root that the visa of a closing says."""
    text = visa.read_text(encoding="utf-8")
    root = body(text).get("racine")
    if header(text, "nature") == "cloture" and roots.get(header(text, "periode"), root) != root:
        yield f"{visa.relative_to(folder).as_posix()} : elle signe une autre racine que celle de ce dossier"


def check_sample(sample: list[Row], signed: Mapping[tuple[str, str], str], told: list[str]) -> Iterator[str]:
    """What people signed of the sample and that is not what it shows; what is proved joins `told`."""
    for row in sample:
        for who in row["signataires"]:
            if signed.get((who, row["piece"])) == sha256(row["signe"].encode()):
                told.append(f"{row['piece']} signée par {who}")
            elif (who, row["piece"]) in signed:
                yield f"{row['piece']} : ce que {who} a signé n'est pas ce que ce dossier montre"


# --- the draw --------------------------------------------------------------------------------------------------------


def draw(root: str, seed: str, number: int) -> int:
    """The i-th number that a root and a seed give."""
    return int.from_bytes(hashlib.sha256(f"{root}{seed}{number}".encode()).digest(), "big")


def chosen(amounts: list[int], root: str, seed: str, count: int, method: str) -> list[int]:
    """The ranks of the payments drawn, in their order."""
    if not amounts:
        return []
    if method == "aleatoire":
        found: list[int] = []
        number = 0
        while len(found) < min(count, len(amounts)):
            rank = draw(root, seed, number) % len(amounts)
            found += [] if rank in found else [rank]
            number += 1
        return sorted(found)
    interval = max(sum(amounts) // count, 1)
    point, reached, ranks = draw(root, seed, 0) % interval, 0, []
    for rank, amount in enumerate(amounts):
        reached += amount
        if point < reached:
            ranks.append(rank)
            point += ((reached - 1 - point) // interval + 1) * interval
    return ranks


def check_draw(pack: Row, population: list[Row], sample: list[Row]) -> Iterator[str]:
    """Whether the sample is the one that the seed draws."""
    amounts = [row["montant"] for row in population]
    ranks = chosen(amounts, pack["racine"], pack["graine"], pack["echantillon"], pack["methode"])
    if [population[rank]["piece"] for rank in ranks] != [row["piece"] for row in sample]:
        yield "l'échantillon n'est pas celui que la graine tire"


# --- all -------------------------------------------------------------------------------------------------------------


def check(folder: Path) -> tuple[list[str], list[str]]:
    """What is false in a folder, and what is proved."""
    pack = json.loads((folder / "dossier.json").read_text(encoding="utf-8"))
    elements = [json.loads(line) for line in lines(folder / "elements.jsonl")]
    sample = [json.loads(line) for line in lines(folder / "echantillon.jsonl")]
    population = [json.loads(line) for line in lines(folder / "population.jsonl")]
    told: list[str] = []
    false = [
        *check_closings(pack["clotures"], elements, pack["arbres"]),
        *check_documents(folder, sample),
        *check_visas(folder, pack["clotures"], sample, told),
        *check_draw(pack, population, sample),
    ]
    texts = {each["element"] for each in elements}
    closed = [row["piece"] for row in sample if row["element"] in texts]
    opened = [row["piece"] for row in sample if row["element"] not in texts]
    told.append(f"{len(closed)} pièces de l'échantillon sont dans une période close de ce dossier")
    if opened:
        told.append(f"{len(opened)} ne sont dans aucune clôture de ce dossier : {', '.join(opened)}")
    return false, told


def main() -> int:
    """0 when nothing is false, 1 otherwise, 2 when the folder is none."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent).resolve()
    if folder.is_file() and folder.suffix == ".zip":
        with tempfile.TemporaryDirectory() as place:
            shutil.unpack_archive(folder, place)
            return _say(Path(place))
    if not (folder / "dossier.json").is_file():
        print(f"{folder} n'est pas un dossier d'audit : dossier.json manque.")  # noqa: T201
        return 2
    return _say(folder)


def _say(folder: Path) -> int:
    false, told = check(folder)
    pack = json.loads((folder / "dossier.json").read_text(encoding="utf-8"))
    print(f"{pack['organisation']}, {pack['periode']} : {len(pack['clotures'])} clôtures")  # noqa: T201
    for closing in pack["clotures"]:
        print(f"  {closing['periode']} racine {closing['racine']}")  # noqa: T201
    for each in told:
        print(f"  {each}")  # noqa: T201
    for each in false:
        print(f"FAUX : {each}")  # noqa: T201
    print("FAUX." if false else "Tout concorde. Comparez les racines à celles notées hors des livres.")  # noqa: T201
    return 1 if false else 0


if __name__ == "__main__":
    sys.exit(main())
