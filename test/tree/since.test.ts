import fc from "fast-check";
import { expect, it } from "vitest";
import { diffTrees } from "../../runtime/tree/diff.ts";
import type { Root } from "../../runtime/tree/entry.ts";
import { Scan } from "../../runtime/tree/find.ts";

/** A file, or a directory and its contents. There are few numbers, so that files of different roots are often equal. */
interface Node {
  name: string;
  number: number;
  links: number;
  below: Node[] | null;
}

const name = fc.constantFrom("a", "b", "c", "d", "\n", "f 1");
const leaf = fc.record({
  name,
  number: fc.nat(3),
  links: fc.constantFrom(1, 1, 1, 2),
  below: fc.constant(null),
});
const node = (depth: number): fc.Arbitrary<Node> =>
  depth === 0
    ? leaf
    : fc.oneof(leaf, fc.record({ name, number: fc.nat(3), links: fc.constant(1), below: nodes(depth - 1) }));
const nodes = (depth: number): fc.Arbitrary<Node[]> =>
  fc.uniqueArray(node(depth), { maxLength: 4, selector: (one) => one.name });

/** Returns what `find` prints for a node and everything below it. */
function listed({ name: own, number, links, below }: Node, path: string): string {
  const inner = (below ?? []).map((one) => listed(one, path === "" ? one.name : `${path}/${one.name}`));
  const type = below === null ? "f" : "d";
  const socket = own === "d" && below === null ? "s" : type;
  return `${socket} 644 ${number}.0 1 ${number}.0 ${number} 9 ${links}\0${8}\0${path}\0\0${inner.join("")}`;
}

type Roots = (Node | null)[];
const names: Root["name"][] = ["build", "outputs/out", "outputs/dev"];
const top = fc.option(
  fc.record({ name: fc.constant(""), number: fc.nat(3), links: fc.constant(1), below: nodes(2) }),
);
const roots: fc.Arbitrary<Roots> = fc.tuple(top, top, top);

function scanOf(present: Roots): Scan {
  const found = present.map((one) => (one === null ? "" : listed(one, ""))).join("");
  return new Scan(
    Buffer.from(found, "latin1"),
    names.filter((_, i) => present[i] !== null),
  );
}

/** The same trees with one root replaced, moved or swapped with another. */
const changed = fc
  .tuple(roots, roots, fc.nat(2), fc.constantFrom("replace", "move", "swap"))
  .map(([old, other, i, how]) => {
    const now = [...old];
    if (how === "replace") now[i] = other[i]!;
    if (how === "move") [now[i], now[(i + 1) % 3]] = [null, old[i]!];
    if (how === "swap") [now[i], now[(i + 1) % 3]] = [old[(i + 1) % 3]!, old[i]!];
    return [old, now] as const;
  });

it("comparing the differing parts gives the same result as comparing complete trees", () => {
  let smaller = 0;
  fc.assert(
    fc.property(fc.oneof(changed, fc.tuple(roots, roots)), ([old, now]) => {
      const [before, after] = [Scan.decode(scanOf(old).encode()), scanOf(now)];
      const part = after.since(before);
      if (part.tree.size < after.tree.size) smaller++;
      expect(diffTrees(part.before, part.tree, () => after.tree)).toEqual(diffTrees(before.tree, after.tree));
    }),
    { numRuns: 20_000 },
  );
  // Otherwise the test would only compare complete trees.
  expect(smaller).toBeGreaterThan(2_000);
});
