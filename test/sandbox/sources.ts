import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { $ } from "zx";
import { randomName } from "../../runtime/util/files.ts";
import { sha256 } from "../../runtime/util/hash.ts";
import { project } from "./rig/project.ts";
import { nixPath, type Source } from "./rig.ts";
import { cache } from "./sources/cache.ts";
import { downloadSource, type SourceLists, updateSourceLists } from "./sources/debian.ts";

const examples = join(project, "pkgs-examples");

/** Examples of which Debian has upstream's unmodified tarball, with the names of Debian's source packages. */
const debianNames: Record<string, string> = {
  fnv: "rust-fnv",
  fribidi: "fribidi",
  hello: "hello",
  jansson: "jansson",
  libev: "libev",
  markupsafe: "markupsafe",
  toml: "golang-toml",
};

/** Tarballs named as in their URLs, for a rig's `tarballs`. */
export interface Sources {
  readonly folder: string;
  /** Examples that can't be built on this machine, with the reason. */
  readonly missing: Record<string, string>;
}

function hasHash(path: string, hash: string): boolean {
  return (
    existsSync(path) && `sha256-${Buffer.from(sha256(readFileSync(path)), "hex").toString("base64")}` === hash
  );
}

/** The URL and hash of the tarball in an example's file. */
async function upstream(name: string): Promise<{ url: string; hash: string }> {
  const set = `import ${nixPath(join(project, "test/sandbox/stdenv"))} { system = ""; fetchurl = from: from; overlays = [ ]; }`;
  const text = `let pkgs = ${set}; in { inherit ((pkgs.callPackage ${nixPath(join(examples, `${name}.nix`))} { phaseCacheHook = null; }).src) url hash; }`;
  const args = ["--eval", "--strict", "--json", "--store", "dummy://", "-E", text];
  const { stdout } = await $({ quiet: true })`nix-instantiate ${args}`;
  return JSON.parse(stdout) as { url: string; hash: string };
}

async function download(url: string, into: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw new Error(`${response.status}`);
  writeFileSync(into, Buffer.from(await response.arrayBuffer()));
}

let lists: Promise<SourceLists> | undefined;

async function fromDebian(name: string, hash: string): Promise<string | undefined> {
  const source = debianNames[name];
  if (source === undefined) return undefined;
  lists ??= updateSourceLists(join(cache, "apt"));
  return downloadSource(await lists, source, join(cache, "debian", name), (path) => hasHash(path, hash));
}

/** Downloads an example's tarball to `path` unless it exists: from Debian's mirror, or else from upstream. */
async function obtain(
  name: string,
  path: string,
  { url, hash }: { url: string; hash: string },
): Promise<void> {
  if (hasHash(path, hash)) return;
  const partial = join(cache, randomName("partial"));
  const debian = await fromDebian(name, hash).catch(() => undefined);
  if (debian !== undefined) copyFileSync(debian, partial);
  else await download(url, partial);
  if (!hasHash(partial, hash)) throw new Error("the hash differs");
  renameSync(partial, path);
}

/** Downloads the tarballs of the examples except zstd. */
export async function fetchSources(names: string[] = Object.keys(debianNames)): Promise<Sources> {
  const folder = join(cache, "tarballs");
  mkdirSync(folder, { recursive: true });
  const missing: Record<string, string> = {};
  for (const name of names) {
    const from = await upstream(name);
    try {
      await obtain(name, join(folder, basename(from.url)), from);
    } catch (error) {
      missing[name] =
        `not available from Debian's mirror or ${from.url}: ${error instanceof Error ? error.message : error}`;
    }
  }
  return { folder, missing };
}

/** The directory of zstd's sources, copied from zstd-napi's package with a Makefile. Needs no network. */
export function zstdSources(): string {
  const makefile = join(project, "test/sandbox/zstd/Makefile");
  const parent = join(cache, `zstd-${sha256(readFileSync(makefile)).slice(0, 12)}`);
  const folder = join(parent, "zstd-1.5.7");
  if (!existsSync(folder)) {
    mkdirSync(parent, { recursive: true });
    const partial = join(parent, randomName("partial"));
    cpSync(join(project, "node_modules/zstd-napi/deps/zstd"), partial, { recursive: true });
    copyFileSync(makefile, join(partial, "lib/Makefile"));
    renameSync(partial, folder);
  }
  return folder;
}

/** Returns an example as a source for a rig; `args` are Nix arguments for its file. */
export function example(name: string, args = "{ }"): Source {
  const call = `(pkgs.callPackage ${nixPath(join(examples, `${name}.nix`))} ${args})`;
  if (name !== "zstd") return call;
  return `(${call}.overrideAttrs (_: { src = ${nixPath(zstdSources())}; }))`;
}
