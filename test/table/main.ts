// The program of `npm run table`: reads the setup hooks and the language builders of a nixpkgs checkout, and lists the
// variables and hooks that `hooks/phase-variables.json` does not have.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { readTable } from "../../runtime/key/table.ts";
import { readCheckout } from "./checkout.ts";
import { formatUses, unknownUses } from "./unknown.ts";

const help = `npm run table -- [--json] CHECKOUT
Lists the variables that setup hooks and language builders of a checkout of nixpkgs or corepkgs read, and the packages with
setup hooks, that the table of late attributes does not know. Each has the file and line.
EXIT STATUS: 0 also if there are any, 2 usage error
`;

function main(): number {
  const { values, positionals } = parseArgs({
    options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [checkout, ...rest] = positionals;
  if (checkout === undefined || rest.length > 0) throw new TypeError(`expected one checkout\n${help}`);
  if (!["pkgs/stdenv", "stdenv"].some((folder) => existsSync(join(checkout, folder))))
    throw new TypeError(
      `${resolve(checkout)} is no checkout of nixpkgs: it has no pkgs/stdenv and no stdenv`,
    );
  const table = readTable(join(import.meta.dirname, "../../hooks/phase-variables.json"));
  const unknown = unknownUses(readCheckout(checkout).uses, table);
  process.stdout.write(values.json ? `${JSON.stringify(unknown, null, 2)}\n` : formatUses(unknown));
  if (unknown.length === 0)
    process.stderr.write("the table knows all hooks and variables of this checkout\n");
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  // parseArgs reports unknown options as a TypeError.
  const usage = error instanceof TypeError;
  process.stderr.write(`${usage ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = usage ? 2 : 1;
}
