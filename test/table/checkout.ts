import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { builderReads, type HookPackage, hookPackagesIn, isBuilder, ownHooksIn } from "./nix.ts";
import { type VariableRead, variablesReadBy } from "./shell.ts";

/** What a file of a checkout uses. */
export interface Use {
  /** A variable, or a package that provides a setup hook. */
  kind: "variable" | "package";
  name: string;
  /** The hook's or builder's name. */
  hook: string;
  /** Relative to the checkout. */
  file: string;
  line: number;
}

/** Folders without hooks for packages: tests, and what Nix code downloads. */
const ignored = /^(?:\.git|tests?|node_modules|nixos|doc|docs|maintainers|ekaos|dev-shell|examples)$/;

/** The setup hooks and language builders of a checkout. */
interface Checkout {
  /** The variables that they read, and the packages that provide hooks. */
  uses: Use[];
  /** The names of hooks that are files, by path. */
  hooks: Map<string, string>;
}

/** Finds the setup hooks and the language builders in a checkout of nixpkgs or of corepkgs. */
export function readCheckout(checkout: string): Checkout {
  const root = existsSync(join(checkout, "pkgs/stdenv")) ? join(checkout, "pkgs") : checkout;
  const files = filesIn(root);
  const uses: Use[] = [];
  const hooks = new Map<string, string>();
  for (const path of files.filter((file) => file.endsWith(".nix"))) {
    const nix = readFileSync(path, "utf8");
    const file = relative(checkout, path);
    for (const pack of hookPackagesIn(nix)) uses.push(...usesOfPackage(pack, path, file, hooks));
    uses.push(...usesOfOwnHooks(nix, path, file, hooks));
    if (isBuilderFile(path) && isBuilder(nix)) uses.push(...variables(builderReads(nix), nameOf(path), file));
  }
  for (const path of files.filter((file) => isShellHook(file) && !hooks.has(file)))
    hooks.set(path, basename(path));
  for (const [path, hook] of hooks) {
    if (!existsSync(path)) continue;
    uses.push(...variables(variablesReadBy(readFileSync(path, "utf8")), hook, relative(checkout, path)));
  }
  return { uses, hooks };
}

function usesOfPackage(pack: HookPackage, path: string, file: string, hooks: Map<string, string>): Use[] {
  const hook = pack.name ?? basename(pack.file!);
  if (pack.file !== null) hooks.set(join(dirname(path), pack.file), hook);
  return pack.name === null ? [] : [{ kind: "package", name: pack.name, hook, file, line: pack.line }];
}

function usesOfOwnHooks(nix: string, path: string, file: string, hooks: Map<string, string>): Use[] {
  const found = ownHooksIn(nix);
  if (found === null) return [];
  const hook = packageNameIn(nix, path);
  for (const one of found.files) hooks.set(join(dirname(path), one), hook);
  return [
    { kind: "package", name: hook, hook, file, line: found.line },
    ...variables(found.reads, hook, file),
  ];
}

/** Returns the name by which the table knows the package of a Nix file. A file that makes hooks, too, has several packages. */
function packageNameIn(nix: string, path: string): string {
  if (hookPackagesIn(nix).length > 0) return nameOf(path);
  const name = /\b(?:pname|name)[ \t]*=[ \t]*"([\w+-]+?)-?(?:\$[^"]*)?"/.exec(nix)?.[1] ?? nameOf(path);
  return /\/(?:python-modules|python\/pkgs)\//.test(path) ? `python3-${name}` : name;
}

function variables(reads: readonly VariableRead[], hook: string, file: string): Use[] {
  return reads.map(({ name, line }) => ({ kind: "variable", name, hook, file, line }));
}

function isShellHook(path: string): boolean {
  return (
    /\.(?:sh|bash)$/.test(path) &&
    (/hook[^/]*$/i.test(path) ||
      /\/(?:setup-)?hooks\/|stdenv\/generic\/setup\.sh$|perl[^/]*\/(?:generic|buildPerlPackage\.nix)\/builder\.sh$/i.test(
        path,
      ))
  );
}

/** Whether a file may define a language's builder. Packages have such functions for themselves only. */
function isBuilderFile(path: string): boolean {
  if (/\/build-support\//.test(path))
    return !/\/(?:fetch\w*|trivial-builders|testers|vm|release|emacs|coq|agda)\//.test(path);
  return (
    /\/(?:build|mk)[\w-]*(?:\.nix)?(?:\/default)?\.nix$|\/generic-builder\.nix$/.test(path) ||
    /\/(?:interpreters|ruby-modules|perl-modules)\//.test(path)
  );
}

/** Returns a name for a Nix file: its own, or that of its folder. Versions of a package have a folder together. */
function nameOf(path: string): string {
  const name = basename(path, ".nix");
  const many = /\/pkgs-many\/([^/]+)\//.exec(path)?.[1];
  if (many !== undefined && !/^build|^mk/.test(name)) return many;
  return /^(?:default|package|generic|module|overrides)$/.test(name) ? basename(dirname(path)) : name;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return ignored.test(entry.name) ? [] : filesIn(path);
      return entry.isFile() && /\.(?:nix|sh|bash)$/.test(entry.name) ? [path] : [];
    });
}
