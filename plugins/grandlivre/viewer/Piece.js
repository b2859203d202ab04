// Fava's links to the window of an entry lead to the page of the voucher; what the reader is not offered is not opened.
const CONTEXT = "#context-";
const EDITING = ["#add-transaction", "#export"];

const hidden = () => (document.documentElement.dataset.glHidden || "").split(" ").filter(Boolean);
const readOnly = () => hidden().includes("editor");
const base = () => JSON.parse(document.getElementById("ledger-data").textContent).base_url;
const pieceOf = (hash) => `${base()}extension/Piece/?empreinte=${encodeURIComponent(hash.slice(CONTEXT.length))}`;

/** Follows an address as Fava follows links: within the page. */
function follow(address) {
  const link = document.createElement("a");
  link.href = address;
  document.body.append(link);
  link.click();
  link.remove();
}

function onClick(event) {
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const address = link.getAttribute("href");
  const stop = () => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  if (address.startsWith(CONTEXT)) {
    stop();
    follow(link.dataset.piece || pieceOf(address));
  } else if (EDITING.includes(address) && readOnly()) {
    stop();
  } else if (hidden().some((name) => link.pathname === `${base()}${name}/`)) {
    stop();
    location.assign(link.href);
  }
}

/** An address that was kept with the window of an entry, or that asks to write. */
function onHash() {
  if (location.hash.startsWith(CONTEXT)) location.replace(pieceOf(location.hash));
  else if (EDITING.includes(location.hash) && readOnly()) location.replace("#");
}

export default {
  init() {
    document.addEventListener("click", onClick, true);
    addEventListener("hashchange", onHash);
    onHash();
  },
};
