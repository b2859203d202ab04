"""The page « Connexion »: one small page that asks for a name and a password, without any script."""

from __future__ import annotations

import html

FAILED = "Nom ou mot de passe incorrect."
EXPIRED = "Cette page n'était plus à jour. Recommencez."
LEFT = "Vous êtes déconnecté."

_PAGE = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Connexion – Grand Livre</title>
<style>
:root{{--fond:#fff;--texte:#1c1c1c;--doux:#55595f;--trait:#767b83;--lien:#004b87;--mal:#a3150b;--malfond:#fdecea}}
@media (prefers-color-scheme:dark){{:root{{--fond:#1b1d21;--texte:#eceff3;--doux:#b3bac4;--trait:#8b929c;--lien:#8ec5ff;
--mal:#ffb4ab;--malfond:#3c1512}}}}
*{{box-sizing:border-box}}
body{{margin:0;background:var(--fond);color:var(--texte);font:1.0625rem/1.5 system-ui,sans-serif}}
main{{max-width:24rem;margin:0 auto;padding:12vh 1.25rem 2rem}}
h1{{margin:0 0 .25rem;font-size:1.5rem}}
p{{margin:0 0 1.25rem}}
.doux{{color:var(--doux)}}
.mal{{padding:.75rem 1rem;border-left:.25rem solid var(--mal);background:var(--malfond);color:var(--mal)}}
label{{display:block;margin:0 0 1rem;font-weight:600}}
input{{display:block;width:100%;min-height:2.75rem;margin-top:.25rem;padding:.5rem .75rem;border:1px solid var(--trait);
border-radius:.375rem;background:var(--fond);color:var(--texte);font:inherit}}
button{{width:100%;min-height:2.75rem;border:0;border-radius:.375rem;background:var(--lien);color:var(--fond);
font:inherit;font-weight:600;cursor:pointer}}
:focus-visible{{outline:3px solid var(--lien);outline-offset:2px}}
</style>
</head>
<body>
<main>
<h1>Grand Livre</h1>
<p class="doux">Connectez-vous pour ouvrir les livres.</p>
{said}<form method="post" action="/connexion">
<label>Nom<input name="nom" value="{name}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required{focus_name}></label>
<label>Mot de passe<input name="mot-de-passe" type="password" autocomplete="current-password" maxlength="1000" required{focus_password}></label>
<input type="hidden" name="jeton" value="{token}">
<input type="hidden" name="suite" value="{then}">
<button>Se connecter</button>
</form>
</main>
</body>
</html>
"""


def page(token: str, then: str = "/", name: str = "", bad: str = "", good: str = "") -> bytes:
    """The page; `bad` says why nobody was let in, `good` what went well."""
    said = f'<p class="mal" role="alert">{html.escape(bad, quote=False)}</p>\n' if bad else ""
    said += f'<p role="status">{html.escape(good, quote=False)}</p>\n' if good else ""
    focus = " autofocus"
    return _PAGE.format(
        said=said,
        name=html.escape(name),
        token=html.escape(token),
        then=html.escape(then),
        focus_name="" if name else focus,
        focus_password=focus if name else "",
    ).encode()
