import { expect, it } from "vitest";
import { formatSandboxPath, parseSandboxPath, placeInSandbox } from "../../runtime/nix/sandbox-paths.ts";

it.each([
  ["/a", { inside: "/a", outside: "/a", optional: false }],
  ["/a?", { inside: "/a", outside: "/a", optional: true }],
  ["/bin/sh=/usr/bin/dash", { inside: "/bin/sh", outside: "/usr/bin/dash", optional: false }],
  ["/a=/b=c?", { inside: "/a", outside: "/b=c", optional: true }],
])("parses %s", (entry, parts) => {
  expect(parseSandboxPath(entry)).toEqual(parts);
});

it.each(["/s", "/s?", "/var/cache/phasecache=/data/s?", "/bin/sh=/usr/bin/dash"])(
  "formats %s as it was parsed",
  (entry) => {
    expect(formatSandboxPath(parseSandboxPath(entry))).toBe(entry);
  },
);

it.each([
  ["the directory", ["/bin", "/s"], "/s"],
  ["another name", ["/in=/s/"], "/in"],
  ["a directory above it", ["/top=/"], "/top/s"],
  ["the last of several", ["/s", "/in=/s"], "/in"],
  ["nothing but a similar name", ["/s2", "/in=/s/below"], null],
])("finds %s", (_, entries, place) => {
  expect(placeInSandbox(entries, "/s")).toBe(place);
});
