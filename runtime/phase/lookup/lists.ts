import { modulesIn, namesIn, pythonBuilds } from "../../key/derivation/unseen-uses.ts";
import type { LateInput } from "../../key/late-inputs.ts";
import { sameVariable, type Variable } from "../../shell/index.ts";
import type { ByteString } from "../../util/bytes.ts";
import type { LateElements } from "./late-elements.ts";
import { elementsOf, findHidden, folderOf, type ListKind } from "./search-paths.ts";

/** A variable that lists build inputs, in two builds. */
export interface ComparedLists {
  /** Null for a variable that is not known to list build inputs. */
  kind: ListKind | null;
  before: Variable | null;
  after: Variable | null;
}

/** What two lists have in common without the elements of late inputs. */
export interface ListComparison {
  before: Variable | null;
  after: Variable | null;
  /** Whether nothing else differs. */
  isEqual: boolean;
  /** A program or module of an early input that another file hides now, or hid before. */
  hidden: string | null;
  /** Late inputs that an early phase may have found through this variable. */
  doubtful: LateInput[];
}

/** Compares two lists of build inputs. Of an unknown variable, only what was declared late may differ. */
export function compareLists({ kind, before: old, after: current }: ComparedLists, late: LateElements) {
  const isOut = (element: ByteString) => {
    const folder = folderOf(element);
    return kind === null ? late.inputOf(folder)?.declared === true : late.has(folder);
  };
  const [before, after] = [withoutElements(old, isOut), withoutElements(current, isOut)];
  const isSearched = kind === "programs" || kind === "modules";
  const [from, to] = [elementsIn(old), elementsIn(current)];
  const isEqual =
    sameVariable(before, after) ||
    ((isSearched || kind === "inputs") && isReordered(before, after, late.storeDir));
  const hidden =
    isEqual && isSearched
      ? findHidden({ kind, before: from, after: to, late: (folder) => namesInLate(folder, kind, late) })
      : null;
  const changed = [...from.filter((one) => !to.includes(one)), ...to.filter((one) => !from.includes(one))];
  const inputs = new Set(changed.flatMap((element) => late.inputOf(folderOf(element)) ?? []));
  const doubtful = [...inputs].filter((input) => isDoubtful(input, kind));
  return { before, after, isEqual, hidden, doubtful } satisfies ListComparison;
}

function isDoubtful({ unseen }: LateInput, kind: ListKind | null): boolean {
  if (kind === "compile") return unseen.some((phrase) => phrase !== pythonBuilds);
  return kind === null || (kind === "modules" && unseen.includes(pythonBuilds));
}

/** Returns the names in a folder of a late input; null for another folder. */
function namesInLate(folder: ByteString, kind: "programs" | "modules", late: LateElements) {
  if (!late.has(folder)) return null;
  const isUnknown = (name: string) => !late.isKnownProgram(folder, name);
  const names = kind === "programs" ? namesIn(folder) : modulesIn(folder);
  if (names.length > 0) return kind === "programs" ? names.filter(isUnknown) : names;
  // An input that this build does not have is not in the sandbox, but in the snapshot's record.
  const input = late.inputOf(folder);
  return (kind === "programs" ? input?.provides.filter(isUnknown) : input?.modules) ?? [];
}

/**
 * Whether two search paths have the same folders, those of the store perhaps in another order. Of other folders it is not
 * known what they contain when a phase searches them.
 */
function isReordered(one: Variable | null, other: Variable | null, storeDir: ByteString): boolean {
  const lists = [elementsIn(one), elementsIn(other)];
  const [sorted, places] = [
    lists.map((list) => [...new Set(list)].sort().join("\0")),
    lists.map((list) => list.map((folder) => (folder.startsWith(`${storeDir}/`) ? "" : folder)).join("\0")),
  ];
  return sorted[0] === sorted[1] && places[0] === places[1];
}

function elementsIn(variable: Variable | null): ByteString[] {
  if (variable === null) return [];
  const { value } = variable;
  if (value.kind === "string") return elementsOf(value.text);
  return value.kind === "indexed" ? value.items.map(([, element]) => element) : [];
}

/** Removes elements: items of an array, words of a string, parts of a search path. Null if nothing is left. */
export function withoutElements(
  variable: Variable | null,
  isOut: (element: ByteString) => boolean,
): Variable | null {
  if (variable === null) return null;
  const { attributes, value } = variable;
  if (value.kind !== "string" && value.kind !== "indexed") return variable;
  const all = elementsIn(variable);
  const left = all.filter((element) => !isOut(element));
  if (left.length === 0) return null;
  if (value.kind === "string") return { attributes, value: { kind: "string", text: left.join(" ") } };
  return { attributes, value: { kind: "indexed", items: left.map((text, i) => [String(i), text]) } };
}
