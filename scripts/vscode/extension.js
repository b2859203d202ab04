// Starts `grandlivre lsp` for the books of the opened folder; VS Code shows what it says.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function command() {
  const asked = workspace.getConfiguration("grandlivre").get("commande");
  if (asked) return asked;
  const inside = process.platform === "win32" ? ".venv/Scripts/grandlivre.exe" : ".venv/bin/grandlivre";
  for (const folder of workspace.workspaceFolders ?? []) {
    const found = path.join(folder.uri.fsPath, inside);
    if (fs.existsSync(found)) return found;
  }
  return "grandlivre";
}

async function activate(context) {
  const run = { command: command(), args: ["lsp"] };
  client = new LanguageClient("grandlivre", "Grand Livre", run, {
    documentSelector: [
      { scheme: "file", language: "beancount" },
      { scheme: "file", language: "yaml", pattern: "**/rules/**" },
    ],
    synchronize: { fileEvents: workspace.createFileSystemWatcher("**/{ledger,rules}/**") },
  });
  context.subscriptions.push(client);
  try {
    await client.start();
  } catch {
    window.showErrorMessage(
      `Grand Livre ne démarre pas : la commande « ${run.command} » ne répond pas. Lancez une fois « python scripts/start.py » ` +
        "dans le dossier des livres, ou donnez son chemin dans le réglage grandlivre.commande.",
    );
  }
}

const deactivate = () => client?.stop();

module.exports = { activate, deactivate };
