import { existsSync, readdirSync } from "node:fs";
import { type ByteString, fromBytes, toBytes } from "../../util/bytes.ts";
import { readText } from "../code/run-files.ts";

/** What build systems and compilers find in a package by themselves: folders, and a phrase for each. */
const libraryParts: readonly [folder: string, phrase: string][] = [
  ["include", "headers"],
  ["lib/pkgconfig", "pkg-config files"],
  ["share/pkgconfig", "pkg-config files"],
  ["lib/cmake", "CMake files"],
  ["share/cmake", "CMake files"],
  ["share/aclocal", "aclocal macros"],
];

/** Groups of entry points that Python's build backends load from every package that they find. */
const backendGroup =
  /^\[[ \t]*["']?(?:distutils|setuptools|setuptools_scm|hatch|flit|flit_core|poetry|pdm)\b[^\]]*\]/m;

/** Returns Python's folders of packages in a build input. */
export function sitePackagesOf(path: ByteString): ByteString[] {
  return namesIn(`${path}/lib`)
    .filter((name) => /^(?:python|pypy)\d/.test(name))
    .map((name) => `${path}/lib/${name}/site-packages`)
    .filter((folder) => existsSync(toBytes(folder)));
}

/**
 * Returns what an early phase may use of a build input although none of its texts names it, as phrases such as
 * `pkg-config files`: a compiler, a configure script or a build backend looks for these in all inputs.
 */
export function unseenUsesOf(path: ByteString): string[] {
  const found = libraryParts.filter(([folder]) => namesIn(`${path}/${folder}`).length > 0);
  const phrases = found.map(([, phrase]) => phrase);
  if (namesIn(`${path}/lib`).some((name) => /\.(?:so(?:\.[\d.]+)?|a)$/.test(name))) phrases.push("libraries");
  if (sitePackagesOf(path).some(extendsBackends)) phrases.push(pythonBuilds);
  return [...new Set(phrases)];
}

/** The phrase for Python modules that take part in builds of other packages. */
export const pythonBuilds = "plug-ins of Python's build backends";

function extendsBackends(sitePackages: ByteString): boolean {
  return namesIn(sitePackages).some((name) => {
    if (/^(?:sitecustomize|usercustomize)(?:\.py)?$|\.pth$/.test(name)) return true;
    if (!/\.(?:dist|egg)-info$/.test(name)) return false;
    return backendGroup.test(readText(`${sitePackages}/${name}/entry_points.txt`) ?? "");
  });
}

/** Returns the names of the modules in a folder of Python packages, without those that several folders can share. */
export function modulesIn(folder: ByteString): ByteString[] {
  return namesIn(folder)
    .filter((name) => !/^__pycache__$|\.(?:(?:dist|egg)-info|pth)$/.test(name))
    .filter((name) => name.includes(".") || existsSync(toBytes(`${folder}/${name}/__init__.py`)))
    .map((name) => name.replace(/\..*/s, ""));
}

/** Returns the names in a folder; none if it can't be read. */
export function namesIn(folder: ByteString): ByteString[] {
  try {
    return readdirSync(toBytes(folder), { encoding: "buffer" }).map(fromBytes);
  } catch {
    return [];
  }
}
