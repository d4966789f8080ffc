import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { project } from "./rig/project.ts";
import { createRig, nixPath, type Rig } from "./rig.ts";

const features = "kvm big-parallel phase-cache phase-cache-too";

/** What a derivation says, Nix bindings, and whether the store is for it. */
const derivations: [what: string, attributes: string, sees: boolean][] = [
  ["asks", `requiredSystemFeatures = [ "phase-cache" ];`, true],
  ["asks for more as well", `requiredSystemFeatures = [ "kvm" "phase-cache" "big-parallel" ];`, true],
  [
    "asks with structured attributes",
    `requiredSystemFeatures = [ "phase-cache" ]; __structuredAttrs = true;`,
    true,
  ],
  [
    "asks for more with structured attributes",
    `requiredSystemFeatures = [ "kvm" "phase-cache" ]; __structuredAttrs = true;`,
    true,
  ],
  ["does not ask", "", false],
  ["asks for something else", `requiredSystemFeatures = [ "phase-cache-too" "kvm" ];`, false],
  ["only talks about it", `text = ''("requiredSystemFeatures","phase-cache")'';`, false],
  [
    "only talks about it with structured attributes",
    `__structuredAttrs = true; text = ''"requiredSystemFeatures":["phase-cache"]'';`,
    false,
  ],
];

const sample = (attributes: string, hook = "pkgs.phaseCacheHook") => `pkgs.stdenv.mkDerivation ({
  pname = "sample"; version = "1"; dontUnpack = true; nativeBuildInputs = [ ${hook} ];
  installPhase = "mkdir $out; if [[ -d /var/cache/phasecache ]]; then echo yes; else echo no; fi > $out/seen";
} // { ${attributes} })`;

describe("a pre-build-hook shows the store only to derivations that ask for it", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(async () => {
    console.log(`who sees the store: ${derivations.length + 2} derivations tried`);
    await rig[Symbol.asyncDispose]();
  });
  const build = (source: string) =>
    rig.build(source, {
      store: false,
      env: { PHASECACHE_DIR: rig.cache },
      settings: {
        "pre-build-hook": join(project, "nix/pre-build-hook.sh"),
        "system-features": features,
      },
    });

  it.each(derivations)("one that %s", async (_, attributes, sees) => {
    const result = await build(sample(attributes));
    expect(result.ok, result.log).toBe(true);
    expect(readFileSync(join(result.outPaths.out!, "seen"), "utf8")).toBe(sees ? "yes\n" : "no\n");
    const said = sees ? /^(saved|restored)/ : /\/var\/cache\/phasecache does not exist/;
    expect(result.messages).toContainEqual(expect.stringMatching(said));
  });

  it("withPhaseCache asks, with restrictToOptIn", async () => {
    const wrap = `(import ${nixPath(join(project, "nix/with-phase-cache.nix"))} { inherit (pkgs) phaseCacheHook; restrictToOptIn = true; })`;
    const result = await build(`${wrap} (${sample("", "")})`);
    expect(result.ok, result.log).toBe(true);
    expect(result.messages).toContainEqual(expect.stringMatching(/^(saved|restored)/));
  });

  it("a store that is not there costs one line and no build", async () => {
    renameSync(rig.cache, `${rig.cache}-away`);
    try {
      const result = await build(sample(derivations[0]![1]));
      expect(result.ok, result.log).toBe(true);
      expect(result.messages).toEqual([expect.stringMatching(/\/var\/cache\/phasecache does not exist/)]);
    } finally {
      renameSync(`${rig.cache}-away`, rig.cache);
    }
  });
});
