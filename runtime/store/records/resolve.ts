import { printable } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { didYouMean } from "../../util/suggest.ts";
import type { SnapshotRef } from "../layout.ts";

/** What a snapshot is chosen by. */
interface Choice extends SnapshotRef {
  readonly phase: string;
  readonly phaseIndex: number;
  readonly created: number;
  readonly failed: boolean;
}

/** How many snapshots an error lists. */
const mostListed = 10;

/**
 * The snapshot that a user means: by an id or the only one that begins so, or the newest of `PACKAGE` or
 * `PACKAGE/PHASE` whose phase succeeded. A failed snapshot is meant only by its id.
 * @throws PhaseCacheError `usage` when several ids begin so, `not-found` when nothing fits; both say what there is
 */
export function resolveId<T extends Choice>(snapshots: readonly T[], text: string): T {
  const { found, named } = find(snapshots, text);
  return named ? newest(found, text) : found[0]!;
}

/**
 * All snapshots that a name stands for, failed ones among them: those of `PACKAGE`, those of `PACKAGE/PHASE`, or the one
 * with an id.
 * @throws PhaseCacheError likewise
 */
export function resolveAll<T extends Choice>(snapshots: readonly T[], text: string): T[] {
  return find(snapshots, text).found;
}

/**
 * What fits, at least one: of a package or a phase (`named`), or the one with an id. A package's whole name goes before the
 * beginning of an id.
 */
function find<T extends Choice>(snapshots: readonly T[], text: string): { found: T[]; named: boolean } {
  const ofPackage = snapshots.filter((header) => header.package === text);
  if (ofPackage.length > 0) return { found: ofPackage, named: true };
  const slash = text.lastIndexOf("/");
  if (slash > 0)
    return { found: ofPhase(snapshots, text.slice(0, slash), text.slice(slash + 1)), named: true };
  const matches = /^[0-9a-f]{1,12}$/.test(text) ? snapshots.filter(({ id }) => id.startsWith(text)) : [];
  if (matches.length === 0) throw unknown(snapshots, text);
  if (matches.length === 1) return { found: matches, named: false };
  throw new PhaseCacheError("usage", `${text} begins ${matches.length} ids`, { hint: describe(matches) });
}

/** The newest one that did not fail; `text` is how they were asked for. */
function newest<T extends Choice>(snapshots: readonly T[], text: string): T {
  const finished = snapshots.filter(({ failed }) => !failed);
  if (finished.length === 0) throw onlyFailed(snapshots, text);
  return finished.reduce((best, one) => (isNewer(one, best) ? one : best));
}

function onlyFailed(snapshots: readonly Choice[], text: string): PhaseCacheError {
  const { id, phase, package: name } = snapshots.reduce((best, one) => (isNewer(one, best) ? one : best));
  const message = `no finished phase is what ${printable(text)} names: there is only ${id}, of the failed ${printable(phase)}`;
  return new PhaseCacheError("not-found", message, {
    hint: `name it by its ID, ${id}, or open it with \`phasecache shell --failed ${name}\``,
  });
}

function isNewer(one: Choice, best: Choice): boolean {
  return one.created === best.created ? one.phaseIndex > best.phaseIndex : one.created > best.created;
}

function ofPhase<T extends Choice>(snapshots: readonly T[], name: string, phase: string): T[] {
  const ofPackage = snapshots.filter((header) => header.package === name);
  if (ofPackage.length === 0) throw unknown(snapshots, name);
  const found = ofPackage.filter((header) => header.phase === phase);
  if (found.length > 0) return found;
  const phases = [...new Set(ofPackage.map((header) => header.phase))].map(printable);
  throw new PhaseCacheError("not-found", `there is no snapshot of ${name} after ${printable(phase)}`, {
    hint: `there are some after ${phases.join(", ")}`,
  });
}

function unknown(snapshots: readonly Choice[], text: string): PhaseCacheError {
  const close = didYouMean(
    text,
    snapshots.map((header) => header.package),
  );
  const message = `there is no snapshot or package ${text === "" ? '""' : printable(text)}`;
  return new PhaseCacheError("not-found", message, {
    hint: close ?? "see `phasecache ls`",
  });
}

function describe(snapshots: readonly Choice[]): string {
  const lines = snapshots
    .slice(0, mostListed)
    .map((one) => `${one.id} ${one.package}/${printable(one.phase)}`);
  const more = snapshots.length > mostListed ? [`and ${snapshots.length - mostListed} more`] : [];
  return [...lines, ...more].join("\n");
}
