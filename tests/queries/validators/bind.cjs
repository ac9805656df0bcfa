// Binds Kusto queries against tables with Microsoft's own language service: do their names and types make sense?
//
// standard input:  {"tables": ["resources", …], "columns": {"id": "string", …}, "queries": ["…", …]}
// standard output: [{"errors": ["KS142 at 12: …", …], "columns": {"id": "string", …}}, …], one for each query
"use strict";

const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { runInThisContext } = require("node:vm");

// The package is written for browsers: two scripts that must meet in one global scope, which they know as `self`.
globalThis.self = globalThis;
for (const name of ["bridge.min.js", "Kusto.Language.Bridge.min.js"]) {
  const file = join(__dirname, "node_modules", "@kusto", "language-service-next", name);
  runInThisContext(readFileSync(file, "utf8"), { filename: file });
}
const { GlobalState, KustoCode, Symbols } = globalThis.Kusto.Language;

/** A JavaScript array of what a .NET collection holds. */
function listed(collection) {
  return Array.from({ length: collection.Count }, (_, index) => collection.getItem(index));
}

/** What a query may name: one database with these tables, each with the same columns. */
function world(tables, columns) {
  const typed = () =>
    Object.entries(columns).map(([name, type]) => new Symbols.ColumnSymbol(name, Symbols.ScalarTypes.GetSymbol(type)));
  const members = tables.map((name) => new Symbols.TableSymbol.$ctor4(name, typed()));
  return GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor("graph", members));
}

function bound(query, globals) {
  const code = KustoCode.ParseAndAnalyze(query, globals);
  const errors = listed(code.GetDiagnostics())
    .filter((found) => found.Severity === "Error")
    .map((found) => `${found.Code} at ${found.Start}: ${found.Message}`);
  const result = code.ResultType?.Columns;
  return { errors, columns: Object.fromEntries(result ? listed(result).map((one) => [one.Name, one.Type.Name]) : []) };
}

const asked = JSON.parse(readFileSync(0, "utf8"));
const globals = world(asked.tables, asked.columns);
process.stdout.write(JSON.stringify(asked.queries.map((query) => bound(query, globals))));
