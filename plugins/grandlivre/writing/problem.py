"""What stops a writing command, said in French to the person who typed it."""

import errno

NOTHING_CHANGED = "Rien n'a été modifié"

_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
_REFUSED = {errno.EACCES, errno.EPERM, errno.ETXTBSY} if hasattr(errno, "ETXTBSY") else {errno.EACCES, errno.EPERM}


class WriteError(Exception):
    """A change that could not be made; the books are as they were unless the sentence says otherwise."""

    def __init__(self, message: str, path: str | None = None, line: int | None = None) -> None:
        super().__init__(message, path, line)
        self.message = message
        """One French line: what happened, then what to do."""
        self.path = path
        """The file, relative to the folder of the books, with `/`."""
        self.line = line
        """Counted from 1."""

    def __str__(self) -> str:
        place = [self.path] if self.path else []
        if self.line:
            place.append(str(self.line))
        return f"{':'.join(place)}: {self.message}" if place else self.message


class Locked(WriteError):  # noqa: N818 - a state of the books, said as such
    """Another command is writing in these books."""


def because(error: OSError, path: str | None, state: str = NOTHING_CHANGED) -> WriteError:
    """The system's refusal to write `path` as a sentence; `state` says how the books were left."""
    if error.errno in _FULL:
        return WriteError(f"le disque est plein. {state} ; libérez de la place puis relancez la commande.", path)
    if error.errno == errno.EROFS:
        return WriteError(f"ce disque est en lecture seule. {state} ; rendez-le inscriptible puis relancez.", path)
    if error.errno in _REFUSED:
        return WriteError(
            f"écriture refusée : le fichier ou son dossier est en lecture seule, ou ouvert dans un autre programme. "
            f"{state} ; fermez ce programme ou demandez le droit d'écrire, puis relancez la commande.",
            path,
        )
    name = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return WriteError(f"écriture impossible (erreur système {name}). {state} ; vérifiez le disque puis relancez.", path)
