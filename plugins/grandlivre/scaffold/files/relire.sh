#!/bin/sh
# Relit un envoi, enregistrement par enregistrement, au jour réel : dit d'abord ce qui a changé dans rules/, et refuse une
# clôture (ou ses fichiers) changée ou retirée, même remise ensuite, et les dernières pièces d'une série disparues.
# Usage : sh scripts/relire.sh AVANT [BRANCHE]
# AVANT est ce que le serveur avait avant l'envoi ; pour une branche nouvelle (vide ou 0000…), ce qu'elle a de commun avec BRANCHE.
cd "$(dirname "$0")/.." || exit 2
avant=${1:-}
branche=${2:-origin/HEAD}
export PYTHONUTF8=1

case $avant in
    *[!0]*) git cat-file -e "$avant^{commit}" 2>/dev/null || git fetch --quiet origin "$avant" || true ;;
    *) avant=$(git merge-base HEAD "$branche") || avant=0000000000000000000000000000000000000000 ;;
esac
for programme in .venv/bin/grandlivre .venv/Scripts/grandlivre.exe; do
    [ -x "$programme" ] || continue
    exec "$programme" check --since "$avant" --un-par-un --today "${GRANDLIVRE_AUJOURDHUI:-$(date +%F)}"
done
exec grandlivre check --since "$avant" --un-par-un --today "${GRANDLIVRE_AUJOURDHUI:-$(date +%F)}"
