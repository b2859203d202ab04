#!/bin/sh
# Contrôle les livres avant chaque enregistrement dans git, de n'importe quel éditeur, sous Linux, macOS et Windows ; dit ce qui change
# dans rules/ et refuse une clôture ou des pièces passées que l'enregistrement d'avant avait encore.
# Il est branché par : git config core.hooksPath .githooks (grandlivre init et scripts/start.py le font).
livres=$(dirname "$0")/..
git diff --cached --quiet -- "$livres/ledger" "$livres/rules" "$livres/templates" && exit 0

cd "$livres" || exit 1
export PYTHONUTF8=1
controler() {
    "$1" check || exit 1
    git rev-parse --quiet --verify HEAD >/dev/null || exit 0
    "$1" check --since HEAD --only periode-close --only serie-tronquee || exit 1
    exit 0
}
for programme in .venv/bin/grandlivre .venv/Scripts/grandlivre.exe; do
    [ -x "$programme" ] && controler "$programme"
done
command -v grandlivre >/dev/null 2>&1 && controler grandlivre

cat >&2 <<'FIN'
Rien n'est enregistré : les livres n'ont pas été contrôlés, car Grand Livre n'est pas installé sur ce poste.
Lancez une fois, dans le dossier des livres : python scripts/start.py (Windows : py scripts\start.py), puis recommencez.
FIN
exit 1
