import { languages } from "./all.ts";
import { type Cost, readCosts } from "./costs.ts";
import type { Edit, Language } from "./language.ts";

const introduction = `# Languages

What an edit costs with phasecache, for the builders and hooks of nixpkgs. \`test/sandbox/languages/\` builds each package,
then each edit with the store and without it, in Nix's sandbox. Every restored build of these tables has the outputs of the
clean one, byte for byte, and runs no compiler. The exceptions are phases that compile tests: cargo and go compile these when
they run them.

The second column is the phase through which the build is restored. Where that phase has a hook after it which the edit does
not change, the message names the hook as well (\`fixupPhase+postFixup\`, see [keys.md](keys.md#parts-of-a-phase)). The calls
of compilers (for Node, of the build script) and the time are those of the restored build and of the clean one, from one run
each. The packages are small, so that the tests are fast: a build that takes a second or two without the store saves and
restores snapshots in the same time, and there the last column shows what that costs. The longer a package compiles, the
smaller the part (see [performance.md](performance.md)).

The tables hold with the hook as \`withPhaseCache\` adds it. It tells which inputs only the tests of a package use; with
\`phaseCacheHook\` in \`nativeBuildInputs\`, declare them (\`phaseCacheFirstUse = [ "nativeBuildInputs/pytest=checkPhase" ]\`).

\`npm test\` builds the packages with small hooks of the project that have the interface of nixpkgs' own, and
\`PHASECACHE_NIXPKGS\` (see [CONTRIBUTING.md](../CONTRIBUTING.md)) with the real ones, as for the tables. A checkout that
has no hook for Qt gets the project's.
`;

/** Returns the text of docs/languages.md. */
export function page(): string {
  return [introduction, ...languages.map(section)].join("\n");
}

function section(language: Language): string {
  const costs = readCosts()[language.title] ?? {};
  const rows = Object.entries(language.edits).map(([name, edit]) => row(name, edit, costs[name]));
  return `## ${language.title}

${language.text}

| edit | restored through | runs again | compiler calls | time |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

${language.tools}
`;
}

function row(name: string, { through, runs }: Edit, cost: Cost | undefined): string {
  const [attribute, ...rest] = name.split(", ");
  const edit = [`\`${attribute}\``, ...rest].join(", ");
  const measured =
    cost === undefined ? ["", ""] : [cost.calls.join(" of "), `${Math.round(100 * cost.time)} %`];
  return `| ${[edit, `\`${through}\``, runs, ...measured].join(" | ")} |`;
}
