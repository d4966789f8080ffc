import type { ByteString } from "../../util/bytes.ts";
import type { Item, Value } from "../state.ts";

/**
 * Applies to `initial` what a phase did when it extended `old` to `final`. Returns null when the phase did anything else, or
 * when the extension is ambiguous. A string is extended by text before or after it, an array by elements before or after its
 * own, an associative array by additional keys.
 */
export function extend(old: Value, final: Value, initial: Value): Value | null {
  if (old.kind === "string" && final.kind === "string" && initial.kind === "string") {
    const text = extendString(old.text, final.text, initial.text);
    return text === null ? null : { kind: "string", text };
  }
  if (old.kind === "indexed" && final.kind === "indexed" && initial.kind === "indexed") {
    const items = extendList(old.items, final.items, initial.items);
    return items === null ? null : { kind: "indexed", items };
  }
  if (old.kind === "associative" && final.kind === "associative" && initial.kind === "associative") {
    const items = extendKeys(old.items, final.items, initial.items);
    return items === null ? null : { kind: "associative", items };
  }
  return null;
}

const delimiter = /[\s:;,]/;

/** The old value must occur in the final one exactly once, as complete words of a list: `21` does not extend `1`. */
function extendString(old: ByteString, final: ByteString, initial: ByteString): ByteString | null {
  if (old === "") return null;
  const places: number[] = [];
  for (let at = final.indexOf(old); at >= 0 && places.length < 2; at = final.indexOf(old, at + 1)) {
    if (isCompleteWord(final, at, at + old.length)) places.push(at);
  }
  const [place] = places;
  if (place === undefined || places.length > 1) return null;
  return final.slice(0, place) + initial + final.slice(place + old.length);
}

function isCompleteWord(text: ByteString, start: number, end: number): boolean {
  return isBoundary(text, start) && isBoundary(text, end);
}

function isBoundary(text: ByteString, at: number): boolean {
  if (at === 0 || at === text.length) return true;
  return delimiter.test(text[at - 1]!) || delimiter.test(text[at]!);
}

function extendList(old: Item[], final: Item[], initial: Item[]): Item[] | null {
  if (old.length === 0 || ![old, final, initial].every(isDense)) return null;
  const matches = (start: number) => old.every(([, value], i) => final[start + i]?.[1] === value);
  const places = [...final.keys()].filter(matches);
  const [place] = places;
  if (place === undefined || places.length > 1) return null;
  const items = [...final.slice(0, place), ...initial, ...final.slice(place + old.length)];
  return items.map(([, value], i) => [String(i), value]);
}

function isDense(items: Item[]): boolean {
  return items.every(([index], i) => index === String(i));
}

function extendKeys(old: Item[], final: Item[], initial: Item[]): Item[] | null {
  const before = new Map(old);
  const after = new Map(final);
  if (!old.every(([key, value]) => after.get(key) === value)) return null;
  const result = new Map(initial);
  for (const [key, value] of final) {
    if (before.has(key)) continue;
    if (result.has(key) && result.get(key) !== value) return null;
    result.set(key, value);
  }
  return [...result];
}
