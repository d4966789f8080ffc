import { execFileSync } from "node:child_process";

/** Returns the functions that a bash script defines, as `declare -f` prints them. */
export function functionsOf(script: string): Map<string, string> {
  const print =
    'for f in $(compgen -A function); do printf "%s\\0" "$f"; declare -f "$f"; printf "\\0"; done';
  const parts = execFileSync("bash", ["--norc", "-c", `${script}\n${print}`], { input: "" })
    .toString()
    .split("\0");
  return new Map(
    parts.slice(0, -1).flatMap((name, i) => (i % 2 === 0 ? [[name, parts[i + 1]!.trimEnd()] as const] : [])),
  );
}
