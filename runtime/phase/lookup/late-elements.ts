import { lateName } from "../../key/derivation/package.ts";
import type { LateInput } from "../../key/late-inputs.ts";
import { programNames } from "../../key/late-package.ts";
import type { ByteString } from "../../util/bytes.ts";
import type { StartRules, Starts } from "./starts.ts";

/** The build inputs that, in either build, only phases after the snapshot's use. */
export interface LateElements {
  inputs: readonly LateInput[];
  storeDir: ByteString;
  /** Whether an element of a list is such an input, or a file in one. */
  has(element: ByteString): boolean;
  /** Returns the input that an element comes from; null if it is not late, or nothing more is known about it. */
  inputOf(element: ByteString): LateInput | null;
  /** Whether the table has a program of the input of a folder: a text that names it uses the input. */
  isKnownProgram(folder: ByteString, program: string): boolean;
  provides: ReadonlySet<string>;
  /** Whether a variable or function that no longer exists may come from an input whose hook can't be read any more. */
  open: boolean;
}

/** Finds the late inputs of two builds. A record of an older phasecache has only the names of those of its build. */
export function lateElements(starts: Starts, rules: StartRules, index: number): LateElements {
  const { late, table, storeDir, phases, ownPaths, ignored } = rules;
  const nameOf = (path: ByteString) => lateName(path, storeDir);
  const isLate = ({ phase }: { phase: number }) => phase > index;
  const now = late.filter(isLate);
  const inputs = new Map([...(starts.late ?? []).filter(isLate), ...now].map((one) => [one.path, one]));
  const all = [...inputs.values()];
  const { paths, provides } = elementsInRecord(starts, rules, index);
  for (const one of all) for (const name of one.provides) provides.add(name);
  const early = new Set(late.filter((one) => !isLate(one)).map(({ path }) => nameOf(path)));
  const own = new Set(ownPaths.map(nameOf));
  const isKnownLate = (name: string) => {
    const users = table.latePackages
      .get(name)
      ?.phases.map((phase) => phases.indexOf(phase))
      .filter((at) => at >= 0);
    return users !== undefined && users.length > 0 && Math.min(...users) > index && !early.has(name);
  };
  const rootOf = (element: ByteString) => {
    if (!element.startsWith(`${storeDir}/`)) return element;
    const end = element.indexOf("/", storeDir.length + 1);
    return end < 0 ? element : element.slice(0, end);
  };
  const isInStore = (path: ByteString) => path.startsWith(`${storeDir}/`);
  return {
    inputs: all,
    storeDir,
    has: (element) => {
      const path = rootOf(element);
      if (inputs.has(path) || paths.has(path)) return true;
      return isInStore(path) && (own.has(nameOf(path)) || isKnownLate(nameOf(path)));
    },
    inputOf: (element) => inputs.get(rootOf(element)) ?? null,
    isKnownProgram: (folder, program) => {
      const commands = table.latePackages.get(nameOf(rootOf(folder)))?.commands ?? [];
      return programNames(program).some((name) => commands.includes(name));
    },
    provides,
    open:
      starts.late === undefined &&
      (ignored.some((name) => table.dependencyLists.has(name)) ||
        now.some(({ path }) => !table.latePackages.has(nameOf(path)))),
  };
}

/** Returns the paths of the saved build's late inputs, and what those of the table provide. */
function elementsInRecord({ inputs }: Starts, { table, storeDir }: StartRules, index: number) {
  const lists = [...table.dependencyLists];
  const late = inputs.filter(
    ({ name, phase }) => phase > index && lists.some((list) => name.startsWith(`${list}.`)),
  );
  const paths = new Set(late.map(({ preview }) => preview));
  const provides = new Set<string>();
  for (const { preview } of late)
    for (const command of table.latePackages.get(lateName(preview, storeDir))?.commands ?? [])
      provides.add(command);
  return { paths, provides };
}
