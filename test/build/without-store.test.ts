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
  ["whatever stands where the hook looks", ["/a", `${usual}=/other`], "/data/s", "/a"],
  ["what lies in the store", ["/data/s/v1", "/data/s2"], "/data/s", "/data/s2"],
  ["nothing, where it is not shown", ["/a?"], usual, "/a?"],
])("leaves out %s", (_, entries, store, rest) => {
  expect(hidingOptions(configOf(entries), store, [usual])).toEqual(["--option", "sandbox-paths", rest]);
});

it("switches a pre-build-hook off that may show it, and no other", () => {
  const shown = hidingOptions(configOf(["/a", usual], { preBuildHook: true }), usual, [usual]);
  expect(shown).toEqual(["--option", "sandbox-paths", "/a"]);
  const hooked = hidingOptions(configOf(["/a"], { preBuildHook: true }), usual, [usual]);
  expect(hooked).toEqual(["--option", "sandbox-paths", "/a", "--option", "pre-build-hook", ""]);
});

it.each([
  ["a directory above it is shown", configOf(["/var?"]), /the sandbox-paths entry \/var\? exposes the store/],
  ["there is no sandbox", configOf([usual], { sandbox: "off" }), /without a sandbox/],
])("refuses where %s", (_, config, words) => {
  expect(() => hidingOptions(config, usual, [usual])).toThrow(words);
});
