import { readFileSync } from "node:fs";
import { detailsOf, diskPath, type Root, type Tree, typeOf } from "../tree/entry.ts";
import { type ByteString, toBytes } from "../util/bytes.ts";
import { has } from "./leftovers.ts";
import { largest, zipMembers } from "./members.ts";

const zipNames = /\.(?:aar|apk|ear|egg|epub|jar|nupkg|vsix|war|whl|xpi|zip)$/;

/**
 * The zip files among `changed` that hold one of `needles` in their packed data. Such a file can't be relocated: not
 * only is it compressed, what is installed from it may also carry digests of its members (a wheel's RECORD), in which
 * no search would find anything afterwards. Files are told by their names, as looking into all would cost every save.
 */
export function findSealed(
  roots: readonly Root[],
  tree: Tree,
  changed: readonly ByteString[],
  needles: readonly ByteString[],
): ByteString[] {
  const wanted = needles.map((needle) => Buffer.from(toBytes(needle)));
  return changed.filter((path) => {
    const entry = tree.get(path)!;
    if (!zipNames.test(path) || typeOf(entry) !== "f" || detailsOf(entry).size > largest) return false;
    try {
      return zipMembers(readFileSync(diskPath(roots, path))).some(({ bytes }) => has(bytes, wanted));
    } catch {
      // A file that only has the name of an archive, or that can't be read: the layer tells of that.
      return false;
    }
  });
}
