import type { Target } from "../../runtime/build/evaluate.ts";

/** Makes an ordinary target. */
export function makeTarget(drvPath: string, name: string, fields: Partial<Target> = {}): Target {
  return {
    drvPath,
    name,
    package: name.replace(/-[0-9].*/, ""),
    outputs: ["out"],
    obstacle: null,
    directory: null,
    strict: false,
    overrides: [],
    ...fields,
  };
}
