import { expect, it } from "vitest";
import { createRig } from "../rig.ts";

/** A package. Its edit links to the earlier output, by a path that an attribute contains. */
const sample = (more: string) => `(pkgs.stdenv.mkDerivation {
  pname = "successor"; version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
  buildPhase = "echo $out > own";
  installPhase = "mkdir $out; cp own $out; runHook postInstall";
  ${more}
})`;

const leftover = /still refers to an output of the restored build/;

it("an intended link to the earlier output is not reported as a leftover reference", async () => {
  await using rig = await createRig();
  const first = await rig.build(sample(""));
  expect(first.ok, first.log).toBe(true);
  const linked = `postInstall = "ln -s ${"${"}${sample("")}} $out/previous";`;
  const second = await rig.build(sample(linked));
  expect(second.ok, second.log).toBe(true);
  expect(second.messages).toContainEqual(expect.stringMatching(/^restored .* through installPhase/));
  expect(second.messages.filter((line) => leftover.test(line))).toEqual([]);
});
