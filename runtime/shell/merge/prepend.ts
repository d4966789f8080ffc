import type { Change } from "../change.ts";
import type { Variable } from "../state.ts";

/**
 * Variables to which stdenv's own hooks prepend words with known prefixes, even where the variable did not exist. Source:
 * `_multioutConfig` in nixpkgs' pkgs/build-support/setup-hooks/multiple-outputs.sh, which calls
 * `prependToVar installFlags pkgconfigdir=… m4datadir=… aclocaldir=…`.
 */
const prependedWords: Readonly<Record<string, RegExp>> = {
  installFlags: /^(?:pkgconfigdir|m4datadir|aclocaldir)=/,
};

/**
 * Prepends to `current` the words that stdenv's hooks prepended to the variable. Returns null where phases made any other
 * change.
 */
export function prepend(
  { name, before, after }: Change<Variable>,
  current: Variable | null,
): Variable | null {
  const known = Object.hasOwn(prependedWords, name) ? prependedWords[name]! : null;
  if (known === null || after === null) return null;
  const [old, final] = [wordsOf(before), wordsOf(after)];
  const count = final.length - old.length;
  if (count <= 0 || !final.slice(0, count).every((word) => known.test(word))) return null;
  if (!old.every((word, i) => word === final[count + i])) return null;
  const words = [...final.slice(0, count), ...wordsOf(current)];
  const isArray = (current ?? after).value.kind === "indexed";
  return {
    attributes: current?.attributes ?? (isArray ? "a" : ""),
    value: isArray
      ? { kind: "indexed", items: words.map((word, i) => [String(i), word]) }
      : { kind: "string", text: words.join(" ") },
  };
}

function wordsOf(variable: Variable | null): string[] {
  switch (variable?.value.kind) {
    case "string":
      return variable.value.text.split(/\s+/).filter((word) => word !== "");
    case "indexed":
      return variable.value.items.map(([, item]) => item);
    default:
      return [];
  }
}
