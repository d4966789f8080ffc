import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A stdenv that the contract holds for. */
export interface Stdenv {
  /** Its name in the names of tests. */
  readonly name: string;
  /** The option of a rig; undefined if there is no checkout. */
  readonly nixpkgs: string | null | undefined;
  /** Whether it has what nixpkgs added in 2024 and 2025: `concatTo`, `nixLog`, `printPhases`, noBrokenSymlinks. */
  readonly isRecent: boolean;
}

const checkout = process.env.PHASECACHE_NIXPKGS || undefined;

function isRecent(folder: string): boolean {
  const files = ["pkgs/stdenv", "stdenv"].map((part) => join(folder, part, "generic/setup.sh"));
  return files.some((file) => existsSync(file) && readFileSync(file, "utf8").includes("\nprintPhases()"));
}

/** The small stdenv, and that of the checkout. */
export const stdenvs: readonly Stdenv[] = [
  { name: "the small stdenv", nixpkgs: null, isRecent: true },
  checkout === undefined
    ? { name: "nixpkgs' stdenv (PHASECACHE_NIXPKGS is not set)", nixpkgs: undefined, isRecent: false }
    : { name: "nixpkgs' stdenv", nixpkgs: checkout, isRecent: isRecent(checkout) },
];
