import { expect, it } from "vitest";
import { createRig } from "../rig.ts";

/** A package; its edit links to the output that it had before, by a path that Nix knows. */
const sample = (more: string) => `(pkgs.stdenv.mkDerivation {
  pname = "successor"; version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
  buildPhase = "echo $out > own";
  installPhase = "mkdir $out; cp own $out; runHook postInstall";
  ${more}
})`;

const leftover = /still refers to an output of the restored build/;

it("a link to the predecessor, which an attribute names, is no leftover of it", async () => {
  await using rig = await createRig();
  const first = await rig.build(sample(""));
  expect(first.ok, first.log).toBe(true);
  const linked = `postInstall = "ln -s ${"${"}${sample("")}} $out/previous";`;
  const second = await rig.build(sample(linked));
  expect(second.ok, second.log).toBe(true);
  expect(second.messages).toContainEqual(expect.stringMatching(/^restored .* through buildPhase/));
  expect(second.messages.filter((line) => leftover.test(line))).toEqual([]);
});
