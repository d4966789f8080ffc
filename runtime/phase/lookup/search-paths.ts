import { realpathSync } from "node:fs";
import { modulesIn, namesIn } from "../../key/derivation/unseen-uses.ts";
import { type ByteString, fromBytes, toBytes } from "../../util/bytes.ts";

/** How an early phase sees a variable that lists build inputs. */
export type ListKind = "inputs" | "programs" | "modules" | "runtime" | "compile";

/** stdenv's variables that list build inputs. */
const inputLists = /^pkgs(?:Build(?:Build|Host|Target)|Host(?:Host|Target)|TargetTarget)$/;
/** Search paths of programs that run. */
const runtimeLists: ReadonlySet<string> = new Set([
  ..."XDG_DATA_DIRS XDG_CONFIG_DIRS GI_TYPELIB_PATH GSETTINGS_SCHEMAS_PATH GIO_EXTRA_MODULES".split(" "),
  ..."GST_PLUGIN_SYSTEM_PATH_1_0 GRL_PLUGIN_PATH GDK_PIXBUF_MODULE_FILE QT_PLUGIN_PATH".split(" "),
  ..."QML2_IMPORT_PATH NIXPKGS_QT5_QML_IMPORT_PATH NIXPKGS_QT6_QML_IMPORT_PATH".split(" "),
  ..."PERL5LIB NODE_PATH GEM_PATH RUBYLIB LUA_PATH LUA_CPATH MANPATH INFOPATH".split(" "),
]);

/** Search paths of compilers and build systems. */
const compileLists =
  /^(?:NIX_(?:CFLAGS_COMPILE|LDFLAGS)|PKG_CONFIG_PATH)(?:_\w+)?$|^ACLOCAL_PATH$|^(?:NIXPKGS_)?CMAKE_\w+_PATH$/;

/** Returns how early phases see a variable; null if it is not known to list build inputs. */
export function listKind(name: string): ListKind | null {
  if (name === "PATH" || name === "HOST_PATH") return "programs";
  if (name === "PYTHONPATH") return "modules";
  if (inputLists.test(name)) return "inputs";
  if (runtimeLists.has(name)) return "runtime";
  return compileLists.test(name) ? "compile" : null;
}

/** Splits a list into its elements. An option that names a folder is one element: `-isystem /nix/store/…/include`. */
export function elementsOf(text: ByteString): ByteString[] {
  return text.match(/-(?:isystem|idirafter|iframework|F|rpath)[ \t\n]+[^\s:;]+|[^\s:;]+/g) ?? [];
}

/** Returns the folder that an element names. */
export function folderOf(element: ByteString): ByteString {
  return element.replace(/^-(?:isystem|idirafter|iframework|rpath|F|I|L|B)[ \t\n]*/, "");
}

/** What a search path finds first. */
export interface SearchPaths {
  kind: "programs" | "modules";
  before: readonly ByteString[];
  after: readonly ByteString[];
  /** The names in a folder of an input that only late phases use; null for another folder. */
  late(folder: ByteString): readonly string[] | null;
}

/**
 * Finds a program or module of an early input for which two search paths have different files. The folders of early inputs
 * may be in another order, and late ones may come before them, as long as they have other names.
 */
export function findHidden({ kind, before, after, late }: SearchPaths): string | null {
  const list = kind === "programs" ? namesIn : modulesIn;
  const known = new Map<ByteString, readonly ByteString[]>();
  const namesOf = (folder: ByteString) => {
    const names = known.get(folder) ?? late(folder) ?? list(folder);
    known.set(folder, names);
    return names;
  };
  const [old, now] = [firstFolders(before, namesOf), firstFolders(after, namesOf)];
  for (const [name, folder] of now) {
    const other = old.get(name);
    if (other === undefined || other === folder) continue;
    if (late(folder) !== null && late(other) !== null) continue;
    if (isSameFile(`${folder}/${name}`, `${other}/${name}`)) continue;
    return name;
  }
  const isLost = ([name, folder]: [string, ByteString]) => late(folder) === null && !now.has(name);
  return [...old].find(isLost)?.[0] ?? null;
}

/** Returns for each name the first folder that has it. */
function firstFolders(
  folders: readonly ByteString[],
  namesOf: (folder: ByteString) => readonly ByteString[],
): Map<string, ByteString> {
  const first = new Map<string, ByteString>();
  for (const folder of folders)
    for (const name of namesOf(folder)) if (!first.has(name)) first.set(name, folder);
  return first;
}

function isSameFile(one: ByteString, other: ByteString): boolean {
  try {
    const [a, b] = [one, other].map((path) => fromBytes(realpathSync.native(toBytes(path), "buffer")));
    return a === b;
  } catch {
    return false;
  }
}
