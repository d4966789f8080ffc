import { expect, it } from "vitest";
import { useCommand } from "./rig/command.ts";
import { makeStore, noChange, save } from "./rig/example.ts";

const run = useCommand();

it("escapes control characters from a store in every command", () => {
  const store = makeStore();
  const at = ["--store", store.root];
  const evil = "\x1b]0;x\x07\x9b31m\u202e\r";
  const change = {
    name: "v",
    before: null,
    after: { attributes: "", value: { kind: "string", text: evil } },
  };
  const fields = {
    phase: `p${evil}`,
    name: evil,
    system: evil,
    buildTop: `/b${evil}`,
    phaseIndex: 0,
    layers: [],
  };
  const values = [evil, "b", "c", "d"];
  const one = save(store, fields, { values, state: { ...noChange, variables: [change] } });
  const two = save(store, { ...fields, created: Date.now() }, { values: [`${evil}2`, "b", "c", "d"] });
  const lines = [
    ["ls"],
    ["show", one.id],
    ["why", "hello"],
    ["why", "hello", "--phase", evil],
    ["diff", one.id, two.id],
    ["cat", one.id, evil],
    ["gc", "--max-size", "0", "--dry-run"],
    ["clear", "hello", "--dry-run"],
    ["verify"],
    ["show", `hello/${evil}`],
    ["ls", evil],
    ["config", evil],
    ["resume", "hello", "--through", evil],
    ["--complete", "show", "hello/"],
  ];
  for (const line of lines)
    for (const form of [[], ["--json"]]) {
      const { stdout, stderr } = run([...line, ...(line[0] === "--complete" ? [] : [...form, ...at])], {
        env: { PHASECACHE_DIR: store.root },
      });
      expect(`${line.join(" ")}: ${stdout}${stderr}`.slice(line.join(" ").length)).not.toMatch(
        /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/,
      );
    }
});
