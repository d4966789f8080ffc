import type { ByteString } from "../../util/bytes.ts";
import { readText } from "../code/run-files.ts";
import { splitWords } from "./attributes.ts";

/** The files in nix-support in which a package lists the inputs that it propagates, by kind of dependency. */
const lists = [
  "propagated-build-build-deps",
  "propagated-native-build-inputs",
  "propagated-build-target-deps",
  "propagated-host-host-deps",
  "propagated-build-inputs",
  "propagated-target-target-deps",
];

/** Returns these build inputs and everything that they propagate, each once. */
export function closureOf(paths: readonly ByteString[]): Set<ByteString> {
  const closure = new Set(paths);
  // A set's iterator also visits what is added while it runs.
  for (const path of closure) {
    for (const list of lists) {
      for (const next of splitWords(readText(`${path}/nix-support/${list}`) ?? "")) closure.add(next);
    }
  }
  return closure;
}
