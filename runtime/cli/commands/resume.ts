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
  describe: "Pin: the next build restores a package's newest snapshot through a phase, whatever changed",
  examples: [
    [
      "resume hello --through buildPhase",
      "hello's next build begins after buildPhase, and lists what changed",
    ],
    ["resume hello --through buildPhase --sticky", "so do all, until the pin is cleared"],
    ["resume", "what is pinned"],
    ["resume hello --clear", "hello's builds go by their keys again"],
  ],
  arguments: {
    package: { type: "string", describe: "Which package; none: list the pins" },
  },
  options: {
    through: { type: "string", requiresArg: true, describe: "The last phase to restore" },
    sticky: { type: "boolean", default: false, describe: "For all builds, not only the next" },
    clear: { type: "boolean", default: false, describe: "Remove the pin, or all pins" },
  },
  handler: (options) => {
    const { json, package: name, through, sticky, clear } = options;
    if (clear ? through !== undefined || sticky : (name === undefined) !== (through === undefined))
      throw new PhaseCacheError("usage", "name a package and the phase, or --clear alone", {
        hint: "see `phasecache resume --help`",
      });
    if (clear) report({ json, name }, { cleared: clearPins(openToWrite(options.store), name) });
    else if (name === undefined || through === undefined)
      report({ json, name }, { pins: pinsOf(openStore(options.store, { write: false })) });
    else report({ json, name }, order(openToWrite(options.store), name, through, sticky));
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

/** @throws PhaseCacheError `not-found` when there is nothing that could be restored */
function order(store: Store, name: string, through: string, sticky: boolean): Outcome {
  const sound = ofPackage(allSummaries(store), name).filter(({ failed }) => !failed);
  const restores = sound.findLast(({ phase }) => phase === through);
  if (restores === undefined) {
    const phases = [...new Set(sound.map(({ phase }) => printable(phase)))].join(", ");
    throw new PhaseCacheError("not-found", `there is no snapshot of ${name} through ${printable(through)}`, {
      hint: phases === "" ? "all there are failed" : `there are some through ${phases}`,
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
    for (const one of cleared) process.stdout.write(`${one} is not pinned any more\n`);
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
