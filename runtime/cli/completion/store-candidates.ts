import type { Store } from "../../store/layout.ts";
import { openStore } from "../../store/open.ts";
import { listHeaders, listPackages, listRefs } from "../../store/records/list.ts";
import { listSummaries } from "../../store/records/summaries.ts";
import { printable } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { defaultStore } from "../registry.ts";

/** A possible completion, and its description. */
export type Candidate = [word: string, describe: string];

/** Reads candidates from the store; returns none if it is unreadable, since a completion must not print errors. */
export function fromStore(words: readonly string[], read: (store: Store) => Candidate[]): Candidate[] {
  const at = words.indexOf("--store");
  const assigned = words.find((word) => word.startsWith("--store="))?.slice("--store=".length);
  try {
    return read(openStore((at >= 0 ? words[at + 1] : assigned) ?? defaultStore(), { write: false }));
  } catch (error) {
    if (error instanceof PhaseCacheError) return [];
    throw error;
  }
}

/** Returns all packages. */
export function packages(store: Store): Candidate[] {
  return listPackages(store).map((name) => [name, "package"]);
}

/** Returns the phases of a package, or of all packages; the latter from the summaries, which avoids reading each record. */
export function phases(store: Store, name: string | undefined): Candidate[] {
  const known =
    name === undefined ? listSummaries(store).summaries : listHeaders(store, { package: name }).headers;
  const names = new Set(known.map(({ phase }) => phase));
  return [...names].filter((phase) => printable(phase) === phase).map((phase) => [phase, "phase"]);
}

/** Returns packages; after a slash, the phases of one; IDs if the word starts like one. */
export function snapshots(store: Store, current: string): Candidate[] {
  const slash = current.lastIndexOf("/");
  if (slash > 0) {
    const name = current.slice(0, slash);
    const names = new Set(listHeaders(store, { package: name }).headers.map(({ phase }) => phase));
    const shown = [...names].filter((phase) => /^[\w.+-]+$/.test(phase));
    return shown.map((phase) => [`${name}/${phase}`, "newest after this phase"]);
  }
  if (!/^[0-9a-f]{1,12}$/.test(current)) return packages(store);
  const ids = listPackages(store).flatMap((name) =>
    listRefs(store, name).map(({ id }): Candidate => [id, `of ${name}`]),
  );
  return [...packages(store), ...ids];
}
