import { expect, it } from "vitest";
import { bash } from "../../layer/rig.ts";
import { useCommand } from "../rig/command.ts";
import { makeStore, outputs, save } from "../rig/example.ts";
import { layerOf } from "../rig/layer.ts";

const run = useCommand();

it("prints a file by its path relative to the build directory, or absolute", async () => {
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
