import { expect, it } from "vitest";
import { hidingOptions } from "../../runtime/build/without-store.ts";
import type { NixConfig } from "../../runtime/nix/config.ts";

const usual = "/var/cache/phasecache";

function configOf(sandboxPaths: string[], fields: Partial<NixConfig> = {}): NixConfig {
  return {
    sandbox: "on",
    sandboxPaths,
    buildGroup: "nixbld",
    trustedUsers: ["root"],
    autoAllocateUids: false,
    systemFeatures: [],
    preBuildHook: false,
    store: "auto",
    ...fields,
  };
}

it.each([
  ["the store", ["/bin/sh=/x", `${usual}?`], usual, "/bin/sh=/x"],
  ["a store elsewhere", ["/a", `${usual}=/data/s?`], "/data/s", "/a"],
  ["whatever is at the path where the hook looks", ["/a", `${usual}=/other`], "/data/s", "/a"],
  ["what is inside the store", ["/data/s/v1", "/data/s2"], "/data/s", "/data/s2"],
  ["nothing, if it is not mounted", ["/a?"], usual, "/a?"],
])("leaves out %s", (_, entries, store, rest) => {
  expect(hidingOptions(configOf(entries), store, [usual])).toEqual(["--option", "sandbox-paths", rest]);
});

it("disables a pre-build-hook only if it may mount the store", () => {
  const shown = hidingOptions(configOf(["/a", usual], { preBuildHook: true }), usual, [usual]);
  expect(shown).toEqual(["--option", "sandbox-paths", "/a"]);
  const hooked = hidingOptions(configOf(["/a"], { preBuildHook: true }), usual, [usual]);
  expect(hooked).toEqual(["--option", "sandbox-paths", "/a", "--option", "pre-build-hook", ""]);
});

it.each([
  ["a parent directory is mounted", configOf(["/var?"]), /the sandbox-paths entry \/var\? exposes the store/],
  ["there is no sandbox", configOf([usual], { sandbox: "off" }), /without a sandbox/],
])("refuses if %s", (_, config, words) => {
  expect(() => hidingOptions(config, usual, [usual])).toThrow(words);
});
