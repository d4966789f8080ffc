import { type ByteString, toBytes } from "../../util/bytes.ts";
import { sha256 } from "../../util/hash.ts";
import { parseStoreName } from "../../util/store-path.ts";
import type { Derivation } from "./derivation.ts";

/**
 * Splits a derivation's name into package name and version. The version starts after the first dash that is not followed by
 * a letter. Source: `builtins.parseDrvName` in the Nix manual.
 */
export function parseDerivationName(full: ByteString): { name: ByteString; version: ByteString } {
  const dash = full.search(/-[^A-Za-z]/);
  return dash < 0
    ? { name: full, version: "" }
    : { name: full.slice(0, dash), version: full.slice(dash + 1) };
}

/**
 * Returns the name of a store path: `openssl-3.0.1` for `/nix/store/<hash>-openssl-3.0.1/lib`. For a path that is not in the
 * store, returns the last component.
 */
export function storeName(path: ByteString, storeDir: ByteString): ByteString {
  if (path.startsWith(`${storeDir}/`)) {
    const name = parseStoreName(path.slice(storeDir.length + 1).split("/")[0]!)?.name;
    if (name !== undefined) return name;
  }
  return path.slice(path.lastIndexOf("/") + 1) || path;
}

/**
 * Returns the name by which the table of late packages knows a store path. The version of an interpreter is left out:
 * `python3-pytest` for `/nix/store/<hash>-python3.13-pytest-8.4.1`.
 */
export function lateName(path: ByteString, storeDir: ByteString): ByteString {
  const { name } = parseDerivationName(storeName(path, storeDir));
  return name.replace(/^([a-z]+\d+)(?:\.\d+)+-(?=[A-Za-z])/, "$1-");
}

/** Maximum length of a package's directory name, in bytes. Most file systems allow 255. */
const maxLength = 200;

/**
 * Returns the name of the package that a derivation builds, without its version, as the name of a directory. Bytes other
 * than letters, digits and `+._-` are escaped as `%XX`, and so is a leading dot.
 */
export function packageName(derivation: Pick<Derivation, "name" | "pname">): string {
  const name = derivation.pname || parseDerivationName(derivation.name).name || derivation.name || "unnamed";
  const escaped = name.replace(/[^A-Za-z0-9+._-]|^\./g, escapeByte);
  if (escaped.length <= maxLength) return escaped;
  return `${escaped.slice(0, maxLength - 17)}-${sha256(toBytes(name)).slice(0, 16)}`;
}

function escapeByte(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
