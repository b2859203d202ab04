#!/bin/sh
# Ouvre les livres dans le navigateur. Les options sont celles de « grandlivre serve » : --port 5051, --lecture …
cd "$(dirname "$0")/.." || exit 2

dire() {
    printf '%s\n' "$1" >&2
    exit 2
}

python=.venv/bin/python
if [ ! -x "$python" ]; then
    command -v python3 >/dev/null 2>&1 ||
        dire "Python n'est pas installé. Installez Python 3.11 ou plus récent, puis lancez : python3 scripts/start.py"
    dire "L'environnement .venv est absent. Lancez d'abord : python3 scripts/start.py"
fi
[ -f ledger/main.beancount ] ||
    dire "Le fichier ledger/main.beancount est absent. Ce dossier n'est pas celui des livres."
# -P : rien ne s'exécute depuis le dossier des livres (un click.py déposé à côté d'eux, par exemple)
"$python" -P -c "import grandlivre" 2>/dev/null ||
    dire "Grand Livre n'est pas installé dans .venv. Lancez : python3 scripts/start.py"
exec "$python" -P -m grandlivre serve "$@"
