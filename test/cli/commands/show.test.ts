import { expect, it } from "vitest";
import { recordHit } from "../../../runtime/store/hits.ts";
import { useCommand } from "../rig/command.ts";
import { makeStore, noChange, save } from "../rig/example.ts";

const run = useCommand();

const state = {
  ...noChange,
  variables: [
    {
      name: "greeting",
      before: null,
      after: { attributes: "x", value: { kind: "string", text: "hi\x1b[0m" } },
    },
  ],
};

it("shows a snapshot by a prefix of its ID", () => {
  const store = makeStore();
  const header = save(store, { created: Date.parse("2026-02-28T13:05:09Z") }, { state });
  recordHit(store, header.id);
  const { status, stdout, stderr } = run(["show", header.id.slice(0, 5), "--store", store.root]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const lines = stdout.split("\n");
  expect(lines.slice(0, 7)).toEqual([
    `snapshot    ${header.id}`,
    "package     hello (hello-1.0)",
    "phase       buildPhase, 3 of 4",
    `key         ${header.key}`,
    expect.stringMatching(/^created {5}2026-02-28 13:05:09 \+00:00, by phasecache \d/),
    "took        1.5 s, 4.0 s with earlier phases",
    expect.stringMatching(/^restored {4}1 times?, last /),
  ]);
  expect(lines).toContain("  configurePhase  configurePhaseFlags  b");
  expect(lines).toContain(`  2.0 KiB  8.0 KiB  3  ${header.layers[0]!.digest}`);
  expect(lines).toContain("  variable  greeting  nothing -> -x hi\\x1b[0m");
});

it("shows the newest snapshot of a package's phase as a document", () => {
  const store = makeStore();
  save(store, { phaseIndex: 3 });
  const header = save(store, {}, { state });
  const { stdout } = run(["show", "hello/buildPhase", "--json", "--store", store.root]);
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 1,
    id: header.id,
    created: new Date(header.created).toISOString(),
    restored: null,
    inputs: [{ name: "unpackPhaseFlags", phase: "unpackPhase", preview: "a" }, {}, {}, {}],
    state: [{ kind: "variable", name: "greeting", before: null }],
  });
});

it("lists the matches of an ambiguous prefix", () => {
  const store = makeStore();
  const headers = Array.from({ length: 17 }, (_, i) => save(store, { created: i }));
  const digits = headers.map(({ id }) => id[0]!);
  const twice = digits.find((digit, i) => digits.indexOf(digit) !== i)!;
  const { status, stderr } = run(["show", twice, "--store", store.root]);
  expect(status).toBe(2);
  for (const { id } of headers.filter(({ id }) => id.startsWith(twice)))
    expect(stderr).toContain(`${id} hello/`);
});

it("fails if nothing matches, or if the state is invalid", () => {
  const store = makeStore();
  const header = save(store, {}, { state: { variables: 1 } });
  expect(run(["show", "nothing", "--store", store.root]).status).toBe(1);
  expect(run(["show", header.id, "--store", store.root])).toMatchObject({ status: 1, stdout: "" });
});
