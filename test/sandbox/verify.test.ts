import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRig, type Rig } from "./rig.ts";

/** A package whose phases all use the output's path; `more` are attributes. */
const sample = (more: string) => `pkgs.stdenv.mkDerivation {
  pname = "verified"; version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
  configurePhase = "echo $out > prefix; CONFIGURED=$out";
  buildPhase = "mkdir tree; for i in 1 2 3 4 5 6 7; do echo $i > tree/$i; done; ln -s $out link";
  installPhase = "mkdir $out; cp -r tree prefix $out";
  ${more}
}`;

describe(`phaseCacheVerify, with ${process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv"}`, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const verdictsOf = (messages: string[]) => messages.filter((line) => / and its snapshot /.test(line));

  it("runs every phase of a build that could be restored, and finds each equal to its snapshot", async () => {
    await rig.build(sample(""));
    const { ok, phases, messages, log } = await rig.build(sample("phaseCacheVerify = true;"));
    expect(ok, log).toBe(true);
    expect(phases).toEqual(["patchPhase", "configurePhase", "buildPhase", "installPhase", "fixupPhase"]);
    expect(messages[0]).toBe("running every phase and comparing it with its snapshot (phaseCacheVerify)");
    expect(verdictsOf(messages)).toEqual(
      phases.map((phase) =>
        expect.stringMatching(new RegExp(`^${phase} and its snapshot [0-9a-f]{12} are equal$`)),
      ),
    );
  });

  const chance = `pname = "chance"; buildPhase = "mkdir tree; date +%N > tree/now; MOMENT=$RANDOM$RANDOM";`;
  const unreproducible = (more: string) => `(${sample("")}).overrideAttrs (old: { ${chance} ${more} })`;

  it("reports what is not reproducible, and continues", async () => {
    await rig.build(unreproducible(""));
    const { ok, messages, log } = await rig.build(unreproducible("phaseCacheVerify = true;"));
    expect(ok, log).toBe(true);
    const verdicts = verdictsOf(messages);
    expect(verdicts.map((line) => line.split(" ")[0])).toContain("configurePhase");
    expect(verdicts).toContainEqual(
      expect.stringMatching(
        /^buildPhase and its snapshot \w+ differ: M build\/tree\/now, M variable MOMENT$/,
      ),
    );
    expect(verdicts).toContainEqual(expect.stringMatching(/^installPhase .* M outputs\/out\/tree\/now/));
  });

  it("fails such a build with phaseCacheStrict", async () => {
    await rig.build(unreproducible(`version = "2";`));
    const { ok, log, phases, messages } = await rig.build(
      unreproducible(`version = "2"; phaseCacheVerify = true; phaseCacheStrict = true;`),
    );
    expect(ok, log).toBe(false);
    expect(phases.at(-1)).toBe("buildPhase");
    expect(messages).toContainEqual(
      expect.stringMatching(/^buildPhase .* differ: .*; failing the build \(phaseCacheStrict\)$/),
    );
  });

  it("treats the names of temporary files as equal, also in nixpkgs' own phases", async () => {
    const named = (more: string) => `pkgs.stdenv.mkDerivation {
      pname = "named"; version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
      buildPhase = "reference=$(mktemp mtime.reference.XXXXXX); list=($(mktemp -d) x); rm -r $reference $list
        export HOME=$(mktemp -d); echo settings > $HOME/.settings; ln -s $HOME/.settings link";
      installPhase = "mkdir $out"; ${more}
    }`;
    await rig.build(named(""));
    const { ok, messages, log } = await rig.build(named("phaseCacheVerify = true; phaseCacheStrict = true;"));
    expect(ok, log).toBe(true);
    const verdicts = verdictsOf(messages);
    expect(verdicts.map((line) => line.split(" ")[0])).toContain("configurePhase");
    expect(verdicts.filter((line) => !line.endsWith(" are equal"))).toEqual([]);
  });

  it("reports five differences and the number of further ones", async () => {
    const many = (more: string) =>
      `(${sample("")}).overrideAttrs (old: {
        pname = "many"; buildPhase = "mkdir tree; for i in {1..9}; do date +%N > tree/$i; done"; ${more}
      })`;
    await rig.build(many(""));
    const { messages } = await rig.build(many("phaseCacheVerify = true;"));
    const [verdict] = messages.filter((line) => line.startsWith("buildPhase and"));
    expect(verdict).toMatch(/differ: (M build\/tree\/\d(, )?){5} \(and 4 more\)$/);
  });

  it("reports nothing for phases without a snapshot", async () => {
    const { ok, messages } = await rig.build(unreproducible(`version = "4"; phaseCacheVerify = true;`));
    expect(ok).toBe(true);
    expect(verdictsOf(messages)).toEqual([]);
  });
});
