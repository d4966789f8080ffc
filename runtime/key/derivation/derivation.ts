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
  /** The derivation's name, with its version; empty when it has none. */
  name: ByteString;
  pname: ByteString | undefined;
  system: ByteString;
  storeDir: ByteString;
  buildTop: ByteString;
  /** The builder's command line. */
  builder: readonly ByteString[];
  /** The texts of the files on the command line, usually the package's own builder. */
  scripts: readonly ByteString[];
  /** stdenv's own texts: its setup script, and the setup hooks that all its builds have. */
  stdenvTexts: readonly ByteString[];
  /** Names in the structured attributes: these are the derivation's own, even if Nix sets variables with such names. */
  own: ReadonlySet<ByteString>;
}

/** The environment and the command line with which a process started. */
interface BuilderProcess {
  environ: Uint8Array;
  cmdline: Uint8Array;
}

/**
 * Reads the initial environment and command line of a process from procfs. Later changes of its variables do not affect them
 * (see proc(5)).
 * @throws PhaseCacheError when the process does not exist or belongs to another user
 */
export function readProcess(pid: number): BuilderProcess {
  try {
    return { environ: readFileSync(`/proc/${pid}/environ`), cmdline: readFileSync(`/proc/${pid}/cmdline`) };
  } catch (cause) {
    throw new PhaseCacheError("not-found", `the environment of process ${pid} can't be read`, { cause });
  }
}

/** Where `readDerivation` finds a derivation. */
type DerivationSource = (BuilderProcess | { pid: number }) & {
  buildTop: ByteString;
};

/**
 * Reads the derivation that a builder builds.
 * @throws PhaseCacheError when the process or a file with attributes can't be read
 */
export function readDerivation(source: DerivationSource): Derivation {
  const { environ, cmdline } = "pid" in source ? readProcess(source.pid) : source;
  const environment = parseEnvironment(environ);
  const file = findAttributes(environment, source.buildTop);
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
  derivation.stdenvTexts = readStdenvTexts(attributes.get("stdenv"));
  return derivation;
}

/**
 * Finds the file with the structured attributes. In Nix 2.8, the variable has the path outside the sandbox, where the
 * builder can't see it. In the sandbox, the file is in the build directory.
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

/** Reads stdenv's setup script, and the setup hooks of the build inputs that the script adds to every build. */
function readStdenvTexts(stdenv: AttributeValue | undefined): ByteString[] {
  if (typeof stdenv !== "string") return [];
  const setup = readText(`${stdenv}/setup`);
  if (setup === null) return [];
  const lists = [...setup.matchAll(/\bdefault(?:Native)?BuildInputs=(?:"([^"]*)"|'([^']*)'|(\S*))/g)];
  const paths = lists.flatMap(([, ...values]) =>
    splitWords(values.find((value) => value !== undefined) ?? ""),
  );
  return [setup, ...paths.flatMap((path) => readSetupHook(path) ?? [])];
}

/** Maximum size of a script, in bytes: a larger file is a program, and not searched. */
const maxScriptSize = 1 << 20;

function readScripts(builder: readonly ByteString[]): ByteString[] {
  return builder
    .filter((argument) => argument.startsWith("/"))
    .filter((path) => {
      const status = statSync(Buffer.from(path, "latin1"), { throwIfNoEntry: false });
      return status?.isFile() && status.size <= maxScriptSize;
    })
    .map((path) => fromBytes(readFileSync(Buffer.from(path, "latin1"))));
}
