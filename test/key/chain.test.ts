import { describe, expect, it } from "vitest";
import { computeKeys, type Keys } from "../../runtime/key/chain.ts";
import {
  cmake,
  commandLine,
  derivationOf,
  edited,
  firstDifference,
  helloEnvironment,
  keysOf,
  standardPhases,
  storePath,
  table,
} from "./example.ts";

const hello = helloEnvironment();
const base = keysOf(hello);

describe("own output hashes", () => {
  const moved = () => {
    const text = JSON.stringify(hello)
      .replaceAll("a".repeat(32), "0".repeat(32))
      .replaceAll("d".repeat(32), "1".repeat(32));
    return JSON.parse(text) as Record<string, string>;
  };

  it("do not affect any key, wherever they occur", () => {
    expect(moved().postInstall).not.toBe(hello.postInstall);
    expect(keysOf(moved()).keys).toEqual(base.keys);
    expect(keysOf(moved()).inputs).toEqual(base.inputs);
  });

  it("have a different placeholder for each output", () => {
    const swapped = { ...hello, postInstall: hello.postInstall!.replace("a".repeat(32), "d".repeat(32)) };
    expect(firstDifference(base, keysOf(swapped))).toBe("installPhase");
  });
});

describe("each input", () => {
  const values = (keys: Keys) => keys.inputs.map(({ name, phase }) => [name, phase] as const);
  const single = values(base).filter(([name]) => name in hello && !["out", "dev", "outputs"].includes(name));

  it.each(single)("%s changes the keys of its phase and of later phases, and no others", (name, phase) => {
    const { keys } = keysOf(edited({ [name]: `${hello[name]}x` }));
    const changed = keys.map((key, index) => key !== base.keys[index]);
    expect(changed).toEqual(standardPhases.map((_, index) => index >= phase));
  });

  it("is listed once, with a preview, sorted by phase", () => {
    const names = base.inputs.map(({ name }) => name);
    expect(names).toHaveLength(new Set(names).size);
    expect(base.inputs.map(({ phase }) => phase)).toEqual(base.inputs.map(({ phase }) => phase).sort());
    const byName = new Map(base.inputs.map((input) => [input.name, input]));
    expect(byName.get("postInstall")?.preview).toBe(
      "wrapProgram /nix/store/<output-out>-hello-2.12.1/bin/hello",
    );
    expect(byName.get("nativeBuildInputs.cmake")?.preview).toBe(cmake);
    expect(byName.get("buildInputs.openssl")?.phase).toBe(0);
    expect(byName.get("nativeBuildInputs.make-shell-wrapper-hook")?.phase).toBe(5);
    expect(byName.get("builder")?.preview).toBe(`${hello.builder} ${commandLine.join(" ")}`);
    expect(names.filter((name) => /phase-cache|NIX_BUILD_CORES|TMPDIR/.test(name))).toEqual([]);
  });

  it("is numbered when a list has two packages with the same name", () => {
    const { inputs } = keysOf(
      edited({ buildInputs: `${storePath("i", "boost-1.80")} ${storePath("k", "boost-1.84")}` }),
    );
    expect(inputs.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["buildInputs.boost", "buildInputs.boost#2"]),
    );
  });
});

describe("the encoding", () => {
  it("equals the one of existing stores", () => {
    const { keys } = computeKeys({
      derivation: derivationOf({
        out: storePath("a", "x"),
        buildInputs: storePath("b", "y-1"),
        postInstall: "z",
      }),
      phases: ["unpackPhase", "installPhase"],
      table,
      functions: new Map(),
      variables: new Map(),
      exported: new Set(),
      formatVersion: 1,
      ownPaths: [],
    });
    expect(keys).toEqual([
      "477483b1466df3897f53d7ca7f6982c34618f1c2f21f872508206fcf93a3c4db",
      "a43d2e681454772ad1c0773787f0a279424d1f71d192f63a7f41ca8cc7eac778",
    ]);
  });

  it("is unambiguous", () => {
    const one = keysOf(edited({ makeFlags: "a", buildFlags: "b" }));
    const two = keysOf(edited({ makeFlags: "a,9:buildFlags", buildFlags: "" }));
    expect(firstDifference(one, two)).toBe("buildPhase");
  });

  it("is empty for a build without phases", () => {
    expect(keysOf(hello, { phases: [] }).keys).toEqual([]);
  });
});
