import fc from "fast-check";
import { expect, it } from "vitest";
import { escapeNames, unescapeNames } from "../../runtime/tree/paths.ts";

it.each([
  ["build/a", "build/a"],
  ["build/.wh.a", "build/.escaped.wh.a"],
  ["build/.wh./.wh.", "build/.escaped.wh./.escaped.wh."],
  [".wh.a/x.wh.b/.wh", ".escaped.wh.a/x.wh.b/.wh"],
  ["build/.escaped.wh.a", "build/.escaped.escaped.wh.a"],
  ["build/.escaped/.escapedwh.", "build/.escaped/.escapedwh."],
])("escapes %s as %s", (disk, layer) => {
  expect(escapeNames(disk)).toBe(layer);
  expect(unescapeNames(layer)).toBe(disk);
});

it("unescapes every escaped name, and no escaped name starts like a whiteout", () => {
  const part = fc.constantFrom(".wh.", ".escaped", "/", "a", ".", "wh");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const path = parts.join("");
      expect(unescapeNames(escapeNames(path))).toBe(path);
      expect(escapeNames(path)).not.toMatch(/(^|\/)\.wh\./);
    }),
  );
});
