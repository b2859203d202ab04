// The page « Saisir »: what the books propose, what will be written, what the controls say; a half-typed form survives a reload.
const WAIT = 450;
const LISTS = {
  payee: (o) => (o.noms || []).map((nom) => [nom, ""]),
  line: (o) => (o.lignes || []).map((l) => [l.code, `${l.libelle}, reste ${francs(l.reste)}`]),
  account: (o) => (o.comptes || []).map((c) => [c.numero, c.libelle || c.compte]),
  invoice: (o) => (o.factures || []).map((f) => [f.numero, `${f.nom}, reste ${francs(f.reste)}`]),
  dossier: (o) => (o.marches || []).map((m) => [m.numero, `${m.objet}, reste ${francs(m.reste)}`]),
  advance: (o) => (o.avances || []).map((a) => [a.numero, `${a.nom}, reste ${francs(a.reste)}`]),
  activity: (o) => (o.activites || []).map((a) => [a.code, a.libelle]),
  agreement: (o) => (o.conventions || []).map((c) => [c.id, c.numero]),
  indicator: (o) => (o.activites || []).flatMap((a) => a.indicateurs.map((i) => [i, a.code])),
};
const SERIES = { facture: ["OD"], "depense-caisse": ["CS"], reapprovisionnement: ["BQ", "CS"], justification: ["OD"] };

let page, form, offers, timer, turn, token, busy, trying, again;

const $ = (id) => document.getElementById(id);
const francs = (n) => `${new Intl.NumberFormat("fr-FR").format(n)} FCFA`;
const field = (name) => form.elements.namedItem(name);
const value = (name) => (field(name) ? field(name).value.trim() : "");
const key = () => `gl-saisie:${page.dataset.genre}`;
const newToken = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

/** A piece of page: a tag, its text, its attributes. */
function made(tag, text, attributes = {}) {
  const found = document.createElement(tag);
  if (text) found.textContent = text;
  for (const [name, said] of Object.entries(attributes)) found.setAttribute(name, said);
  return found;
}

// --- the form as data ---------------------------------------------------------------------------------------------------

/** The fields as the door takes them: lists as lists, numbered fields under their numbers. */
function collected() {
  const fields = {};
  const rows = {};
  for (const input of form.elements) {
    if (!input.name || input.type === "checkbox" || input.closest("[hidden]")) continue;
    const said = input.value.trim();
    const part = /^([a-z]+)\.(\d+)\.(.*)$/.exec(input.name);
    if (!said) continue;
    if (part) ((rows[part[1]] ||= {})[part[2]] ||= {})[part[3]] = said;
    else fields[input.name] = said;
  }
  for (const box of form.querySelectorAll("input[type=checkbox]:checked")) (fields[box.name] ||= []).push(box.value);
  const numbered = $("gl-rangs")?.dataset.numbered;
  for (const [name, list] of Object.entries(rows)) {
    const found = Object.values(list);
    if (!numbered) fields[name] = found;
    else {
      found.forEach((row, rank) => {
        for (const [sub, said] of Object.entries(row)) {
          const suffix = numbered === "decision" ? `${rank + 1}${sub}` : `${rank + 1}`;
          fields[numbered === "decision" ? `decision-${suffix}` : `${sub}-${suffix}`] = said;
        }
      });
    }
  }
  return fields;
}

/** Everything that is typed, so that it may come back. */
function kept() {
  const fields = {};
  for (const input of form.elements) {
    if (!input.name || input.type === "file") continue;
    if (input.type === "checkbox") {
      if (input.checked) (fields[input.name] ||= []).push(input.value);
    } else if (input.value !== (input.dataset.first ?? "")) fields[input.name] = input.value;
  }
  return fields;
}

function keep() {
  const fields = kept();
  try {
    if (Object.keys(fields).length) sessionStorage.setItem(key(), JSON.stringify({ token, fields }));
    else sessionStorage.removeItem(key());
  } catch {
    // a browser that keeps nothing: the form lives as long as the page
  }
}

function restored() {
  let known;
  try {
    known = JSON.parse(sessionStorage.getItem(key()) || "null");
  } catch {
    known = null;
  }
  token = known?.token || newToken();
  for (const [name, said] of Object.entries(known?.fields || {})) {
    const rank = /^[a-z]+\.(\d+)\./.exec(name)?.[1];
    while (rank && !field(name) && form.querySelectorAll("#gl-rangs > .gl-row").length <= Number(rank)) addRow();
    const input = field(name);
    if (Array.isArray(said)) form.dataset[`people-${name}`] = said.join(" ");
    else if (input && input.tagName === "SELECT" && ![...input.options].some((o) => o.value === said)) {
      input.append(made("option", said.split("/").pop(), { value: said }));
      input.value = said;
    } else if (input) input.value = said;
  }
  return Boolean(known);
}

// --- what the books propose ---------------------------------------------------------------------------------------------

async function ask() {
  const wanted = new URL(page.dataset.asked, location.href);
  for (const name of ["bailleur", "date", "montant", "mode"]) wanted.searchParams.set(name, value(name));
  wanted.searchParams.set("beneficiaire", value("beneficiaire") || value("de"));
  try {
    const answer = await fetch(wanted);
    if (answer.ok) offers = await answer.json();
  } catch {
    // no server for a moment: what was known stays
  }
  for (const [kind, list] of Object.entries(LISTS)) {
    const options = list(offers).map(([said, more]) => made("option", more, more ? { value: said, label: `${said} ${more}` } : { value: said }));
    $(`gl-l-${kind}`)?.replaceChildren(...options);
  }
  people();
  shown();
  quotes();
}

/** Who may sign, or authorise, that day and for that amount. */
function people() {
  for (const [name, able] of [["signataires", offers.signataires], ["autorise-par", offers.autorisent]]) {
    const box = form.querySelector(`[data-people="${name}"]`);
    if (!box) continue;
    const before = [...box.querySelectorAll("input:checked")].map((each) => each.value);
    const chosen = before.length ? before : (form.dataset[`people-${name}`] || "").split(" ");
    const all = [...(able || [])];
    for (const who of chosen) if (who && !all.some((each) => each.id === who)) all.push({ id: who, nom: who, fonction: "ne peut plus" });
    const focused = document.activeElement?.closest?.("[data-people]") === box ? document.activeElement.value : "";
    box.replaceChildren(
      ...all.map((each) => {
        const label = made("label", "", {});
        const input = made("input", "", { type: "checkbox", name, value: each.id });
        input.checked = chosen.includes(each.id);
        label.append(input, made("span", each.fonction ? `${each.nom}, ${each.fonction}` : each.nom));
        return label;
      }),
    );
    if (!all.length) box.append(made("span", "personne ce jour-là", { class: "gl-small" }));
    if (focused) box.querySelector(`input[value="${CSS.escape(focused)}"]`)?.focus();
  }
}

/** What the books say of the project, the line, the till, the supplier. */
function shown() {
  const rows = [];
  const genre = page.dataset.genre;
  const series = value("mode") === "mobile" ? ["MM"] : value("mode") === "especes" ? ["CS"] : SERIES[genre] || ["BQ"];
  if (offers.suite && !["marche", "rencontre", "activite"].includes(genre)) {
    rows.push(["Pièce", series.map((name) => offers.suite[name]).join(" et ")]);
  }
  if (genre === "marche" && offers.marche) rows.push(["Dossier", value("numero") || offers.marche]);
  if (offers.banque && series.includes("BQ")) rows.push(["Compte", offers.banque.split(":").pop()]);
  const line = (offers.lignes || []).find((each) => each.code === value("ligne"));
  if (line) rows.push([`Ligne ${line.code}`, `${line.libelle} : reste ${francs(line.reste)}`, line.reste < amount()]);
  if (offers.caisse && (genre === "depense-caisse" || genre === "reapprovisionnement" || value("mode") === "especes")) {
    const after = offers.caisse.solde + (genre === "reapprovisionnement" ? amount() : -amount());
    const out = offers.caisse.plafond !== null && (after > offers.caisse.plafond || after < offers.caisse.plancher);
    rows.push(["Caisse", `${francs(offers.caisse.solde)}, après : ${francs(after)}`, out]);
    if (offers.caisse.plafond !== null) rows.push(["Bornes", `${francs(offers.caisse.plancher)} à ${francs(offers.caisse.plafond)}`]);
  }
  const who = value("beneficiaire");
  const due = (offers.factures || []).filter((each) => same(each.nom, who));
  for (const each of due.slice(0, 3)) rows.push(["Facture due", `${each.numero} : ${francs(each.reste)}`]);
  if (offers.nif) rows.push(["NIF", offers.nif]);
  const advance = (offers.avances || []).find((each) => each.numero === value("avance"));
  if (advance) rows.push(["Avance", `${advance.nom}, reste ${francs(advance.reste)}, échéance ${advance.echeance}`]);
  const list = $("gl-offres");
  list.closest("section").hidden = !rows.length;
  list.replaceChildren(
    ...rows.flatMap(([name, said, bad]) => [made("dt", name), made("dd", said, bad ? { class: "gl-bad" } : {})]),
  );
}

/** Quotes are asked for above the threshold, when no dossier is named and no invoice is settled. */
function quotes() {
  const rows = $("gl-rangs");
  if (!rows || rows.dataset.above === undefined) return;
  const settles = (offers.factures || []).some((each) => each.numero === value("facture") && same(each.nom, value("beneficiaire")));
  const asked = offers.seuil !== null && amount() > (offers.seuil ?? Infinity) && !value("marche") && !settles;
  rows.hidden = !asked;
}

const amount = () => Number(value("montant").replace(/[\s\u00a0\u202f]/g, "")) || 0;
const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim();
const same = (one, other) => plain(one).replace(/\s*\(.*?\)/g, "") === plain(other).replace(/\s*\(.*?\)/g, "");

/** Fills a field that nobody touched. */
function propose(name, said) {
  const input = field(name);
  if (!input || !said || (input.value && !input.dataset.proposed)) return;
  input.value = said;
  input.dataset.proposed = "1";
}

/** The first letters of a name, or of a code, are enough when only one thing begins, or contains, them. */
function complete(input) {
  const list = LISTS[input.dataset.kind];
  const said = plain(input.value);
  if (!list || !said || input.dataset.kind === "account") return;
  const known = list(offers).map(([name]) => name);
  if (known.some((name) => plain(name) === said)) return;
  for (const fits of [(name) => plain(name).startsWith(said), (name) => plain(name).includes(said)]) {
    const found = known.filter(fits);
    if (found.length === 1) {
      input.value = found[0];
      return;
    }
    if (found.length) return;
  }
}

/** What a supplier, an invoice, an advance or an activity says of the other fields. */
function follow(name) {
  if (name === "facture" || name === "beneficiaire") {
    const mine = (offers.factures || []).filter((each) => same(each.nom, value("beneficiaire")));
    const bill = mine.find((each) => each.numero === value("facture")) || (mine.length === 1 && page.dataset.genre === "paiement" ? mine[0] : null);
    if (bill && page.dataset.genre === "paiement") {
      for (const [target, said] of [["facture", bill.numero], ["libelle", `${bill.libelle} : règlement`], ["montant", `${bill.reste}`], ["marche", bill.marche]]) propose(target, said);
    } else if (offers.dernier && ["paiement", "depense-caisse", "facture"].includes(page.dataset.genre)) {
      for (const target of ["libelle", "ligne", "compte"]) propose(target, offers.dernier[target]);
      if (page.dataset.genre === "paiement") propose("mode", offers.dernier.mode);
    }
    if (page.dataset.genre === "facture" || page.dataset.genre === "paiement") propose("nif", offers.nif);
  }
  if (name === "avance") {
    const found = (offers.avances || []).find((each) => each.numero === value("avance"));
    if (found) propose("lignes.0.montant", `${found.reste}`);
  }
  if (name === "code") propose("intitule", (offers.activites || []).find((each) => each.code === value("code"))?.libelle);
  if (value("mode") === "cheque") propose("cheque", offers.cheque);
}

// --- tried, then written ------------------------------------------------------------------------------------------------

/** Asks the door; the meta of the page carries the token of who has an account. */
async function send(body) {
  const headers = { "Content-Type": "application/json" };
  const session = document.querySelector('meta[name="jeton"]')?.content;
  if (session) headers["X-Jeton"] = session;
  const answer = await fetch(page.dataset.door, { method: "POST", headers, body: JSON.stringify(body) });
  return [answer.status, await answer.json()];
}

const enough = () => ["montant", "libelle", "objet", "organe", "code", "avance", "numero"].some((name) => value(name));

/** One trial at a time: on a slow machine what changed meanwhile is tried once, when the answer has come. */
async function attempt() {
  if (!enough()) return;
  if (trying) {
    again = true;
    return;
  }
  trying = true;
  const mine = ++turn;
  try {
    const [status, told] = await send({ genre: page.dataset.genre, champs: collected(), essai: true, souple: true });
    if (mine === turn && !busy) show(status, told);
  } catch {
    if (mine === turn) said("Le serveur ne répond pas : ce qui est saisi reste ici, réessayez dans un instant.", "bad");
  } finally {
    trying = false;
    if (again) {
      again = false;
      attempt();
    }
  }
}

function said(text, kind) {
  const note = $("gl-ecrit");
  note.textContent = text;
  note.className = `gl-note ${kind}`;
  note.hidden = !text;
}

/** The text, the findings, and what is wrong with each field once it was touched. */
function show(status, told, sent = false) {
  $("gl-texte").textContent = told.texte || "";
  $("gl-avis").replaceChildren(...(told.avis || []).map((each) => made("li", each)));
  const wrong = told.champs || {};
  for (const box of form.querySelectorAll("[data-field]")) mark(box, wrong[box.dataset.field], sent);
  const list = $("gl-constats");
  const rows = (told.constats || []).map((each) => {
    const line = made("li", "");
    line.append(
      made("b", each.level === "erreur" ? "Erreur" : "Alerte", { class: `gl-tag ${each.level === "erreur" ? "bad" : "warn"}` }),
      made("span", ` ${offers.regles?.[each.rule] || each.rule}`, { class: "gl-rule" }),
      made("p", each.message),
    );
    return line;
  });
  if (rows.length) {
    const shownRows = made("ul", "", { class: "gl-list gl-findings" });
    shownRows.append(...rows);
    list.replaceChildren(shownRows);
  } else if (told.texte) list.replaceChildren(made("p", "Aucune remarque : cette écriture peut être écrite.", { class: "gl-ok" }));
  else list.replaceChildren(made("p", told.erreur || told.error || "Complétez le formulaire.", { class: sent ? "gl-bad" : "gl-empty" }));
}

function mark(box, sentence, sent) {
  const input = box.querySelector("[name]");
  const hint = box.querySelector(".gl-hint");
  if (!input || !hint) return;
  hint.dataset.hint ??= hint.textContent;
  const wrong = Boolean(sentence) && (sent || input.value !== "");
  hint.textContent = wrong ? sentence : hint.dataset.hint;
  hint.classList.toggle("gl-bad", wrong);
  if (wrong) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

async function write(event) {
  event?.preventDefault();
  if (busy) return;
  busy = true;
  turn += 1;
  clearTimeout(timer);
  $("gl-ecrire").setAttribute("aria-busy", "true");
  try {
    const [status, told] = await send({ genre: page.dataset.genre, champs: collected(), formulaire: token });
    show(status, told, true);
    if (status === 200) done(told);
    else {
      said(told.erreur || told.error || "Rien n'est écrit : corrigez les erreurs montrées.", "bad");
      form.querySelector("[aria-invalid]")?.focus();
    }
  } catch {
    said("Le serveur n'a pas répondu. Renvoyez : la même saisie ne s'écrit qu'une fois.", "bad");
  } finally {
    busy = false;
    $("gl-ecrire").removeAttribute("aria-busy");
  }
}

/** The form is in the books: it begins anew, with its project and its day. */
function done(told) {
  const before = { bailleur: value("bailleur"), date: value("date") };
  clear();
  for (const [name, same_] of Object.entries(before)) if (field(name) && same_) field(name).value = same_;
  const note = $("gl-ecrit");
  said(`${told.deja ? "Déjà écrit" : "Écrit"} : ${told.piece || "dans les livres"}. `, "ok");
  if (told.piece && !/^M-/.test(told.piece)) {
    const link = new URL(page.dataset.voucher, location.href);
    link.searchParams.set("piece", told.piece);
    note.append(made("a", "Voir la pièce", { href: link.pathname + link.search }));
  }
  for (const path of told.fichiers || []) {
    const name = path.startsWith("ledger/documents/arrivee/") ? path.slice("ledger/documents/".length) : "";
    if (name) gone(name);
  }
  ask();
  first()?.focus();
}

function gone(path) {
  for (const option of document.querySelectorAll(`option[value="${CSS.escape(path)}"]`)) option.remove();
  document.querySelector(`[data-take="${CSS.escape(path)}"]`)?.closest("li")?.remove();
}

function clear() {
  form.reset();
  for (const input of form.elements) delete input.dataset.proposed;
  for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = false;
  for (const name of Object.keys(form.dataset)) if (name.startsWith("people")) delete form.dataset[name];
  for (const box of form.querySelectorAll("[data-field]")) mark(box, "", false);
  try {
    sessionStorage.removeItem(key());
  } catch {
    // nothing was kept
  }
  token = newToken();
  preview();
  quotes();
}

// --- papers -------------------------------------------------------------------------------------------------------------

async function upload(file, name) {
  if (file.size > Number(page.dataset.largest)) {
    said(`« ${file.name} » pèse ${Math.ceil(file.size / 1e6)} Mo ; ${Math.floor(page.dataset.largest / 1e6)} Mo au plus. Prenez la photo en qualité normale.`, "bad");
    return;
  }
  said(`Envoi de « ${file.name} »…`, "");
  const body = new FormData();
  body.append("fichier", file, file.name);
  const headers = {};
  const session = document.querySelector('meta[name="jeton"]')?.content;
  if (session) headers["X-Jeton"] = session;
  try {
    const answer = await fetch(page.dataset.photos, { method: "POST", headers, body });
    const told = await answer.json();
    if (!answer.ok) {
      said(told.erreur || told.error, "bad");
      return;
    }
    for (const select of form.querySelectorAll("select[data-kind=paper]")) {
      if (![...select.options].some((option) => option.value === told.chemin)) select.append(made("option", told.nom, { value: told.chemin }));
    }
    field(name).value = told.chemin;
    said("", "");
    changed(field(name));
  } catch {
    said("L'envoi a échoué : réessayez dans un instant.", "bad");
  }
}

/** The paper beside the form. */
function preview() {
  const box = $("gl-apercu");
  const path = value("document") || value("document-pv");
  box.hidden = !path;
  if (!path || box.dataset.path === path) return;
  box.dataset.path = path;
  const address = new URL(page.dataset.papers, location.href);
  address.searchParams.set("chemin", path);
  const shownPaper = path.toLowerCase().endsWith(".pdf")
    ? made("iframe", "", { src: address.href, title: path })
    : made("img", "", { src: address.href, alt: `Pièce ${path.split("/").pop()}` });
  box.replaceChildren(made("h3", path.split("/").pop()), shownPaper);
}

function addRow() {
  const rows = $("gl-rangs");
  const rank = rows.querySelectorAll(":scope > .gl-row:not(.gl-two)").length;
  const text = $("gl-rang").innerHTML.replaceAll("RANG", `${rank}`);
  const holder = made("div", "");
  holder.innerHTML = text; // our own template, no word of the books in it
  const row = holder.firstElementChild;
  const last = [...rows.querySelectorAll(":scope > .gl-row:not(.gl-two)")].pop();
  if (last) last.after(row);
  else rows.prepend(row);
  return row;
}

// --- the page -----------------------------------------------------------------------------------------------------------

const ASKS = ["bailleur", "date", "montant", "mode", "beneficiaire", "de"];

function changed(input) {
  delete input.dataset.proposed;
  keep();
  preview();
  clearTimeout(timer);
  timer = setTimeout(attempt, WAIT);
}

async function settled(input) {
  if (input.dataset.kind) complete(input);
  if (ASKS.includes(input.name)) await ask();
  follow(input.name);
  shown();
  quotes();
  keep();
  clearTimeout(timer);
  timer = setTimeout(attempt, WAIT);
}

const first = () => [...form.elements].find((each) => each.dataset.kind === "payee" || each.dataset.kind === "money" || each.name === "objet" || each.name === "avance" || each.name === "code");

function begin() {
  page = $("gl-saisir");
  if (!page || page.dataset.begun) return;
  page.dataset.begun = "1";
  form = $("gl-formulaire");
  offers = {};
  turn = 0;
  busy = trying = again = false;
  for (const input of form.elements) if (input.name) input.dataset.first = input.value;
  const known = restored();
  form.addEventListener("input", (event) => changed(event.target));
  form.addEventListener("change", (event) => event.target.type !== "file" && settled(event.target));
  form.addEventListener("submit", write);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) write(event);
    else if (event.key === "Enter" && event.target.tagName === "INPUT" && event.target.type !== "checkbox") event.preventDefault();
  });
  for (const input of form.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      if (input.files.length) upload(input.files[0], input.dataset.paper);
      input.value = "";
    });
  }
  page.addEventListener("dragover", (event) => event.preventDefault());
  page.addEventListener("drop", (event) => {
    event.preventDefault();
    const target = event.target.closest?.("[data-field]")?.querySelector("[data-paper]");
    if (event.dataTransfer.files.length) upload(event.dataTransfer.files[0], target?.dataset.paper || "document");
  });
  $("gl-ajouter")?.addEventListener("click", () => {
    const row = addRow();
    row.querySelector("input,select").focus();
  });
  $("gl-effacer").addEventListener("click", () => {
    clear();
    said("", "");
    ask();
    first()?.focus();
  });
  preview();
  ask().then(() => {
    if (known || value("document")) attempt();
  });
  first()?.focus();
}

export default {
  init() {},
  onPageLoad() {
    begin();
  },
  onExtensionPageLoad() {
    begin();
  },
};
