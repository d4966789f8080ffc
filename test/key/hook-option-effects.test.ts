import { describe, expect, it } from "vitest";
import { helloEnvironment, keysOf, phaseOf } from "./example.ts";

describe("phaseCacheFirstUse", () => {
  const problemsOf = (attributes: Record<string, string>) =>
    keysOf({ ...helloEnvironment(), ...attributes }).problems;

  it("makes an attribute matter only from a phase on", () => {
    const attributes = { BAR: "1", phaseCacheFirstUse: "BAR=installPhase" };
    expect(phaseOf("BAR", { BAR: "1" })).toBe("unpackPhase");
    expect(phaseOf("BAR", attributes)).toBe("installPhase");
    expect(problemsOf(attributes)).toEqual([]);
  });

  it("can make an attribute matter earlier than the table does", () => {
    expect(phaseOf("makeFlags", { phaseCacheFirstUse: "makeFlags=patchPhase" })).toBe("patchPhase");
  });

  it("applies to all elements of a dependency list", () => {
    expect(phaseOf("buildInputs.openssl", { phaseCacheFirstUse: "buildInputs=fixupPhase" })).toBe(
      "fixupPhase",
    );
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ phaseCacheFirstUse: "BAR=installPhase" }, /no attribute BAR/],
    [{ phaseCacheFirstUse: "system=installPhase" }, /system decides every phase/],
    [
      { BAR: "1", preBuild: "echo $BAR", phaseCacheFirstUse: "BAR=installPhase" },
      /BAR .* installPhase.*preBuild/,
    ],
  ])("with an invalid value is a problem: %j", (attributes, problem) => {
    expect(problemsOf(attributes)).toEqual([expect.stringMatching(problem)]);
  });

  it("has no effect when a text uses the attribute earlier", () => {
    const attributes = { BAR: "1", preBuild: "echo $BAR", phaseCacheFirstUse: "BAR=installPhase" };
    expect(phaseOf("BAR", attributes)).toBe("buildPhase");
  });
});

describe("phaseCacheIgnore", () => {
  it("leaves out attributes and complete lists", () => {
    const attributes = { phaseCacheIgnore: "makeFlags buildInputs" };
    expect(phaseOf("makeFlags", attributes)).toBeUndefined();
    expect(phaseOf("buildInputs.openssl", attributes)).toBeUndefined();
    expect(phaseOf("configureFlags", attributes)).toBe("configurePhase");
  });

  it("can't leave out an input that decides every phase", () => {
    const attributes = { ...helloEnvironment(), phaseCacheIgnore: "system" };
    expect(phaseOf("system", attributes)).toBe("unpackPhase");
    expect(keysOf(attributes).problems).toEqual([expect.stringContaining("system")]);
  });
});
