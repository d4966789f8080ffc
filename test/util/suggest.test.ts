import { expect, it } from "vitest";
import { didYouMean, editDistance, suggest } from "../../runtime/util/suggest.ts";

it.each([
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "", 3],
  ["abc", "abc", 0],
  ["abc", "abd", 1],
  ["abc", "ac", 1],
  ["ac", "abc", 1],
  ["ab", "ba", 2],
  ["kitten", "sitting", 3],
])("the distance between %j and %j is %i", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

it.each([
  ["helo", ["hello", "firefox"], ["hello"]],
  ["libgit", ["git", "libgit2", "libxml2"], ["libgit2"]],
  ["fire", ["firefox", "firefox-esr", "hello"], ["firefox", "firefox-esr"]],
  ["abcdef", ["abcdxx", "abcdex", "xxxxxx"], ["abcdex", "abcdxx"]],
  ["aa", ["ab", "ac", "ad", "ae"], ["ab", "ac", "ad"]],
  ["zlib", [], []],
])("suggests for %j, among %j, %j", (text, names, near) => {
  expect(suggest(text, names)).toEqual(near);
});

it("names what is close in one sentence, each name once", () => {
  expect(didYouMean("helo", ["hello", "hello", "help", "zlib"])).toBe("did you mean hello or help?");
  expect(didYouMean("helo", ["zlib"])).toBeUndefined();
});
