import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { project } from "./rig/project.ts";
import { createRig, nixPath, type Rig } from "./rig.ts";

const features = "kvm big-parallel phase-cache phase-cache-too";

/** Derivations: a description, Nix bindings, and whether the build sees the store. */
const derivations: [what: string, attributes: string, sees: boolean][] = [
  ["requires the feature", `requiredSystemFeatures = [ "phase-cache" ];`, true],
  [
    "requires other features as well",
    `requiredSystemFeatures = [ "kvm" "phase-cache" "big-parallel" ];`,
    true,
  ],
  [
    "requires the feature with structured attributes",
    `requiredSystemFeatures = [ "phase-cache" ]; __structuredAttrs = true;`,
    true,
  ],
  [
    "requires several features with structured attributes",
    `requiredSystemFeatures = [ "kvm" "phase-cache" ]; __structuredAttrs = true;`,
    true,
  ],
  ["does not require it", "", false],
  ["requires other features only", `requiredSystemFeatures = [ "phase-cache-too" "kvm" ];`, false],
  ["only contains the text", `text = ''("requiredSystemFeatures","phase-cache")'';`, false],
  [
    "only contains the text with structured attributes",
    `__structuredAttrs = true; text = ''"requiredSystemFeatures":["phase-cache"]'';`,
    false,
  ],
];

const sample = (attributes: string, hook = "pkgs.phaseCacheHook") => `pkgs.stdenv.mkDerivation ({
  pname = "sample"; version = "1"; dontUnpack = true; nativeBuildInputs = [ ${hook} ];
  installPhase = "mkdir $out; if [[ -d /var/cache/phasecache ]]; then echo yes; else echo no; fi > $out/seen";
} // { ${attributes} })`;

describe("a pre-build-hook mounts the store only for derivations that require the feature", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(async () => {
    console.log(`opt-in: ${derivations.length + 2} derivations tried`);
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

  it.each(derivations)("a derivation that %s", async (_, attributes, sees) => {
    const result = await build(sample(attributes));
    expect(result.ok, result.log).toBe(true);
    expect(readFileSync(join(result.outPaths.out!, "seen"), "utf8")).toBe(sees ? "yes\n" : "no\n");
    const message = sees ? /^(saved|restored)/ : /\/var\/cache\/phasecache does not exist/;
    expect(result.messages).toContainEqual(expect.stringMatching(message));
  });

  it("withPhaseCache requires the feature with restrictToOptIn", async () => {
    const wrap = `(import ${nixPath(join(project, "nix/with-phase-cache.nix"))} { inherit (pkgs) phaseCacheHook; restrictToOptIn = true; })`;
    const result = await build(`${wrap} (${sample("", "")})`);
    expect(result.ok, result.log).toBe(true);
    expect(result.messages).toContainEqual(expect.stringMatching(/^(saved|restored)/));
  });

  it("a missing store causes one message and does not fail the build", async () => {
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
