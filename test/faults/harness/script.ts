/** The session's directory that a plan's script names; null when there is none. */
export function sessionOf(script: string): string | null {
  return /^_phaseCacheSession\(\) \{ \\builtin printf %s \$'([^']+)'; \}$/m.exec(script)?.[1] ?? null;
}

/** How many phases a plan's script says are restored. */
export function restoredIn(script: string): number {
  return /^_phaseCacheIsPhase.*/m.exec(script)?.[0].match(/restored:\d+/g)?.length ?? 0;
}

/** The part of a plan's script that applies the state. */
export function stateIn(script: string): string {
  return script.slice(0, Math.max(0, script.indexOf("_phaseCacheSession() {")));
}
