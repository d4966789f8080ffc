import { type Input, parseInputs } from "../../key/input.ts";
import { type Description, describeChange, parseChange } from "../../shell/index.ts";
import { readHits, type Uses } from "../../store/hits.ts";
import { openStore } from "../../store/open.ts";
import type { SnapshotRecord } from "../../store/records/record.ts";
import { formatSize, printable } from "../../util/bytes.ts";
import { formatDuration } from "../../util/time.ts";
import { defineCommand } from "../command.ts";
import { recordOf, snapshotArgument } from "../snapshots.ts";
import { plain, printDocument } from "../ui/output.ts";
import { counted } from "../ui/removals.ts";
import { formatTable, formatTime } from "../ui/table.ts";

/** A record with validated parts. */
interface Shown {
  record: SnapshotRecord;
  inputs: Input[];
  state: Description[];
  uses: Uses | undefined;
}

export const show = defineCommand({
  command: "show <id>",
  describe: "Show one snapshot: key, inputs, layers, state",
  examples: [
    ["show 3f", "the snapshot whose ID starts with 3f"],
    ["show hello/buildPhase", "the newest of hello after buildPhase"],
  ],
  arguments: {
    id: snapshotArgument,
  },
  handler: ({ store: directory, json, id }) => {
    const store = openStore(directory, { write: false });
    const record = recordOf(store, id);
    const inputs = parseInputs(record.body.inputs);
    const state = describeChange(parseChange(record.body.state));
    const shown = { record, inputs, state, uses: readHits(store).get(record.header.id) };
    if (json) printDocument(toDocument(shown));
    else process.stdout.write(toText(shown));
  },
});

function toText({ record, inputs, state, uses }: Shown): string {
  const { header, body } = record;
  const phase = (index: number) => body.phases[index] ?? "?";
  const layers = header.layers.map(({ digest, size, plainSize, entries }) => [
    formatSize(size),
    formatSize(plainSize),
    String(entries),
    digest,
  ]);
  return [
    formatTable([{ heading: "" }, { heading: "" }], facts(record, uses), { headings: false }),
    "\nPhases run\n",
    indented(body.ran.map((run) => [run.phase, formatDuration(run.duration)])),
    "\nInputs: first phase that uses them, name, value\n",
    indented(inputs.map((input) => [phase(input.phase), input.name, plain(input.preview)])),
    "\nLayers: size, uncompressed size, files, digest\n",
    indented(layers),
    "\nState: changes made by the phases\n",
    indented(
      state.map((one) => [
        one.kind,
        one.name,
        plain(`${one.before ?? "nothing"} → ${one.after ?? "nothing"}`),
      ]),
    ),
  ].join("");
}

function facts({ header, body }: SnapshotRecord, uses: Uses | undefined): [string, string][] {
  const before =
    header.total > header.duration ? `, ${formatDuration(header.total)} with earlier phases` : "";
  const restored =
    uses === undefined ? "never" : `${counted(uses.hits, "time")}, last ${formatTime(uses.lastUsed)}`;
  return [
    ["snapshot", header.id],
    ["package", `${header.package} (${header.name})`],
    [
      "phase",
      `${header.phase}, ${header.phaseIndex + 1} of ${body.phases.length}${header.failed ? ", failed" : ""}`,
    ],
    ["key", header.key],
    ["created", `${formatTime(header.created)}, by phasecache ${header.runtimeVersion}`],
    ["took", `${formatDuration(header.duration)}${before}`],
    ["restored", restored],
    ["system", header.system],
    ["built in", header.buildTop],
    ...Object.entries(header.outputs).map(([name, path]): [string, string] => [`output ${name}`, path]),
    ...(header.parent === null ? [] : [["parent", header.parent] satisfies [string, string]]),
  ];
}

function indented(rows: readonly string[][]): string {
  if (rows.length === 0) return "  none\n";
  const width = rows[0]!.map(() => ({ heading: "" }));
  return formatTable(width, rows, { headings: false }).replace(/^/gm, "  ").replace(/ +$/, "");
}

function toDocument({ record, inputs, state, uses }: Shown) {
  const { header, body } = record;
  return {
    ...header,
    created: new Date(header.created).toISOString(),
    restored: uses === undefined ? null : { hits: uses.hits, last: new Date(uses.lastUsed).toISOString() },
    phases: body.phases.map(printable),
    ran: body.ran,
    inputs: inputs.map(({ phase, ...input }) => ({ ...input, phase: body.phases[phase] ?? null })),
    state,
  };
}
