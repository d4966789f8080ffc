import { nixPath, nixString } from "../sandbox/rig.ts";
import { tarball } from "./trees.ts";

/** libgit2 as a Nix expression; `null` for the edit: as it is upstream. */
export interface Libgit2 {
  /** Whether phaseCacheHook is in it. */
  readonly hook: boolean;
  /** More attributes, as Nix expressions. */
  readonly attributes?: Record<string, string>;
  readonly cmakeFlags?: readonly string[];
}

/** The edit that is made again and again: another text each time, so that no build is one that was made before. */
export function edited(number: number): Record<string, string> {
  return { postInstall: nixString(`echo ${number} > $out/note`) };
}

/** An expression for libgit2, CMake and ninja, from Debian's upstream tarball. @throws Skipped */
export async function libgit2({ hook, attributes = {}, cmakeFlags = [] }: Libgit2): Promise<string> {
  const { path, version } = await tarball("libgit2");
  // What the tarball lacks, or only its network code needs.
  const flags = [
    "-DUSE_HTTPS=OFF",
    "-DREGEX_BACKEND=regcomp",
    "-DUSE_SSH=OFF",
    "-DUSE_HTTP_PARSER=system",
    ...cmakeFlags,
  ];
  const all = {
    pname: nixString("libgit2"),
    version: nixString(version.replace(/\+.*/, "")),
    src: nixPath(path),
    nativeBuildInputs: `[ pkgs.cmake pkgs.ninja ${hook ? "pkgs.phaseCacheHook" : ""} ]`,
    cmakeFlags: `[ ${flags.map(nixString).join(" ")} ]`,
    ...attributes,
  };
  const body = Object.entries(all).map(([name, value]) => `${name} = ${value};`);
  return `pkgs.stdenv.mkDerivation { ${body.join(" ")} }`;
}
