import { describe, expect, it } from "vitest";
import { withoutLaterBranches } from "../../../runtime/key/code/branches.ts";
import { phaseOf } from "../example.ts";

const goBuild = (call: string) => `runHook preBuild
buildDir() {
  local cmd="$1" dir="$2"
  flags+=($ldflags)
  if [ "$cmd" = "test" ]; then
    flags+=(-vet=off)
    flags+=($checkFlags)
  fi
  go $cmd "\${flags[@]}" $dir
}
for pkg in a b; do
  ${call}
done
runHook postBuild
`;

describe("the branches of buildPhase's functions that only later phases take", () => {
  const namesFlags = (call: string, attributes: Record<string, string> = {}) =>
    withoutLaterBranches(goBuild(call), new Map(Object.entries(attributes))).includes("checkFlags");

  it("are removed, and nothing else", () => {
    const text = withoutLaterBranches(goBuild('buildDir install "$pkg"'), new Map());
    expect(text).toContain("$ldflags");
    expect(text).toContain("runHook postBuild");
    expect(text).not.toContain("checkFlags");
  });

  it.each([
    "buildDir test $pkg",
    "buildDir install a; buildDir test b",
    "buildDir $mode $pkg",
    '"buildDir" install',
    "run buildDir",
    "true",
  ])("stay in a buildPhase with %j", (call) => {
    expect(namesFlags(call)).toBe(true);
  });

  it("stay if a text that may run earlier names the function", () => {
    expect(namesFlags("buildDir install a", { checkPhase: "buildDir test a" })).toBe(false);
    expect(namesFlags("buildDir install a", { postBuild: "buildDir test a" })).toBe(true);
    expect(namesFlags("buildDir install a", { unknown: "buildDir test a" })).toBe(true);
  });

  it("decide the phase of an attribute", () => {
    const checkPhase = "runHook preCheck; buildDir test a";
    const attributes = { checkFlags: "-short", ldflags: "-s", checkPhase };
    const variables = (buildPhase: string) => ({
      variables: new Map(Object.entries({ buildPhase, checkPhase })),
    });
    const [early, late] = [goBuild("buildDir test a"), goBuild("buildDir install a")];
    expect(phaseOf("checkFlags", { ...attributes, buildPhase: early }, variables(early))).toBe("buildPhase");
    expect(phaseOf("checkFlags", { ...attributes, buildPhase: late }, variables(late))).toBe("checkPhase");
    expect(phaseOf("ldflags", { ...attributes, buildPhase: late }, variables(late))).toBe("buildPhase");
  });
});
