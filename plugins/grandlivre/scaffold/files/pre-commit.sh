#!/bin/sh
# Contrôle les livres avant chaque enregistrement dans git, de n'importe quel éditeur, sous Linux, macOS et Windows.
# Il est branché par : git config core.hooksPath .githooks (grandlivre init et scripts/start.py le font).
livres=$(dirname "$0")/..
git diff --cached --quiet -- "$livres/ledger" "$livres/rules" "$livres/templates" && exit 0

cd "$livres" || exit 1
export PYTHONUTF8=1
for programme in .venv/bin/grandlivre .venv/Scripts/grandlivre.exe; do
    [ -x "$programme" ] && exec "$programme" check
done
command -v grandlivre >/dev/null 2>&1 && exec grandlivre check

cat >&2 <<'FIN'
Rien n'est enregistré : les livres n'ont pas été contrôlés, car Grand Livre n'est pas installé sur ce poste.
Lancez une fois, dans le dossier des livres : python scripts/start.py (Windows : py scripts\start.py), puis recommencez.
FIN
exit 1
