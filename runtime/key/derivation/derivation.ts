import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ByteString, fromBytes } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { readText } from "../code/run-files.ts";
import {
  type Attributes,
  type AttributeValue,
  parseEnvironment,
  plainAttributes,
  splitWords,
  structuredAttributes,
  textOfValue,
} from "./attributes.ts";
import type { Outputs } from "./outputs.ts";
import { readSetupHook } from "./setup-hook.ts";

/** A derivation as its builder received it. */
export interface Derivation {
  attributes: Attributes;
  outputs: Outputs;
  /** The derivation's name, version and all; empty where there is none. */
  name: ByteString;
  pname: ByteString | undefined;
  system: ByteString;
  storeDir: ByteString;
  buildTop: ByteString;
  /** The builder's command line. */
  builder: readonly ByteString[];
  /** The texts of the files that the command line names: a builder of the package's own, most of the time. */
  scripts: readonly ByteString[];
  /** stdenv's own texts: its setup script, and the setup hooks that every build of it has. */
  stdenvTexts: readonly ByteString[];
  /** Names of attributes that are the derivation's own although Nix has variables of these names for each build. */
  own: ReadonlySet<ByteString>;
}

/** The environment and the command line that a process started with. */
export interface BuilderProcess {
  environ: Uint8Array;
  cmdline: Uint8Array;
}

/**
 * Reads what a process started with from procfs, whatever it has made of its variables since (see proc(5)).
 * @throws PhaseCacheError when there is no such process, or it belongs to somebody else
 */
export function readProcess(pid: number): BuilderProcess {
  try {
    return { environ: readFileSync(`/proc/${pid}/environ`), cmdline: readFileSync(`/proc/${pid}/cmdline`) };
  } catch (cause) {
    throw new PhaseCacheError("not-found", `the environment of process ${pid} can't be read`, { cause });
  }
}

/** Where `readDerivation` finds a derivation. */
export type DerivationSource = (BuilderProcess | { pid: number }) & {
  buildTop: ByteString;
  /** The file with the structured attributes; by default, what the environment and the build directory say. */
  attributesJson?: ByteString;
};

/**
 * Reads the derivation that a builder works on.
 * @throws PhaseCacheError when the process, or a file that holds attributes, can't be read
 */
export function readDerivation(source: DerivationSource): Derivation {
  const { environ, cmdline } = "pid" in source ? readProcess(source.pid) : source;
  const environment = parseEnvironment(environ);
  const file = source.attributesJson ?? findAttributes(environment, source.buildTop);
  const { attributes, own } =
    file === undefined
      ? { attributes: plainAttributes(environment), own: new Set<ByteString>() }
      : structuredAttributes(environment, file);
  const outputs = outputsOf(attributes);
  const text = (name: ByteString) => {
    const value = attributes.get(name);
    if (typeof value === "string" || value === undefined) return value;
    return "file" in value ? value.file : undefined;
  };
  const [path = ""] = Object.values(outputs);
  const derivation: Derivation = {
    attributes,
    outputs,
    name: text("name") ?? "",
    pname: text("pname"),
    system: text("system") ?? "",
    storeDir: text("NIX_STORE") ?? dirname(path),
    buildTop: text("NIX_BUILD_TOP") ?? source.buildTop,
    builder: fromBytes(cmdline).split("\0").slice(0, -1),
    scripts: [],
    stdenvTexts: [],
    own,
  };
  derivation.scripts = readScripts(derivation.builder);
  derivation.stdenvTexts = readTrusted(attributes.get("stdenv"));
  return derivation;
}

/**
 * The file with the structured attributes. Nix 2.8 names it by its path outside the sandbox, where the builder can't
 * see it; inside, it lies in the build directory.
 */
function findAttributes(environment: ReadonlyMap<ByteString, ByteString>, buildTop: ByteString) {
  const named = environment.get("NIX_ATTRS_JSON_FILE");
  const inside = join(buildTop, ".attrs.json");
  if (named !== undefined) return existsSync(Buffer.from(named, "latin1")) ? named : inside;
  return existsSync(Buffer.from(inside, "latin1")) ? inside : undefined;
}

function outputsOf(attributes: Attributes): Outputs {
  const value = attributes.get("outputs");
  if (value !== undefined && typeof value !== "string" && "json" in value) {
    const parsed: unknown = JSON.parse(value.json);
    const entries = Object.entries(parsed ?? {}).filter(([, path]) => typeof path === "string");
    return Object.fromEntries(entries) as Outputs;
  }
  const names = value === undefined ? ["out"] : splitWords(textOfValue(value));
  const paths = names.map((name) => [name, attributes.get(name)] as const);
  return Object.fromEntries(paths.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function readTrusted(stdenv: AttributeValue | undefined): ByteString[] {
  if (typeof stdenv !== "string") return [];
  const setup = readText(`${stdenv}/setup`);
  if (setup === null) return [];
  const lists = [...setup.matchAll(/\bdefault(?:Native)?BuildInputs=(?:"([^"]*)"|'([^']*)'|(\S*))/g)];
  const paths = lists.flatMap(([, ...values]) =>
    splitWords(values.find((value) => value !== undefined) ?? ""),
  );
  return [setup, ...paths.flatMap((path) => readSetupHook(path) ?? [])];
}

/** Scripts are small; a program among the arguments is no text to search. */
const largestScript = 1 << 20;

function readScripts(builder: readonly ByteString[]): ByteString[] {
  return builder
    .filter((argument) => argument.startsWith("/"))
    .filter((path) => {
      const status = statSync(Buffer.from(path, "latin1"), { throwIfNoEntry: false });
      return status?.isFile() && status.size <= largestScript;
    })
    .map((path) => fromBytes(readFileSync(Buffer.from(path, "latin1"))));
}
