// The program of `npm run survey`: builds Debian packages that phasecache was not developed with, edits each of them from
// its last phase backwards, and compares every restored build with a clean one.

import { parseArgs } from "node:util";
import { packages } from "./packages.ts";
import { isGood, type Result, survey } from "./survey.ts";
import { formatTable } from "./table.ts";

const help = `npm run survey -- [--json] [--only SOURCE]...
Builds Debian packages, edits each of them three times, and compares every restored build with a clean one. Prints a table
in Markdown. Set PHASECACHE_NIXPKGS to a nixpkgs checkout to use its stdenv.
EXIT STATUS: 0 all builds were restored through the expected phase and are equal, 1 some were not, 2 usage error
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
      `unknown package ${JSON.stringify(unknown)}; expected one of ${sources.join(", ")}\n${help}`,
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
  // parseArgs reports unknown options as a TypeError.
  const usage = error instanceof TypeError;
  process.stderr.write(`${usage ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = usage ? 2 : 1;
}
