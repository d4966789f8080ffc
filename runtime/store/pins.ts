import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { boolean, matching, object, text, whole } from "../util/encoding/fields.ts";
import { damaged, PhaseCacheError, systemCode } from "../util/error.ts";
import { withDirectory, writeIn } from "./fs/directory.ts";
import { readRegular } from "./fs/files.ts";
import { isId, isPackage, type Store } from "./layout.ts";
import { quarantine } from "./quarantine.ts";
import { namesIn } from "./records/list.ts";

/** A user's order to restore a package's snapshot through a certain phase although its key no longer matches. */
export interface Pin {
  through: string;
  /** The snapshot; by default the newest through that phase. */
  id?: string;
  /** Whether the pin applies until it is cleared; otherwise it applies to one build. */
  sticky: boolean;
  /** Milliseconds since the epoch. */
  created: number;
}

const largest = 16 * 1024;

function pinPath(store: Store, packageName: string): string {
  if (!isPackage(packageName))
    throw new PhaseCacheError("usage", `${JSON.stringify(packageName)} is not a package name`);
  return join(store.base, "pins", packageName);
}

/** Sets or replaces a package's pin. */
export function setPin(store: Store, packageName: string, pin: Pin): void {
  pinPath(store, packageName);
  writeIn(store, ["pins"], packageName, Buffer.from(`${JSON.stringify(pin)}\n`));
}

/** @throws PhaseCacheError `damaged`; the pin goes to quarantine, so that the error is reported once */
export function readPin(store: Store, packageName: string): Pin | null {
  const path = pinPath(store, packageName);
  try {
    const bytes = readRegular(path, "it", largest);
    return bytes === null ? null : parsePin(bytes.toString("utf8"));
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    quarantine(store, path);
    throw damaged(`the pin of ${packageName} is damaged: ${error.message}`, error);
  }
}

function parsePin(json: string): Pin {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw damaged("it is not JSON", error);
  }
  const map = object(value, "it");
  return {
    through: text(map.through, "through", 4096),
    ...(map.id === undefined ? {} : { id: matching(map.id, "id", isId) }),
    sticky: boolean(map.sticky, "sticky"),
    created: whole(map.created, "created", 8.64e15),
  };
}

/**
 * Returns the pin for a build that is starting, and removes it unless it is sticky. If several builds start at the same
 * time, only one gets a pin that is not sticky.
 * @throws PhaseCacheError `damaged`
 */
export function takePin(store: Store, packageName: string): Pin | null {
  const pin = readPin(store, packageName);
  if (pin === null || pin.sticky) return pin;
  return clearPin(store, packageName) ? pin : null;
}

/** Removes a package's pin. Returns whether there was one. */
export function clearPin(store: Store, packageName: string): boolean {
  pinPath(store, packageName);
  const cleared = withDirectory(store, ["pins"], (folder) => {
    try {
      unlinkSync(join(folder, packageName));
      return true;
    } catch (error) {
      if (systemCode(error) === "ENOENT") return false;
      throw error;
    }
  });
  return cleared ?? false;
}

/** Lists the packages with a pin, sorted. */
export function listPins(store: Store): string[] {
  return namesIn(join(store.base, "pins")).filter(isPackage).sort();
}
