import { printable } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { didYouMean } from "../../util/suggest.ts";
import type { SnapshotRef } from "../layout.ts";

/** The fields of a snapshot that resolving needs. */
interface Resolvable extends SnapshotRef {
  readonly phase: string;
  readonly phaseIndex: number;
  readonly created: number;
  readonly failed: boolean;
}

/** Maximum number of snapshots that an error lists. */
const maxListed = 10;

/**
 * Finds the snapshot that a user names: by its id or an unambiguous prefix of it, or the newest of `PACKAGE` or
 * `PACKAGE/PHASE` whose phase succeeded. Failed snapshots can only be named by their ids.
 * @throws PhaseCacheError `usage` when several ids match, `not-found` when nothing matches; both list alternatives
 */
export function resolveId<T extends Resolvable>(snapshots: readonly T[], text: string): T {
  const { found, named } = find(snapshots, text);
  return named ? newest(found, text) : found[0]!;
}

/**
 * Finds all snapshots that a name matches, including failed ones: those of `PACKAGE`, those of `PACKAGE/PHASE`, or
 * the one with an id.
 * @throws PhaseCacheError like `resolveId`
 */
export function resolveAll<T extends Resolvable>(snapshots: readonly T[], text: string): T[] {
  return find(snapshots, text).found;
}

/**
 * Finds at least one snapshot: those of a package or a phase (`named`), or the one with an id. A package's full name
 * takes precedence over the prefix of an id.
 */
function find<T extends Resolvable>(snapshots: readonly T[], text: string): { found: T[]; named: boolean } {
  const ofPackage = snapshots.filter((header) => header.package === text);
  if (ofPackage.length > 0) return { found: ofPackage, named: true };
  const slash = text.lastIndexOf("/");
  if (slash > 0)
    return { found: ofPhase(snapshots, text.slice(0, slash), text.slice(slash + 1)), named: true };
  const matches = /^[0-9a-f]{1,12}$/.test(text) ? snapshots.filter(({ id }) => id.startsWith(text)) : [];
  if (matches.length === 0) throw unknown(snapshots, text);
  if (matches.length === 1) return { found: matches, named: false };
  throw new PhaseCacheError("usage", `${text} matches ${matches.length} ids`, { hint: describe(matches) });
}

/** Returns the newest snapshot that did not fail. `text` is the name given by the user. */
function newest<T extends Resolvable>(snapshots: readonly T[], text: string): T {
  const finished = snapshots.filter(({ failed }) => !failed);
  if (finished.length === 0) throw onlyFailed(snapshots, text);
  return finished.reduce((best, one) => (isNewer(one, best) ? one : best));
}

function onlyFailed(snapshots: readonly Resolvable[], text: string): PhaseCacheError {
  const { id, phase, package: name } = snapshots.reduce((best, one) => (isNewer(one, best) ? one : best));
  const message = `${printable(text)} has only failed snapshots; the newest is ${id}, of ${printable(phase)}`;
  return new PhaseCacheError("not-found", message, {
    hint: `name it by its ID, ${id}, or open it with \`phasecache shell --failed ${name}\``,
  });
}

function isNewer(one: Resolvable, best: Resolvable): boolean {
  return one.created === best.created ? one.phaseIndex > best.phaseIndex : one.created > best.created;
}

function ofPhase<T extends Resolvable>(snapshots: readonly T[], name: string, phase: string): T[] {
  const ofPackage = snapshots.filter((header) => header.package === name);
  if (ofPackage.length === 0) throw unknown(snapshots, name);
  const found = ofPackage.filter((header) => header.phase === phase);
  if (found.length > 0) return found;
  const phases = [...new Set(ofPackage.map((header) => header.phase))].map(printable);
  throw new PhaseCacheError("not-found", `there is no snapshot of ${name} after ${printable(phase)}`, {
    hint: `there are snapshots after ${phases.join(", ")}`,
  });
}

function unknown(snapshots: readonly Resolvable[], text: string): PhaseCacheError {
  const close = didYouMean(
    text,
    snapshots.map((header) => header.package),
  );
  const message = `there is no snapshot or package ${text === "" ? '""' : printable(text)}`;
  return new PhaseCacheError("not-found", message, {
    hint: close ?? "see `phasecache ls`",
  });
}

function describe(snapshots: readonly Resolvable[]): string {
  const lines = snapshots
    .slice(0, maxListed)
    .map((one) => `${one.id} ${one.package}/${printable(one.phase)}`);
  const more = snapshots.length > maxListed ? [`and ${snapshots.length - maxListed} more`] : [];
  return [...lines, ...more].join("\n");
}
