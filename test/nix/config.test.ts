import { expect, it } from "vitest";
import { type NixConfig, parseNixConfig } from "../../runtime/nix/config.ts";
import { placeInSandbox } from "../../runtime/nix/sandbox-paths.ts";

/**
 * What each Nix prints for the same nix.conf, reduced to what phasecache reads: `nix show-config --json` of 2.8.0,
 * `nix config show --json` of 2.26.3 and 2.34.8. In reality, each setting has more fields (`aliases`, `description`).
 */
const common = {
  sandbox: { defaultValue: true, value: true },
  "build-users-group": { defaultValue: "", value: "nixbld" },
  "trusted-users": { defaultValue: ["root"], value: ["root", "@wheel"] },
  "system-features": { defaultValue: ["benchmark", "big-parallel", "kvm"], value: ["kvm", "phase-cache"] },
  "pre-build-hook": { defaultValue: "", value: "" },
  store: { defaultValue: "auto", value: "auto" },
};
const strings = {
  defaultValue: [],
  value: ["/a=/b=c?", "/bin", "/bin/sh=/usr/bin/dash", "/lib64?", "/var/cache/phasecache?"],
};
const map = {
  defaultValue: {},
  value: {
    "/a": { optional: true, source: "/b=c" },
    "/bin": { optional: false, source: "/bin" },
    "/bin/sh": { optional: false, source: "/usr/bin/dash" },
    "/lib64": { optional: true, source: "/lib64" },
    "/var/cache/phasecache": { optional: true, source: "/var/cache/phasecache" },
  },
};
const printed = {
  "2.8.0": { ...common, "sandbox-paths": strings },
  "2.26.3": {
    ...common,
    "auto-allocate-uids": { defaultValue: false, value: false },
    "sandbox-paths": strings,
  },
  "2.34.8": { ...common, "auto-allocate-uids": { defaultValue: false, value: false }, "sandbox-paths": map },
};

it.each(Object.entries(printed))("parses the settings that Nix %s prints", (_, settings) => {
  const config = parseNixConfig(JSON.stringify(settings));
  expect(config).toEqual({
    sandbox: "on",
    sandboxPaths: strings.value,
    buildGroup: "nixbld",
    trustedUsers: ["root", "@wheel"],
    autoAllocateUids: false,
    systemFeatures: ["kvm", "phase-cache"],
    preBuildHook: false,
    store: "auto",
  } satisfies NixConfig);
  expect(placeInSandbox(config.sandboxPaths, "/var/cache/phasecache")).toBe("/var/cache/phasecache");
});

it("treats a setting that is missing or has another form as not set", () => {
  expect(parseNixConfig('{"sandbox-paths":{"value":null},"trusted-users":{"value":3}}')).toMatchObject({
    sandbox: "off",
    sandboxPaths: [],
    trustedUsers: [],
    store: "auto",
  });
});
