import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { commands } from "../../runtime/cli/registry.ts";
import { recordHit } from "../../runtime/store/hits.ts";
import { blobPath, recordPath } from "../../runtime/store/layout.ts";
import { countEvent } from "../../runtime/store/stats.ts";
import { makeBuild } from "./rig/builds.ts";
import { useCommand } from "./rig/command.ts";
import { day, makeFolder, makeStore, noChange, outputs, save } from "./rig/example.ts";
import { expectDocument } from "./rig/schema.ts";

const run = useCommand();

/** Commands that print no documents. */
const without = ["cat", "shell", "completion"];

it("each command's document and the errors have a schema", () => {
  const names = commands.map(({ command }) => String(command).split(" ")[0]!);
  const described = names.filter((name) => !without.includes(name));
  expect(readdirSync("docs/schema").sort()).toEqual(
    [...described, "error"].map((name) => `${name}.json`).sort(),
  );
});

async function makeExample() {
  const store = makeStore();
  const build = makeBuild(store, outputs);
  const variables = [
    { name: "v", before: null, after: { attributes: "", value: { kind: "string", text: "1" } } },
  ];
  const first = await build.run("echo 1 > a; ln -s a l; mkdir d");
  const old = save(store, { phaseIndex: 1, layers: first, created: Date.now() - 40 * day });
  const second = await build.run("echo 2 > b; rm l; echo 3 > a; ln a c");
  const now = save(
    store,
    { layers: second, parent: old.id },
    { values: ["a", "x"], state: { ...noChange, variables } },
  );
  save(store, { package: "zlib", phaseIndex: 3, failed: true });
  recordHit(store, now.id);
  countEvent(store, { kind: "hit", package: "hello", milliseconds: 12.5 });
  countEvent(store, { kind: "miss", package: "hello", reason: "changed" });
  return { store, old, now };
}

it("documents match their schemas", async () => {
  const { store, old, now } = await makeExample();
  const lines = [
    ["ls"],
    ["show", now.id],
    ["show", old.id],
    ["why", old.id, now.id],
    ["why", now.id, now.id],
    ["diff", old.id, now.id],
    ["extract", now.id, join(makeFolder(), "x")],
    ["stats"],
    ["config"],
    ["verify"],
    ["resume", "hello", "--through", "buildPhase"],
    ["resume"],
    ["resume", "--clear"],
    ["gc", "--dry-run", "--max-size", "0"],
    ["gc"],
    ["clear", "zlib", "-y"],
  ];
  for (const line of lines) {
    const { status, stdout } = run([...line, "--json", "--store", store.root]);
    expect([0, 4], line.join(" ")).toContain(status);
    expectDocument(line[0]!, stdout);
  }
});

it("documents of problems and errors match their schemas, and set the exit status", async () => {
  const { store, old, now } = await makeExample();
  const at = ["--json", "--store", store.root];
  writeFileSync(recordPath(store, old), "nonsense");
  rmSync(blobPath(store, now.layers[1]!.digest));
  const { status, stdout } = run(["verify", ...at]);
  expect(status).toBe(4);
  expectDocument("verify", stdout);
  const failures: [number, string[]][] = [
    [1, ["show", "nothing"]],
    [1, ["cat", now.id, "b"]],
    [2, ["ls", "--latest", "0"]],
    [2, ["nonsense"]],
    [2, ["gc", "--older-than", "3m"]],
    [2, ["clear", "hello"]],
    [10, ["ls", "--store", join(store.root, "none")]],
  ];
  for (const [expected, line] of failures) {
    const failed = run([...line, ...(line.includes("--store") ? ["--json"] : at)]);
    expect({ line, status: failed.status, stdout: failed.stdout }).toEqual({
      line,
      status: expected,
      stdout: "",
    });
    expectDocument("error", failed.stderr.split("\n").at(-2)!.concat("\n"));
  }
});
