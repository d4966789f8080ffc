// The program of `npm run bench`: measures phasecache against its alternatives.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { project } from "../sandbox/rig/project.ts";
import { growths, measures } from "./catalogue.ts";
import { updateDocument } from "./document.ts";
import { readMachine } from "./machine.ts";
import { writePlot } from "./plot.ts";
import { merge, panelOf, type Results, readResults, rowOf, writeResults } from "./results.ts";
import { takeGrowth, takeMeasure } from "./run.ts";
import { formatReport } from "./table.ts";

const raw = join(project, "docs/performance.json");
const names = [...measures, ...growths].map(({ name }) => name);
const help = `npm run bench -- [--json] [--only NAME]...
Measures phasecache against its alternatives and prints a table. Writes docs/performance.json (raw numbers),
docs/performance.svg and the table in docs/performance.md. With --only, the other rows are kept, unless they were measured
on another machine or with another file system for temporary files (TMPDIR): those are dropped.
NAME is one of: ${names.join(" ")}
EXIT STATUS: 0 all measured, 1 a measure failed, 2 usage error
`;

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** Writes all results after each row, so that an interrupted run loses nothing. */
function writeAll(results: Results): Results {
  writeResults(raw, results);
  if (results.growth.length > 0) writePlot(join(project, "docs/performance.svg"), results.growth);
  updateDocument(join(project, "docs/performance.md"), formatReport(results));
  return results;
}

/** Takes the measures with these names. Returns all results, and whether no measure failed. */
async function measure(wanted: readonly string[]): Promise<{ results: Results; ok: boolean }> {
  let results = readResults(raw, readMachine());
  let ok = true;
  const attempt = async (name: string, take: () => Promise<Results>) => {
    if (!wanted.includes(name)) return;
    try {
      results = writeAll(await take());
    } catch (error) {
      ok = false;
      process.stderr.write(`\r${name} failed: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  };
  for (const one of measures) {
    await attempt(one.name, async () => {
      const row = rowOf(one, await takeMeasure(one, (text) => progress(`${one.name}: ${text}`)), new Date());
      return { ...results, rows: merge(results.rows, row, names) };
    });
  }
  for (const one of growths) {
    await attempt(one.name, async () => {
      const points = await takeGrowth(one, (text) => progress(`${one.name}: ${text}`));
      return { ...results, growth: merge(results.growth, panelOf(one, points, new Date()), names) };
    });
  }
  progress("");
  return { results, ok };
}

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
  const unknown = values.only?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new TypeError(`unknown measure ${JSON.stringify(unknown)}\n${help}`);
  const { results, ok } = await measure(values.only ?? names);
  process.stdout.write(values.json ? `${JSON.stringify(results)}\n` : `${formatReport(results)}\n`);
  return ok ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  // parseArgs reports unknown options as a TypeError.
  const usage = error instanceof TypeError;
  process.stderr.write(`${usage ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = usage ? 2 : 1;
}
