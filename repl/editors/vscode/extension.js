// The client of `strata lsp`: starts the server, and shows the rule files that are inside the binary.
"use strict";

const { commands, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

// The scheme of the standard rule files.
const LIBRARY = "strata";

let client;

async function start() {
  const command = workspace.getConfiguration("strata").get("path") || "strata";
  const server = { command, args: ["lsp"] };
  client = new LanguageClient("strata", "Strata", server, {
    documentSelector: [{ language: "strata" }],
    synchronize: { fileEvents: workspace.createFileSystemWatcher("**/*.dl") },
  });
  await client.start();
}

async function stop() {
  const old = client;
  client = undefined;
  await old?.stop();
}

async function libraryText(uri) {
  const answer = await client?.sendRequest("workspace/textDocumentContent", { uri: uri.toString() });
  return answer?.text ?? "";
}

async function activate(context) {
  context.subscriptions.push(
    workspace.registerTextDocumentContentProvider(LIBRARY, { provideTextDocumentContent: libraryText }),
    commands.registerCommand("strata.restart", async () => {
      await stop();
      await start();
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
