import { nixPath, nixString } from "../sandbox/rig.ts";
import { tarball } from "./trees.ts";

/** Options of the Nix expression for libgit2. */
export interface Libgit2 {
  /** Whether nativeBuildInputs contains phaseCacheHook. */
  readonly hook: boolean;
  /** Additional attributes, as Nix expressions. */
  readonly attributes?: Record<string, string>;
  readonly cmakeFlags?: readonly string[];
}

/** The edit that is measured. Each number gives another text, so that Nix never has the build already. */
export function edited(number: number): Record<string, string> {
  return { postInstall: nixString(`echo ${number} > $out/note`) };
}

/** Returns an expression that builds libgit2 from Debian's upstream tarball with CMake and ninja. @throws Skipped */
export async function libgit2({ hook, attributes = {}, cmakeFlags = [] }: Libgit2): Promise<string> {
  const { path, version } = await tarball("libgit2");
  // Disables what the tarball lacks or only its network code needs.
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
