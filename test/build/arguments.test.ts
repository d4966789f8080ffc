import { expect, it } from "vitest";
import { splitArguments } from "../../runtime/build/arguments.ts";

const common: [string, number][] = [
  ["--option", 2],
  ["--max-jobs", 1],
  ["-j", 1],
  ["--verbose", 0],
  ["-v", 0],
  ["--print-build-logs", 0],
  ["-L", 0],
  ["--log-format", 1],
  ["--impure", 0],
];
const sources: [string, number][] = [
  ["--file", 1],
  ["-f", 1],
  ["--expr", 1],
  ["--arg", 2],
  ["--argstr", 2],
  ["--override-input", 2],
  ["--json", 0],
];
const flags = {
  build: new Map([
    ...common,
    ...sources,
    ["--out-link", 1] as const,
    ["-o", 1] as const,
    ["--no-link", 0] as const,
  ]),
  evaluate: new Map([...common, ...sources, ["--raw", 0] as const]),
};
const part = (...args: string[]) => splitArguments(args, flags);

it("splits options between the two commands", () => {
  expect(part("-f", "x.nix", "a", "-o", "r", "--option", "cores", "2", "b", "--json", "-L")).toEqual({
    evaluate: ["-f", "x.nix", "--option", "cores", "2", "-L"],
    build: ["-o", "r", "--option", "cores", "2", "--json"],
    check: ["--option", "cores", "2"],
    withoutResult: null,
    namesResult: true,
    installables: [
      { name: "a", outputs: null },
      { name: "b", outputs: null },
    ],
    functionArguments: "{  }",
    flakes: false,
    logs: true,
  });
});

it("passes flake options to the evaluation", () => {
  const { evaluate, flakes } = part(".#x", "--override-input", "a", "b");
  expect(evaluate).toEqual(["--override-input", "a", "b"]);
  expect(flakes).toBe(true);
});

it("passes arguments to functions as Nix does", () => {
  const { functionArguments, build } = part("--arg", "a", "1 # one", "--argstr", "b", `x"\${y}`);
  expect(functionArguments).toBe(`{ "a" = (1 # one\n); "b" = "x\\"\\\${y}"; }`);
  expect(build).toEqual([]);
});

it.each([
  [["-j4"], ["-j", "4"]],
  [["-vj2"], ["-v", "-j", "2"]],
  [["-Lv"], ["-v"]],
])("splits %j", (args, expected) => {
  expect(part(...args).build).toEqual(expected);
});

it("accepts -E, as nix-build does", () => {
  expect(part("-E", "x: x")).toMatchObject({
    evaluate: ["--impure", "--expr", "x: x"],
    build: ["--impure"],
    flakes: false,
  });
});

it.each([
  ["a^dev", { name: "a", outputs: "dev" }],
  [".#a.b^out,dev", { name: ".#a.b", outputs: "out,dev" }],
  ["a^*", { name: "a", outputs: "*" }],
  ["github:o/r?x=^", { name: "github:o/r?x=^", outputs: null }],
])("finds the outputs of %s", (text, expected) => {
  expect(part(text).installables).toEqual([expected]);
  expect(part("--", text).installables).toEqual([expected]);
});

it.each([
  [["--frob"], /no option --frob/],
  [["--fil", "x"], /no option --fil/],
  [["-f"], /-f needs a value/],
  [["--arg", "x"], /--arg needs 2 values/],
  [["--log-format", "raw"], /does not support --log-format/],
])("refuses %j", (args, says) => {
  expect(() => part(...args)).toThrow(says);
});
