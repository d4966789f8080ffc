import { type ByteString, toBytes } from "../../util/bytes.ts";
import { sha256 } from "../../util/hash.ts";
import { parseStoreName } from "../../util/store-path.ts";
import type { Derivation } from "./derivation.ts";

/**
 * Splits a derivation's name into package name and version: the version begins after the first dash that no letter
 * follows. Source: `builtins.parseDrvName` in the Nix manual.
 */
export function parseDerivationName(full: ByteString): { name: ByteString; version: ByteString } {
  const dash = full.search(/-[^A-Za-z]/);
  return dash < 0
    ? { name: full, version: "" }
    : { name: full.slice(0, dash), version: full.slice(dash + 1) };
}

/**
 * What a store path is called: `openssl-3.0.1` of `/nix/store/<hash>-openssl-3.0.1/lib`. Anything that is not in the
 * store is called by its last component.
 */
export function storeName(path: ByteString, storeDir: ByteString): ByteString {
  if (path.startsWith(`${storeDir}/`)) {
    const name = parseStoreName(path.slice(storeDir.length + 1).split("/")[0]!)?.name;
    if (name !== undefined) return name;
  }
  return path.slice(path.lastIndexOf("/") + 1) || path;
}

/** Longest name of a package's directory, in bytes: leaves room below a file system's usual 255. */
const longest = 200;

/**
 * The name of the package that a derivation builds, whatever its version, as the name of one directory: bytes other
 * than letters, digits and `+._-` are written as `%XX`, and so is a dot in front.
 */
export function packageName(derivation: Pick<Derivation, "name" | "pname">): string {
  const name = derivation.pname || parseDerivationName(derivation.name).name || derivation.name || "unnamed";
  const escaped = name.replace(/[^A-Za-z0-9+._-]|^\./g, escapeByte);
  if (escaped.length <= longest) return escaped;
  return `${escaped.slice(0, longest - 17)}-${sha256(toBytes(name)).slice(0, 16)}`;
}

function escapeByte(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
