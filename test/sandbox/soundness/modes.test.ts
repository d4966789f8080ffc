import { afterAll, beforeAll, expect, it } from "vitest";
import { compareOutputs, createRig, type Rig } from "../rig.ts";
import { restoredThrough } from "./check.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

function derivation(name: string, touch: string, edit: string): string {
  return `pkgs.stdenv.mkDerivation {
    pname = "${name}"; version = "1"; phases = [ "installPhase" "touchPhase" "lastPhase" ];
    nativeBuildInputs = [ pkgs.phaseCacheHook ];
    installPhase = ''mkdir -p $out/d; for i in 1 2 3; do head -c 3000000 /dev/urandom > $out/d/$i; done; ln $out/d/1 $out/link
      echo "prefix=$out" > $out/d/text; chmod 0444 $out/d/3; sleep 0.05'';
    touchPhase = ''${touch}'';
    lastPhase = ''(find $out -type f -printf '%P %m %n %s\\n' | sort > list; cp list $out; ${edit})'';
  }`;
}

/** The bytes that a phase added to the store, according to its message. */
function savedBytes(messages: readonly string[], phase: string): number {
  const line = messages.find((one) => one.startsWith(`saved ${phase}: `)) ?? "";
  const [, size, unit] = /: ([\d.]+) (\S+) in/.exec(line) ?? [];
  return Number(size) * { B: 1, KiB: 1024, MiB: 1 << 20 }[unit as "B"]!;
}

it.each([
  ["chmod to the current modes", "chmod -R u+r $out"],
  ["replacing a file by a copy with the same time", "cp -p $out/d/2 $out/d/2.new; mv $out/d/2.new $out/d/2"],
])("a phase that does not change contents stores none: %s", async (what, touch) => {
  const name = what.replaceAll(" ", "-");
  const cold = await rig.build(derivation(name, touch, ":"));
  expect(cold.ok, cold.log).toBe(true);
  expect(savedBytes(cold.messages, "installPhase")).toBeGreaterThan(8_000_000);
  expect(savedBytes(cold.messages, "touchPhase"), cold.log).toBeLessThan(100_000);
  const edited = derivation(name, touch, "echo edited");
  const restored = await rig.build(edited);
  expect(restoredThrough(restored.messages), restored.log).toBe("touchPhase");
  expect(compareOutputs(restored.outPaths, cold.outPaths)).toEqual([]);
});

it.each([
  [
    "contents without changing the time",
    "touch -r $out/d/2 t; echo x | dd of=$out/d/2 conv=notrunc status=none; touch -r t $out/d/2",
  ],
  ["a mode", "chmod u+w $out/d/3"],
  ["the number of links", "ln $out/d/3 $out/another"],
])("a restore includes a phase that changed %s", async (what, touch) => {
  const name = what.replaceAll(/[^a-z]+/g, "-");
  const cold = await rig.build(derivation(name, touch, ":"));
  const restored = await rig.build(derivation(name, touch, "true"));
  expect(restoredThrough(restored.messages), restored.log).toBe("touchPhase");
  expect(compareOutputs(restored.outPaths, cold.outPaths)).toEqual([]);
});

/** A package whose files are the same in every build, with some megabytes that hardly compress. */
function reproducible(name: string, change: string, edit: string): string {
  return `pkgs.stdenv.mkDerivation {
    pname = "${name}"; version = "1"; phases = [ "installPhase" "changePhase" "lastPhase" ];
    nativeBuildInputs = [ pkgs.phaseCacheHook ];
    installPhase = ''mkdir -p $out/d
      for i in 1 2 3; do awk "BEGIN { srand($i); for (i = 0; i < 300000; i++) print int(rand() * 1e9) }" > $out/d/$i; done; ln $out/d/1 $out/link
      echo "prefix=$out" > $out/d/text; echo "$out" > "$out/d/named-$(basename $out)"; truncate -s 5M $out/d/holes'';
    changePhase = ''${change}'';
    lastPhase = ''find $out -type f -printf '%P %m %n %s %T@\\n' | sort > list; cp list $out; ${edit}'';
  }`;
}

const changes = "chmod -R a-w $out; chmod u+w $out; find $out -type f -exec touch -d @1000000.25 {} +";

it("a phase that changes modes and times stores no contents, and is restored to another output", async () => {
  const cold = await rig.build(reproducible("metadata", changes, ":"));
  expect(cold.ok, cold.log).toBe(true);
  expect(savedBytes(cold.messages, "installPhase")).toBeGreaterThan(3_000_000);
  expect(savedBytes(cold.messages, "changePhase"), cold.log).toBeLessThan(10_000);
  const edited = reproducible("metadata", changes, "echo edited > $out/edited");
  const restored = await rig.build(edited);
  expect(restoredThrough(restored.messages), restored.log).toBe("changePhase");
  const clean = await rig.build(edited, { store: false });
  expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
});

it("contents of one build, metadata of the next, and a restore to a third output", async () => {
  await rig.build(reproducible("generations", ":", ":"));
  const second = await rig.build(reproducible("generations", changes, ":"));
  expect(restoredThrough(second.messages), second.log).toBe("installPhase");
  expect(savedBytes(second.messages, "changePhase"), second.log).toBeLessThan(50_000);
  const edited = reproducible("generations", changes, "echo edited > $out/edited");
  const third = await rig.build(edited);
  expect(restoredThrough(third.messages), third.log).toBe("changePhase");
  const clean = await rig.build(edited, { store: false });
  expect(compareOutputs(third.outPaths, clean.outPaths)).toEqual([]);
});
