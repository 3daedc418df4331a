// Starts `vpnlint lsp` for YAML files, and shows a workload's matrix where its lens is clicked.
"use strict";

const { ViewColumn, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const SHOW_MATRIX = "vpnlint.showMatrix";
let client;

async function showMatrix(text) {
  const document = await workspace.openTextDocument({ language: "markdown", content: text });
  await window.showTextDocument(document, { preview: true, viewColumn: ViewColumn.Beside });
}

async function activate() {
  const [command, ...args] = workspace.getConfiguration("vpnlint").get("command");
  const middleware = {
    async executeCommand(name, parameters, next) {
      const answer = await next(name, parameters);
      if (name === SHOW_MATRIX && answer) {
        await showMatrix(answer);
      }
      return answer;
    },
  };
  client = new LanguageClient(
    "vpnlint",
    "vpnlint",
    { command, args },
    { documentSelector: [{ scheme: "file", language: "yaml" }], middleware },
  );
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(`vpnlint cannot be started: ${error.message} (pipx install 'vpnlint[lsp]')`);
  }
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
