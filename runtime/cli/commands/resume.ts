import type { Store } from "../../store/layout.ts";
import { openStore } from "../../store/open.ts";
import { clearPin, listPins, type Pin, readPin, setPin } from "../../store/pins.ts";
import type { Summary } from "../../store/records/summary-cache.ts";
import { printable } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { defineCommand } from "../command.ts";
import { allSummaries, ofPackage, openToWrite } from "../snapshots.ts";
import { printDocument, warn } from "../ui/output.ts";
import { formatAge, formatTable } from "../ui/table.ts";

/** A package with its pin. */
interface Pinned {
  name: string;
  pin: Pin;
}

export const resume = defineCommand({
  command: "resume [package]",
  describe: "Pin a package: its next build restores the newest snapshot through a phase, whatever changed",
  examples: [
    [
      "resume hello --through buildPhase",
      "hello's next build starts after buildPhase and lists what changed",
    ],
    ["resume hello --through buildPhase --sticky", "the same for all builds, until the pin is removed"],
    ["resume", "list the pins"],
    ["resume hello --clear", "remove hello's pin"],
  ],
  arguments: {
    package: { type: "string", describe: "The package; without it, list the pins" },
  },
  options: {
    through: { type: "string", requiresArg: true, describe: "The last phase to restore" },
    sticky: { type: "boolean", default: false, describe: "Apply to all builds, not only to the next one" },
    clear: { type: "boolean", default: false, describe: "Remove the pin, or all pins" },
  },
  handler: (options) => {
    const { json, package: name, through, sticky, clear } = options;
    if (clear ? through !== undefined || sticky : (name === undefined) !== (through === undefined))
      throw new PhaseCacheError("usage", "give a package and --through PHASE, or --clear without them", {
        hint: "see `phasecache resume --help`",
      });
    if (clear) report({ json, name }, { cleared: clearPins(openToWrite(options.store), name) });
    else if (name === undefined || through === undefined)
      report({ json, name }, { pins: pinsOf(openStore(options.store, { write: false })) });
    else report({ json, name }, pinPackage(openToWrite(options.store), name, through, sticky));
  },
});

interface Reported {
  json: boolean;
  name: string | undefined;
}

interface Outcome {
  pins?: Pinned[];
  cleared?: string[];
  restores?: Summary;
}

/** @throws PhaseCacheError `not-found` if no snapshot can be restored */
function pinPackage(store: Store, name: string, through: string, sticky: boolean): Outcome {
  const usable = ofPackage(allSummaries(store), name).filter(({ failed }) => !failed);
  const restores = usable.findLast(({ phase }) => phase === through);
  if (restores === undefined) {
    const phases = [...new Set(usable.map(({ phase }) => printable(phase)))].join(", ");
    throw new PhaseCacheError("not-found", `there is no snapshot of ${name} through ${printable(through)}`, {
      hint:
        phases === "" ? "there are only snapshots of failed phases" : `there are snapshots through ${phases}`,
    });
  }
  const pin = { through, sticky, created: Date.now() };
  setPin(store, name, pin);
  return { pins: [{ name, pin }], restores };
}

/** @returns the packages that had a pin */
function clearPins(store: Store, only: string | undefined): string[] {
  const names = only === undefined ? listPins(store) : [only];
  return names.filter((name) => clearPin(store, name));
}

function pinsOf(store: Store): Pinned[] {
  return listPins(store).flatMap((name) => {
    try {
      const pin = readPin(store, name);
      return pin === null ? [] : [{ name, pin }];
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
      warn(error.message);
      return [];
    }
  });
}

function report({ json, name }: Reported, { pins, cleared, restores }: Outcome): void {
  if (json) {
    const listed = pins?.map(({ name, pin }) => ({
      package: name,
      through: pin.through,
      sticky: pin.sticky,
      created: new Date(pin.created).toISOString(),
    }));
    printDocument({ pins: listed, cleared, restores: restores?.id });
  } else if (cleared !== undefined) {
    if (cleared.length === 0) warn(name === undefined ? "nothing is pinned" : `${name} is not pinned`);
    for (const one of cleared) process.stdout.write(`${one} is no longer pinned\n`);
  } else if (restores !== undefined) {
    const { id, phase, created } = restores;
    const which = pins?.[0]?.pin.sticky ? "all builds restore" : "the next build restores";
    const words = `${which} the newest snapshot through ${printable(phase)} (now ${id}, ${formatAge(created, Date.now())})`;
    process.stdout.write(`${name}: ${words} whatever changed\n`);
  } else process.stdout.write(table(pins ?? []));
}

function table(pins: readonly Pinned[]): string {
  const columns = ["PACKAGE", "THROUGH", "FOR", "SINCE"].map((heading) => ({ heading }));
  const now = Date.now();
  const cells = pins.map(({ name, pin }) => [
    name,
    pin.through,
    pin.sticky ? "all builds" : "the next build",
    formatAge(pin.created, now),
  ]);
  return formatTable(columns, cells);
}
