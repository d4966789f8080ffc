import { type ByteString, fromText, toText } from "../util/bytes.ts";
import { type AttributeValue, isList, splitWords, textOfValue } from "./derivation/attributes.ts";
import type { Derivation } from "./derivation/derivation.ts";

/** The user's settings: attributes of the derivation. */
export interface HookOptions {
  /** Where the store is, an absolute path; null for the usual place. */
  phaseCacheDir: ByteString | null;
  /** The phases after which a snapshot is saved; null for all. */
  phaseCachePhases: readonly string[] | null;
  /** Attributes that are left out of every key. */
  phaseCacheIgnore: readonly string[];
  /** Attributes that matter only from a phase on: attribute to list of that one phase. */
  phaseCacheFirstUse: ReadonlyMap<string, readonly [string]>;
  /** Restore the newest snapshot through this phase, whatever changed; null for no such order. */
  phaseCacheThrough: string | null;
  /** Every phase runs in spite of a hit, and is compared with its snapshot. */
  phaseCacheVerify: boolean;
  /** Trouble with the cache fails the build. */
  phaseCacheStrict: boolean;
  phaseCacheQuiet: boolean;
}

/** Not allowed: what is, and the part of the value that is wrong where that is not all of it. */
class Wrong {
  readonly allowed: string;
  readonly part: string | undefined;

  constructor(allowed: string, part?: string) {
    this.allowed = allowed;
    this.part = part;
  }
}

/**
 * Reads the options. A wrong value becomes a problem, one sentence, and the option keeps its default.
 * @param phases the phases of this build: what phases may be named
 */
export function readHookOptions(
  derivation: Pick<Derivation, "attributes">,
  phases: readonly string[],
): { options: HookOptions; problems: string[] } {
  const problems: string[] = [];
  const read = <T>(name: keyof HookOptions, otherwise: T, parse: (value: AttributeValue) => T | Wrong): T => {
    const value = derivation.attributes.get(name);
    if (value === undefined) return otherwise;
    const result = parse(value);
    if (!(result instanceof Wrong)) return result;
    const shown = toText(result.part ?? textOfValue(value));
    problems.push(`${name}: "${shown}" is not ${result.allowed}`);
    return otherwise;
  };
  const listed = `of this build's phases (${phases.join(" ")})`;
  const isPhase = (name: string) => phases.includes(name);
  const options: HookOptions = {
    phaseCacheDir: read("phaseCacheDir", null, parsePath),
    phaseCachePhases: read("phaseCachePhases", null, (value) => {
      const names = parseList(value);
      if (names instanceof Wrong) return names;
      const unknown = names.find((name) => !isPhase(name));
      return unknown === undefined ? names : new Wrong(`one ${listed}`, unknown);
    }),
    phaseCacheIgnore: read("phaseCacheIgnore", [], parseList),
    phaseCacheFirstUse: read<HookOptions["phaseCacheFirstUse"]>("phaseCacheFirstUse", new Map(), (value) =>
      parseFirstUse(value, isPhase, listed),
    ),
    phaseCacheThrough: read("phaseCacheThrough", null, (value) => {
      if (value === "") return null;
      return typeof value === "string" && isPhase(value) ? value : new Wrong(`one ${listed}`);
    }),
    phaseCacheVerify: read("phaseCacheVerify", false, parseSwitch),
    phaseCacheStrict: read("phaseCacheStrict", false, parseSwitch),
    phaseCacheQuiet: read("phaseCacheQuiet", false, parseSwitch),
  };
  return { options, problems };
}

/** Nix passes `true` as `1` and `false` as nothing, and both as JSON with structuredAttrs. */
function parseSwitch(value: AttributeValue): boolean | Wrong {
  const text = textOfValue(value);
  if (text === "1" || text === "true") return true;
  return text === "" || text === "false" ? false : new Wrong("true or false");
}

function parsePath(value: AttributeValue): ByteString | null | Wrong {
  if (value === "") return null;
  return typeof value === "string" && /^\/[^\0\n]*$/.test(value) ? value : new Wrong("an absolute path");
}

function parseList(value: AttributeValue): readonly string[] | Wrong {
  if (typeof value === "string") return splitWords(value);
  if (isList(value)) return value;
  return "json" in value ? flatten(value.json) : new Wrong("a list of names");
}

/** Lists within a list count as one, as Nix makes one text of them without structuredAttrs. */
function flatten(json: ByteString): readonly string[] | Wrong {
  const value: unknown = JSON.parse(toText(json));
  const names = Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
  const isNames = Array.isArray(value) && names.every((name) => typeof name === "string");
  return isNames ? names.map(fromText) : new Wrong('a list of names: write [ "a" "b" ]');
}

function parseFirstUse(
  value: AttributeValue,
  isPhase: (name: string) => boolean,
  listed: string,
): ReadonlyMap<string, readonly [string]> | Wrong {
  const entries = parseList(value);
  if (entries instanceof Wrong) return entries;
  const uses = new Map<string, readonly [string]>();
  for (const entry of entries) {
    const [, attribute, phase] = /^([^=]+)=([^=]+)$/.exec(entry) ?? [];
    if (!attribute || !phase || !isPhase(phase))
      return new Wrong(`attribute=phase with one ${listed}`, entry);
    uses.set(attribute, [phase]);
  }
  return uses;
}
