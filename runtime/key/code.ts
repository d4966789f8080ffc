import type { ByteString } from "../util/bytes.ts";
import { callsOf, readsEverything, wordsOf } from "./words.ts";

/** The shell as it stands before the first phase. */
export interface LiveShell {
  /** Functions by name: what `declare -f` prints. */
  functions: ReadonlyMap<string, ByteString>;
  /** Variables by name: their values; the elements of an array one to a line. */
  variables: ReadonlyMap<string, ByteString>;
}

/** Stands among the words of a text for: it looks at every variable. */
export const everything = "*";

/** stdenv's functions that run the phases: what the phases use is found phase by phase. */
const runners: ReadonlySet<string> = new Set([
  "genericBuild",
  "definePhases",
  "runPhase",
  "showPhaseHeader",
  "dumpVars",
]);

/** The names under which code for `phase` can be found: the phase, and the hooks before and after it. */
export function codeNames(phase: string): string[] {
  const stem = /^(.+)Phase$/.exec(phase)?.[1];
  if (stem === undefined) return [phase];
  const hooks = ["pre", "post"].map((when) => `${when}${stem[0]!.toUpperCase()}${stem.slice(1)}`);
  const own = { unpack: ["unpackCmd", "setSourceRoot"], fixup: ["fixupOutput"] }[stem] ?? [];
  return [phase, ...[...hooks, ...own].flatMap((hook) => [hook, `${hook}Hooks`])];
}

/** Finds which words a text can reach through the functions that it calls. */
export interface Scanner {
  /** The words of `text` itself, and of the functions that it may call, those that these may call, and so on. */
  scan(text: ByteString): Set<string>;
  /** The same for the code that runs in a phase as setup hooks have left it. */
  scanPhase(phase: string): Set<string>;
}

/**
 * @param accounted functions whose words do not count, because they depend on no variable's value; what they call
 *   does count
 */
export function createScanner(shell: LiveShell, accounted: ReadonlySet<string>): Scanner {
  const collect = (texts: ByteString[], names: Iterable<string>) => {
    const words = new Set<string>();
    const waiting: ByteString[] = [];
    const seen = new Set<string>();
    const enter = (name: string) => {
      if (seen.has(name) || runners.has(name)) return;
      seen.add(name);
      // stdenv's runHook looks for hooks under this name.
      const hooks = shell.variables.get(`${name.replace(/Hook$/, "")}Hooks`);
      if (hooks !== undefined) waiting.push(hooks);
      if (/^(?:pre|post)[A-Z]/.test(name)) waiting.push(shell.variables.get(name) ?? "");
      const body = shell.functions.get(name);
      if (body === undefined) return;
      if (accounted.has(name)) for (const call of callsOf(body)) enter(call);
      else waiting.push(body);
    };
    waiting.push(...texts);
    for (const name of names) enter(name);
    for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
      for (const word of wordsOf(text)) words.add(word);
      if (readsEverything(text)) words.add(everything);
      for (const call of callsOf(text)) enter(call);
    }
    return words;
  };
  return {
    scan: (text) => collect([text], []),
    scanPhase: (phase) => {
      const names = codeNames(phase);
      return collect(
        names.map((name) => shell.variables.get(name) ?? ""),
        names,
      );
    },
  };
}
