import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseDump } from "../../runtime/shell/index.ts";
import type { Store } from "../../runtime/store/layout.ts";
import type { SnapshotRecord } from "../../runtime/store/records/record.ts";
import { compressFrame } from "../../runtime/util/encoding/zstd.ts";
import type { Crafted } from "../layer/craft.ts";
import { added, definition, text } from "../shell/changes.ts";
import { putBlob } from "../store/put-blob.ts";
import { applied } from "./harness/apply.ts";
import { contentsOf } from "./harness/contents.ts";
import { forge, forgeLayer } from "./harness/forge.ts";
import { Harness } from "./harness/harness.ts";
import { beginPlan, referenceRestores } from "./harness/levels.ts";
import { phases } from "./harness/phases.ts";
import { makeOutside } from "./harness/replacements.ts";
import { restoredIn, stateIn } from "./harness/script.ts";

type Forgery = (record: SnapshotRecord, store: Store, harness: Harness) => void;

/** The build rejects the forged snapshot with this message and restores the one before; nothing outside is modified. */
async function expectRejected(forgery: Forgery, message: RegExp): Promise<void> {
  using harness = new Harness();
  const levels = await referenceRestores(harness);
  makeOutside(harness.file("outside"));
  const outside = contentsOf(harness.file("outside"));
  forge(harness, (record, store) => forgery(record, store, harness));
  const memory = process.memoryUsage().rss;
  beginPlan(harness);
  const { script, messages } = await harness.plan();
  expect(messages).toMatch(message);
  expect(messages).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\x9b]/);
  expect(restoredIn(script), messages).toBe(1);
  expect(harness.contents()).toEqual(levels[1]!.contents);
  expect(stateIn(script)).toBe(levels[1]!.state);
  expect(contentsOf(harness.file("outside"))).toEqual(outside);
  expect(process.memoryUsage().rss - memory).toBeLessThan(400 << 20);
  const next = await harness.build(1);
  expect(next.messages).not.toMatch(/without the cache|not saved/);
}

const body = (fields: object): Forgery => {
  return (record) => Object.assign(record.body, fields);
};
const state = (fields: object): Forgery => {
  return ({ body }) => {
    body.state = { ...(body.state as object), ...fields };
  };
};
/** Adds a layer of these files. */
const layer = (...files: ((harness: Harness) => Crafted)[]): Forgery => {
  return ({ header }, store, harness) => {
    const crafted = files.map((file) => file(harness));
    header.layers.push(forgeLayer(harness, store, crafted, header.outputs));
  };
};
const claimed = { path: "build/ok" };

describe("a forged record with correct checksums is rejected, with the reason", () => {
  it.each<[string, Forgery, RegExp]>([
    ["no state", body({ state: null }), /is not used: .*state/],
    ["a state of the wrong type", body({ state: { variables: 5 } }), /is not used: .*state/],
    [
      "code as a variable's name",
      state({ variables: [added("x;touch$IFS/evil", text("1"))] }),
      /is not used: .*name/,
    ],
    ["SHELLOPTS", state({ variables: [added("SHELLOPTS", text("xtrace"))] }), /is not used: .*SHELLOPTS/],
    ["BASHOPTS", state({ variables: [added("BASHOPTS", text("extdebug"))] }), /is not used: .*BASHOPTS/],
    ["NIX_LOG_FD", state({ variables: [added("NIX_LOG_FD", text("9"))] }), /is not used: .*NIX_LOG_FD/],
    [
      "a function called builtin",
      state({ functions: [added("builtin", definition("builtin"))] }),
      /is not used: .*builtin/,
    ],
    [
      "a function of the hook",
      state({ functions: [added("_phaseCacheSave", definition("_phaseCacheSave"))] }),
      /is not used: .*_phaseCacheSave/,
    ],
    [
      "a restricted shell",
      state({ options: [added("shopt restricted_shell", true)] }),
      /is not used: .*restricted_shell/,
    ],
    [
      "a file above the roots",
      layer(() => ({ name: "build/../../outside/evil", contents: "x", index: claimed })),
      /is not used: .*(name|refused)/,
    ],
    [
      "an absolute name",
      layer((harness) => ({ name: harness.file("outside/evil"), contents: "x", index: claimed })),
      /is not used/,
    ],
    [
      "a file through a symlink",
      layer(
        (harness) => ({ name: "build/ok", type: "2", link: harness.file("outside") }),
        () => ({ name: "build/ok/evil", contents: "x" }),
      ),
      /is not used: .*not a directory/,
    ],
    [
      "a hard link to a file outside",
      layer((harness) => ({ name: "build/ok", type: "1", link: harness.file("outside/target") })),
      /is not used/,
    ],
    ["a device", layer(() => ({ name: "build/ok", type: "3" })), /is not used: .*not a file/],
    [
      "a setuid file",
      layer(() => ({ name: "build/ok", mode: 0o4755, index: { mode: 0o755 } })),
      /is not used: .*setuid/,
    ],
    ["a wrong size", layer(() => ({ name: "build/ok", contents: "x", size: 2 ** 32 })), /is not used/],
    [
      "an escape sequence in a name",
      layer(() => ({ name: "build/\x1b]0;x\x07/evil", contents: "x" })),
      /is not used: build\/\\\\x1b/,
    ],
    [
      "an index that is a decompression bomb",
      ({ header }, store) => {
        const packed = compressFrame(Buffer.alloc(64 << 20), 19);
        header.layers[1]!.index = { digest: putBlob(store, packed), size: packed.length };
      },
      /is not used: .*index/,
    ],
    [
      "an index above the size limit",
      ({ header }, store) => {
        const packed = compressFrame(Buffer.alloc(65 << 20), 19);
        header.layers[1]!.index = { digest: putBlob(store, packed), size: packed.length };
      },
      /is not used: .*size/,
    ],
    [
      "an index that is not zstd",
      ({ header }, store) => {
        const bytes = Buffer.from("no zstd");
        header.layers[1]!.index = { digest: putBlob(store, bytes), size: bytes.length };
      },
      /is not used: .*zstd/,
    ],
    [
      "a layer with the index of another layer",
      ({ header }) => {
        header.layers[1]!.index = header.layers[0]!.index;
      },
      /is not used: .*(twice|length|digest|index)/,
    ],
    [
      "outputs without hashes",
      ({ header }) => {
        header.layers[1]!.outputs = { out: "" };
      },
      /is not used: .*output/,
    ],
    [
      "an output path that is too short",
      ({ header }) => {
        header.outputs = { out: "/nix/store/x" };
      },
      /is not used: .*output/,
    ],
  ])("%s", (_, forgery, message) => expectRejected(forgery, message));
});

it.each<[string, Forgery]>([
  ["nothing", body({ inputs: null })],
  ["a number", body({ inputs: [5] })],
  [
    "a text with an escape sequence",
    body({ inputs: [{ name: "\x1b[2J", phase: 0, digest: "x", preview: "" }] }),
  ],
])("invalid inputs (%s) do not affect the restore or the explanation of a miss", async (_, forgery) => {
  using harness = new Harness();
  const levels = await referenceRestores(harness);
  forge(harness, (record, store) => {
    forgery(record, store, harness);
    // A failed snapshot is not restored: only the explanation reads it.
    record.header.failed = true;
  });
  beginPlan(harness);
  const { script, messages } = await harness.plan();
  expect(restoredIn(script), messages).toBe(1);
  expect(harness.contents()).toEqual(levels[1]!.contents);
  expect(messages).not.toMatch(/without the cache/);
});

it("variables that affect shells run no code, neither while the state is applied nor in the hook's calls", async () => {
  using harness = new Harness();
  await referenceRestores(harness);
  const marker = harness.file("marker");
  const code = `$(touch ${marker})`;
  const trap = `f() { touch ${marker}; }`;
  const names = [
    "PATH",
    "LD_PRELOAD",
    "BASH_ENV",
    "ENV",
    "IFS",
    "PROMPT_COMMAND",
    "CDPATH",
    "GLOBIGNORE",
    "PS1",
    "PS4",
  ];
  const more = [
    "NODE_OPTIONS",
    "TAR_OPTIONS",
    "TMPDIR",
    "EXECIGNORE",
    "POSIXLY_CORRECT",
    "INPUTRC",
    "HISTFILE",
  ];
  const calls = [
    "cd",
    "printf",
    "declare",
    "command_not_found_handle",
    "exec",
    "trap",
    "set",
    "eval",
    "[",
    "touch",
  ];
  const initial = parseDump(harness.dump(null)).variables;
  forge(harness, ({ body }) => {
    body.state = {
      ...(body.state as object),
      variables: [...names, ...more].map((name) => ({
        name,
        before: initial.get(name) ?? null,
        after: { ...text(`${code};${trap}/tmp`), attributes: "x" },
      })),
      functions: calls.map((name) =>
        added(name, { attributes: "", text: `${name} () \n{ \n    builtin command touch ${marker}\n}` }),
      ),
    };
  });
  beginPlan(harness);
  const { script, messages } = await harness.plan();
  expect(restoredIn(script), messages).toBe(phases.length);
  expect(applied(harness, script).variables.get("BASH_ENV")?.value).toEqual({
    kind: "string",
    text: `${code};${trap}/tmp`,
  });
  expect(existsSync(marker)).toBe(false);
});
