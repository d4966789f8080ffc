import { statSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { encodeIndex } from "../../runtime/archive/layer-index.ts";
import { addBlob, putBlob } from "../../runtime/store/blobs.ts";
import type { Store } from "../../runtime/store/open.ts";
import type { LayerRef } from "../../runtime/store/record.ts";
import { bash, makeChain } from "../archive/rig.ts";
import { makeStore, save } from "./example.ts";
import { useCommand } from "./rig.ts";

const run = useCommand();
const outputs = { out: "/nix/store/00000000000000000000000000000000-hello-1.0" };

/** A layer of what the script makes in a build directory. */
async function layerOf(store: Store, script: string): Promise<LayerRef> {
  const chain = makeChain();
  onTestFinished(chain.remove);
  bash(chain.origin.build, script);
  const { path, digest, plainSize, index } = await chain.save();
  const { size } = statSync(path);
  const bytes = encodeIndex(index);
  addBlob(store, path, digest);
  const entries = index.entries.length;
  return {
    digest,
    size,
    plainSize,
    entries,
    index: { digest: putBlob(store, bytes), size: bytes.length },
    outputs,
  };
}

it("prints a file by its path below the build directory, or absolute", async () => {
  const store = makeStore();
  const at = ["--store", store.root];
  const script = "mkdir -p build; seq 100000 > build/numbers; printf 'h\\xc3\\xa9\\n' > hé";
  const { id } = save(store, { outputs, layers: [await layerOf(store, script)] });
  const numbers = bash("/", "seq 100000");
  expect(run(["cat", id, "build/numbers", ...at])).toEqual({ status: 0, stdout: numbers, stderr: "" });
  expect(run(["cat", "hello", "/build/build/numbers", ...at]).stdout).toBe(numbers);
  expect(run(["cat", id, "./hé", ...at]).stdout).toBe("hé\n");
  expect(run(["cat", id, "numbers", ...at])).toMatchObject({ status: 1, stdout: "" });
  expect(run(["cat", id, "build", ...at])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("not a regular file"),
  });
});
