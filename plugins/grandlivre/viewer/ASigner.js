// Signs with a passkey: the server makes the text and the question, the browser answers, the server verifies.
const KEPT = "grandlivre-cles"; // which credential of this device is which key: { fingerprint: id }
const SAID = "grandlivre-signe"; // what is said once the page is shown again
const WIDE = "(min-width: 1001px)";

const bytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
const base = () => JSON.parse(document.getElementById("ledger-data").textContent).base_url;

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) || "{}");
  } catch {
    return {};
  }
}

/** Asks one of the page's doors; throws its French refusal. */
async function door(name, body) {
  const headers = { "Content-Type": "application/json" };
  const token = document.querySelector('meta[name="jeton"]');
  if (token) headers["X-Jeton"] = token.content;
  let said = {};
  let answer;
  try {
    answer = await fetch(`${base()}extension/ASigner/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
    said = await answer.json();
  } catch {
    // not an answer of ours
  }
  if (!answer || !answer.ok) throw new Error(said.error || "Le serveur n'a pas répondu : rien n'a été signé. Réessayez.");
  return said;
}

function say(root, sentence, bad = false) {
  const place = root.querySelector(".gl-status");
  place.textContent = sentence;
  place.hidden = !sentence;
  place.classList.toggle("bad", bad);
}

/** Why a browser gave no answer, in French. */
function excuse(error) {
  if (error.name === "NotAllowedError") return "Rien n'a été signé : vous avez annulé, ou cet appareil n'a pas votre clé d'accès.";
  if (error.name === "SecurityError") return "Le navigateur ne signe pas à cette adresse : ouvrez les livres par https, ou par localhost.";
  if (error.name === "InvalidStateError") return "Cet appareil a déjà une clé d'accès pour ces livres.";
  if (error.name === "NotSupportedError") return "Cet appareil ne sait pas faire de clé d'accès.";
  return error.message;
}

/** One act at a time: the buttons wait, what fails is said and keeps the page as it was. */
async function during(root, sentence, act) {
  if (root.getAttribute("aria-busy") === "true") return;
  if (!window.PublicKeyCredential) {
    say(root, "Ce navigateur ne connaît pas les clés d'accès, ou cette adresse n'est pas sûre (https ou localhost).", true);
    return;
  }
  root.setAttribute("aria-busy", "true");
  say(root, sentence);
  let leaving = false;
  try {
    leaving = Boolean(await act());
  } catch (error) {
    say(root, excuse(error), true);
  }
  if (!leaving) root.removeAttribute("aria-busy");
}

const sign = (root, nature, objects, reason = "") =>
  during(root, "Confirmez par votre empreinte, votre visage ou votre code…", async () => {
    const own = root.dataset.cles.split(" ").filter(Boolean);
    const known = kept();
    const asked = await door("preparer", {
      personne: root.dataset.personne,
      nature,
      objets: objects,
      motif: reason,
      cle: own.find((each) => known[each]) || "",
    });
    const id = known[asked.cle];
    const made = await navigator.credentials.get({
      publicKey: {
        challenge: bytes(asked.defi),
        rpId: asked.site,
        userVerification: "required",
        timeout: 120000,
        allowCredentials: id ? [{ type: "public-key", id: bytes(id) }] : [],
      },
    });
    const { authenticatorData, clientDataJSON, signature } = made.response;
    const reponse = {
      authenticatorData: text(authenticatorData),
      clientDataJSON: text(clientDataJSON),
      signature: text(signature),
    };
    const done = await door("signer", { jeton: asked.jeton, reponse });
    localStorage.setItem(KEPT, JSON.stringify({ ...known, [asked.cle]: text(made.rawId) }));
    sessionStorage.setItem(SAID, done.dit);
    location.reload();
    return true; // nothing more is asked of a page that goes
  });

const enrol = (root) =>
  during(root, "Votre appareil va faire une clé d'accès…", async () => {
    const { personne, nom, site, organisation } = root.dataset;
    const made = await navigator.credentials.create({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        rp: { id: site, name: organisation },
        user: { id: crypto.getRandomValues(new Uint8Array(16)), name: personne, displayName: nom },
        pubKeyCredParams: [{ type: "public-key", alg: -7 }],
        authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
        attestation: "none",
      },
    });
    const key = made.response.getPublicKey && made.response.getPublicKey();
    if (!key) throw new Error("Cet appareil a fait une clé d'une autre sorte que celle qui signe ici (ES256).");
    const done = await door("inscrire", { personne, cle: text(key) });
    localStorage.setItem(KEPT, JSON.stringify({ ...kept(), [done.empreinte]: text(made.rawId) }));
    root.querySelector(".gl-print").textContent = done.empreinte;
    root.querySelector(".gl-row").textContent = done.ligne;
    root.querySelector(".gl-made").hidden = false;
    say(root, done.dit);
  });

/** Writes a proposed key in the rules, where the reader keeps them. */
const accept = (root, empreinte) =>
  during(root, "La clé s'inscrit…", async () => {
    const done = await door("accepter", { empreinte });
    sessionStorage.setItem(SAID, done.dit);
    location.reload();
    return true; // nothing more is asked of a page that goes
  });

/** On a screen, the scan of a card stands beside the list. */
function show(root, link) {
  const place = root.querySelector(".gl-beside");
  if (!place || !link || !link.dataset.shown || !matchMedia(WIDE).matches) return false;
  const [frame, image] = [place.querySelector("iframe"), place.querySelector("img")];
  const pdf = link.dataset.shown === "pdf";
  const wanted = pdf ? `${link.href}#navpanes=0&view=FitH` : link.href;
  const shown = pdf ? frame : image;
  if (shown.getAttribute("src") !== wanted) shown.src = wanted;
  frame.hidden = !pdf;
  image.hidden = pdf;
  const card = link.closest(".gl-piece");
  place.querySelector(".gl-beside-name").textContent = `${link.textContent.trim()}, ${card.dataset.object}`;
  place.hidden = false;
  for (const each of root.querySelectorAll(".gl-piece")) each.toggleAttribute("data-beside", each === card);
  return true;
}

function onClick(root, event) {
  const target = event.target instanceof Element ? event.target : null;
  const button = target && target.closest("button[data-sign], button[data-enrol], button[data-accept]");
  const link = target && target.closest("a[data-shown]");
  if (button && button.dataset.sign !== undefined) sign(root, button.dataset.nature, JSON.parse(button.dataset.objets));
  else if (button && button.dataset.accept) accept(root, button.dataset.accept);
  else if (button) enrol(root);
  else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && show(root, link)) event.preventDefault();
}

export default {
  onExtensionPageLoad() {
    const root = document.querySelector(".gl-tosign");
    if (!root || root.dataset.ready) return;
    root.dataset.ready = "oui";
    root.addEventListener("click", (event) => onClick(root, event));
    root.addEventListener("focusin", (event) => {
      const card = event.target.closest(".gl-piece");
      if (card && !card.hasAttribute("data-beside")) show(root, card.querySelector("a[data-shown]:not([data-shown=''])"));
    });
    root.addEventListener("submit", (event) => {
      const form = event.target.closest("form[data-refuse]");
      if (!form) return;
      event.preventDefault();
      event.stopPropagation();
      sign(root, "refus", JSON.parse(form.dataset.objets), form.elements.motif.value);
    });
    show(root, root.querySelector("a[data-shown]:not([data-shown=''])"));
    const said = sessionStorage.getItem(SAID);
    if (said) {
      sessionStorage.removeItem(SAID);
      say(root, said);
      root.querySelector(".gl-status").focus();
    }
  },
};
