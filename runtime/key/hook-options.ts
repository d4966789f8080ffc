import { type ByteString, fromText, toText } from "../util/bytes.ts";
import { phaseOf } from "./code/split.ts";
import { type AttributeValue, isList, splitWords, textOfValue } from "./derivation/attributes.ts";
import type { Derivation } from "./derivation/derivation.ts";

/** The hook's options, which are attributes of the derivation. */
export interface HookOptions {
  /** Absolute path of the store; null for the default. */
  phaseCacheDir: ByteString | null;
  /** The phases after which a snapshot is saved; null for all. */
  phaseCachePhases: readonly string[] | null;
  /** Attributes that are left out of every key. */
  phaseCacheIgnore: readonly string[];
  /**
   * Attributes, and packages as `nativeBuildInputs/pytest`, that matter only from a phase on, each with a list of that one
   * phase.
   */
  phaseCacheFirstUse: ReadonlyMap<string, readonly [string]>;
  /** Names of the packages in dependency lists that only tests use. */
  phaseCacheCheckInputs: readonly string[];
  /** The phase through which to restore the newest snapshot, whatever changed; null when not forced. */
  phaseCacheThrough: string | null;
  /** Run every phase despite a hit, and compare it with its snapshot. */
  phaseCacheVerify: boolean;
  /** Fail the build when the cache fails. */
  phaseCacheStrict: boolean;
  /** Print only warnings. */
  phaseCacheQuiet: boolean;
}

/** The result of parsing an invalid value. */
class Invalid {
  /** What is allowed. */
  readonly allowed: string;
  /** The invalid part of the value; undefined when it is the complete value. */
  readonly part: string | undefined;

  constructor(allowed: string, part?: string) {
    this.allowed = allowed;
    this.part = part;
  }
}

/**
 * Reads the options. For an invalid value, adds a sentence to `problems`, and the option keeps its default.
 * @param phases the phases of this build, which options may name
 */
export function readHookOptions(
  derivation: Pick<Derivation, "attributes">,
  phases: readonly string[],
): { options: HookOptions; problems: string[] } {
  const problems: string[] = [];
  const read = <T>(
    name: keyof HookOptions,
    otherwise: T,
    parse: (value: AttributeValue) => T | Invalid,
  ): T => {
    const value = derivation.attributes.get(name);
    if (value === undefined) return otherwise;
    const result = parse(value);
    if (!(result instanceof Invalid)) return result;
    const shown = toText(result.part ?? textOfValue(value));
    problems.push(`${name}: "${shown}" is not ${result.allowed}`);
    return otherwise;
  };
  const listed = `of this build's phases (${phases.join(" ")})`;
  const isPhase = (name: string) => phases.includes(phaseOf(name));
  const options: HookOptions = {
    phaseCacheDir: read("phaseCacheDir", null, parsePath),
    phaseCachePhases: read("phaseCachePhases", null, (value) => {
      const names = parseList(value);
      if (names instanceof Invalid) return names;
      const unknown = names.find((name) => !isPhase(name));
      return unknown === undefined ? names : new Invalid(`one ${listed}`, unknown);
    }),
    phaseCacheIgnore: read("phaseCacheIgnore", [], parseList),
    phaseCacheFirstUse: read<HookOptions["phaseCacheFirstUse"]>("phaseCacheFirstUse", new Map(), (value) =>
      parseFirstUse(value, isPhase, listed),
    ),
    phaseCacheCheckInputs: read("phaseCacheCheckInputs", [], parseList),
    phaseCacheThrough: read("phaseCacheThrough", null, (value) => {
      if (value === "") return null;
      return typeof value === "string" && isPhase(value) ? value : new Invalid(`one ${listed}`);
    }),
    phaseCacheVerify: read("phaseCacheVerify", false, parseSwitch),
    phaseCacheStrict: read("phaseCacheStrict", false, parseSwitch),
    phaseCacheQuiet: read("phaseCacheQuiet", false, parseSwitch),
  };
  return { options, problems };
}

/** Parses a boolean. Nix passes `true` as `1` and `false` as the empty text, or both as JSON with structuredAttrs. */
function parseSwitch(value: AttributeValue): boolean | Invalid {
  const text = textOfValue(value);
  if (text === "1" || text === "true") return true;
  return text === "" || text === "false" ? false : new Invalid("true or false");
}

function parsePath(value: AttributeValue): ByteString | null | Invalid {
  if (value === "") return null;
  return typeof value === "string" && /^\/[^\0\n]*$/.test(value) ? value : new Invalid("an absolute path");
}

function parseList(value: AttributeValue): readonly string[] | Invalid {
  if (typeof value === "string") return splitWords(value);
  if (isList(value)) return value;
  return "json" in value ? flatten(value.json) : new Invalid("a list of names");
}

/** Flattens nested lists: without structuredAttrs, Nix makes one text of them. */
function flatten(json: ByteString): readonly string[] | Invalid {
  const value: unknown = JSON.parse(toText(json));
  const names = Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
  const isNames = Array.isArray(value) && names.every((name) => typeof name === "string");
  return isNames ? names.map(fromText) : new Invalid('a list of names: write [ "a" "b" ]');
}

function parseFirstUse(
  value: AttributeValue,
  isPhase: (name: string) => boolean,
  listed: string,
): ReadonlyMap<string, readonly [string]> | Invalid {
  const entries = parseList(value);
  if (entries instanceof Invalid) return entries;
  const uses = new Map<string, readonly [string]>();
  for (const entry of entries) {
    const [, attribute, phase] = /^([^=]+)=([^=]+)$/.exec(entry) ?? [];
    if (!attribute || !phase || !isPhase(phase))
      return new Invalid(`attribute=phase with one ${listed}`, entry);
    uses.set(attribute, [phase]);
  }
  return uses;
}
