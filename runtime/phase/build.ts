import { join } from "node:path";
import { computeKeys, type Key, type VariableUse } from "../key/chain.ts";
import { hookOf, phaseOf, type Split } from "../key/code/split.ts";
import { textOfValue } from "../key/derivation/attributes.ts";
import { type Derivation, readDerivation } from "../key/derivation/derivation.ts";
import type { Outputs } from "../key/derivation/outputs.ts";
import { packageName } from "../key/derivation/package.ts";
import { type HookOptions, readHookOptions } from "../key/hook-options.ts";
import type { Input } from "../key/input.ts";
import type { LateInput } from "../key/late-inputs.ts";
import { readTable } from "../key/table.ts";
import type { ShellState, Value } from "../shell/index.ts";
import { formatVersion, usualStore } from "../store/layout.ts";
import type { Root } from "../tree/entry.ts";
import type { ByteString } from "../util/bytes.ts";
import { toText } from "../util/bytes.ts";
import { storePathsOf } from "../util/store-path.ts";
import { findRandomNames } from "./lookup/start-places.ts";
import type { StartRules } from "./lookup/starts.ts";
import { temporaryRoots } from "./obstacles/sandbox.ts";

/** The arguments of the hook's first call. */
export interface PlanRequest {
  pid: number;
  buildTop: string;
  logFd: string;
  /** The hook's own store path. */
  hook: string;
  phases: string[];
  /** Pid of the shell that runs the phases. */
  shell: number;
  /** File descriptor of the answer: see `SurroundingsQuery`. */
  answer: number;
  /** Directory of the bundle and the table of variables. */
  runtime: string;
}

/** A build before its first phase. */
export interface Build {
  /** Pid of the builder. */
  pid: number;
  package: string;
  name: string;
  system: string;
  buildTop: string;
  /** The phases and parts, and how the phases were split: see `SplitPhases`. */
  phases: string[];
  /** The phases that no key covers, because their switches disable them. */
  disabled: string[];
  splits: Split[];
  keys: Key[];
  /** See `Keys`. */
  otherKeys: (Key | null)[];
  inputs: Input[];
  outputs: Outputs;
  /** Store paths in the derivation's attributes. */
  named: string[];
  roots: Root[];
  options: HookOptions;
  logFd: string;
  /** Shell variables that hold attributes, and the first phase that uses each. */
  uses: VariableUse[];
  /** The build inputs that only late phases use. */
  late: LateInput[];
  /** Random names in the build directory that variables contain before the first phase. */
  randomNames: ByteString[];
  /** Which differences of the initial shell are allowed. */
  start: StartRules;
}

/** The phases and parts to save, unless an obstacle prevents it. Whoever names a phase names its parts as well. */
export function phasesToSave({ options, phases, splits }: Build): readonly string[] {
  const named = options.phaseCachePhases;
  const isNamed = (one: string) => named === null || named.includes(one) || named.includes(phaseOf(one));
  return phases.filter((one) => isNamed(one) && !isRoutine(one, splits));
}

/** Whether a part is a hook that only stdenv has set: see `Split`. */
export function isRoutine(name: string, splits: readonly Split[]): boolean {
  const hook = hookOf(name);
  return splits.some((split) => split.isRoutine && split.post === hook && split.phase === phaseOf(name));
}

/**
 * Reads the derivation and the hook options, and computes the keys.
 * @throws PhaseCacheError when the derivation's attributes can't be read
 */
export function describeBuild(
  request: PlanRequest,
  initial: ShellState,
): { build: Build; problems: string[] } {
  const { buildTop, logFd } = request;
  const derivation = readDerivation({ pid: request.pid, buildTop });
  const { options, problems } = readHookOptions(derivation, request.phases);
  const table = readTable(join(request.runtime, "phase-variables.json"));
  const ownPaths = [request.hook];
  const keys = computeKeys({
    derivation,
    phases: request.phases,
    table,
    functions: new Map([...initial.functions].map(([name, { text }]) => [name, text])),
    variables: new Map([...initial.variables].map(([name, { value }]) => [name, textOf(value)])),
    exported: new Set(
      [...initial.variables].flatMap(([name, { attributes }]) => (attributes.includes("x") ? [name] : [])),
    ),
    formatVersion,
    ownPaths,
  });
  const { storeDir } = derivation;
  const { phases } = keys;
  const store = toText(options.phaseCacheDir ?? usualStore);
  const rules = {
    phases,
    splits: keys.splits,
    ignored: options.phaseCacheIgnore,
    table,
    storeDir,
    ownPaths,
    buildTop,
  };
  const build: Build = {
    pid: request.pid,
    package: packageName(derivation),
    name: toText(derivation.name),
    system: toText(derivation.system),
    buildTop,
    phases,
    disabled: keys.disabled,
    splits: keys.splits,
    keys: keys.keys,
    otherKeys: keys.otherKeys,
    inputs: keys.inputs,
    outputs: derivation.outputs,
    named: namedPaths(derivation),
    roots: [...rootsOf(derivation, buildTop), ...temporaryRoots({ ...request, store })],
    options,
    logFd,
    uses: keys.uses,
    late: keys.late,
    randomNames: findRandomNames(initial.variables.values(), buildTop),
    start: { ...rules, disabled: keys.disabled, uses: keys.uses, late: keys.late },
  };
  return { build, problems: [...problems, ...keys.problems] };
}

function namedPaths({ attributes, storeDir }: Derivation): string[] {
  const pattern = storePathsOf([storeDir]);
  const texts = [...attributes.values()].map(textOfValue);
  return [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([path]) => toText(path))))];
}

/** The build directory and the path of each output. */
function rootsOf({ outputs }: Derivation, buildTop: string): Root[] {
  const own = Object.entries(outputs).map(([name, path]) => ({
    name: `outputs/${name}` as const,
    path: toText(path),
  }));
  return [{ name: "build", path: buildTop }, ...own];
}

/** The text of a variable; an array has one element per line. */
function textOf(value: Value): ByteString {
  switch (value.kind) {
    case "unset":
      return "";
    case "string":
      return value.text;
    default:
      return value.items.map(([, item]) => item).join("\n");
  }
}
