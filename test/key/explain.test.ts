import { describe, expect, it } from "vitest";
import type { Key } from "../../runtime/key/chain.ts";
import { explainMiss } from "../../runtime/key/explain.ts";
import {
  cmake,
  helloEnvironment,
  hook,
  keysOf,
  missOf,
  ninja,
  standardPhases,
  storePath,
} from "./example.ts";

const hello = helloEnvironment();
const native = (...paths: string[]) => ({ nativeBuildInputs: [...paths, hook].join(" ") });

describe("explainMiss", () => {
  it("returns null when the keys are equal", () => {
    expect(missOf({ TERM: "dumb" })).toBeNull();
    expect(
      explainMiss({ phases: [], keys: [], inputs: [] }, { phases: [], keys: [], inputs: [] }),
    ).toBeNull();
  });

  it("returns null when keys differ, but no recorded input does", () => {
    const now = { ...keysOf(hello), phases: standardPhases };
    expect(explainMiss(now, { ...now, keys: now.keys.map(() => "other" as Key) })).toBeNull();
  });

  it("lists the differences of the first phase that differs, then those of later phases", () => {
    const edit = {
      postInstall: "true",
      dontStrip: "1",
      configureFlags: "--enable-nls",
      preConfigure: "false",
    };
    expect(missOf(edit)).toMatchObject({
      phase: "configurePhase",
      differences: [
        { name: "configureFlags", kind: "changed", phase: "configurePhase" },
        { name: "preConfigure", kind: "changed", phase: "configurePhase" },
        { name: "postInstall", kind: "changed", phase: "installPhase" },
        { name: "dontStrip", kind: "added", phase: "fixupPhase", after: "1" },
      ],
    });
  });

  it("lists removed inputs", () => {
    const difference = { name: "dontStrip", kind: "removed", phase: "fixupPhase", before: "1" };
    expect(missOf({}, { dontStrip: "1" })).toEqual({ phase: "fixupPhase", differences: [difference] });
  });

  it("lists an input that another phase uses first now, at the earlier phase", () => {
    expect(missOf({ preBuild: "echo $postInstall" })).toMatchObject({
      phase: "buildPhase",
      differences: [
        { name: "preBuild", kind: "added" },
        { name: "nativeBuildInputs.make-shell-wrapper-hook", kind: "moved" },
        {
          name: "postInstall",
          kind: "moved",
          phase: "buildPhase",
          before: "installPhase",
          after: "buildPhase",
        },
      ],
    });
  });

  it("lists another order of the elements that both lists have", () => {
    const order = missOf(native(ninja, cmake, storePath("q", "qt-6")), native(cmake, ninja));
    expect(order?.differences).toEqual([
      { name: "nativeBuildInputs.qt", kind: "added", phase: "unpackPhase", after: storePath("q", "qt-6") },
      {
        name: "nativeBuildInputs",
        kind: "order",
        phase: "unpackPhase",
        before: "cmake ninja",
        after: "ninja cmake",
      },
    ]);
  });

  it("lists no other order when elements were only added and removed", () => {
    const kinds = missOf(native(storePath("q", "qt-6"), ninja), native(cmake, ninja))?.differences.map(
      ({ kind }) => kind,
    );
    expect(kinds).toEqual(["added", "removed"]);
  });

  it("lists causes before their consequences", () => {
    const bump = { name: "hello-2.13", version: "2.13", src: storePath("t", "hello-2.13.tar.gz"), a: "1" };
    expect(missOf(bump)?.differences.map(({ name }) => name)).toEqual(["version", "src", "a", "name"]);
    const update = {
      ...bump,
      stdenv: storePath("y", "stdenv-linux"),
      ...native(storePath("q", "cmake-3.29.2")),
    };
    expect(missOf(update)?.differences[0]?.name).toBe("stdenv");
  });

  it("lists the first phase in which the lists of phases differ", () => {
    const phases = standardPhases.with(3, "ninjaPhase");
    expect(missOf({}, {}, { phases })?.differences[0]).toEqual({
      name: "phases",
      kind: "changed",
      phase: "ninjaPhase",
      before: "buildPhase",
      after: "ninjaPhase",
    });
    const longer = missOf({}, {}, { phases: [...standardPhases, "reportPhase"] });
    expect(longer).toEqual({
      phase: "reportPhase",
      differences: [{ name: "phases", kind: "added", phase: "reportPhase", after: "reportPhase" }],
    });
    expect(missOf({}, {}, { phases: standardPhases.slice(0, 8) })).toBeNull();
  });

  it("accepts inconsistent records", () => {
    const now = { ...keysOf(hello), phases: standardPhases };
    const inputs = now.inputs.map((input) => ({ ...input, phase: 99 }));
    expect(explainMiss(now, { phases: [], keys: [], inputs })?.phase).toBe("unpackPhase");
    expect(explainMiss(now, { phases: [], keys: [], inputs: [] })?.phase).toBe("unpackPhase");
    const extra = { name: "x", phase: 99, digest: now.inputs[0]!.digest, preview: "" };
    const keys = now.keys.with(8, "other" as Key);
    expect(explainMiss(now, { ...now, keys, inputs: [...now.inputs, extra] })?.phase).toBe("distPhase");
  });
});
