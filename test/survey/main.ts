// What `npm run survey` runs: packages of Debian's that phasecache was not written for, each edited from its last phase
// backwards, and every restored build compared with a clean one.

import { parseArgs } from "node:util";
import { packages } from "./packages.ts";
import { isGood, type Result, survey } from "./survey.ts";
import { formatTable } from "./table.ts";

const help = `npm run survey -- [--json] [--only SOURCE]...
Builds packages of Debian's, edits each three times, and compares every restored build with a clean one. Prints a table in
Markdown. PHASECACHE_NIXPKGS names a nixpkgs checkout whose stdenv is then used.
EXIT STATUS: 0 all restored as deep as can be and equal, 1 not, 2 usage
`;

async function main(): Promise<number> {
  const options = {
    json: { type: "boolean" },
    only: { type: "string", multiple: true },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values } = parseArgs({ options });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const sources = packages.map(({ source }) => source);
  const unknown = values.only?.find((source) => !sources.includes(source));
  if (unknown !== undefined)
    throw new TypeError(
      `there is no package ${JSON.stringify(unknown)}; there are ${sources.join(", ")}\n${help}`,
    );
  const wanted = packages.filter(({ source }) => values.only?.includes(source) ?? true);
  const results: Result[] = [];
  for (const pack of wanted) {
    const result = await survey(pack);
    results.push(result);
    process.stderr.write(`${pack.source}: ${isGood(result) ? "good" : JSON.stringify(result, null, 2)}\n`);
  }
  process.stdout.write(values.json ? `${JSON.stringify(results)}\n` : formatTable(results));
  return results.every(isGood) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  // parseArgs reports what it does not know as a TypeError.
  const usage = error instanceof TypeError;
  process.stderr.write(`${usage ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = usage ? 2 : 1;
}
