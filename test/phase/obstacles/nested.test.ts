import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nestedObstacle } from "../../../runtime/phase/obstacles/obstacles.ts";
import { makeFolder, makeStore, phases } from "../../store/example.ts";
import { sessionState } from "../build.ts";

/** The obstacle for phase `index`; `notes` are the hook's: `INDEX PHASE` for a phase that ran inside another. */
function found(notes: string[] | null, index: number, fields = {}) {
  const directory = makeFolder();
  if (notes !== null) writeFileSync(join(directory, "nested"), notes.map((note) => `${note}\0`).join(""));
  const state = sessionState(makeStore(), fields);
  const session = { directory, state, initial: Buffer.of(), scan: Buffer.of() };
  return nestedObstacle(session, state, index);
}

/** The phase that the obstacle names (null for no obstacle), and the highest index of a phase that ran inside another. */
type Answer = [named: string | null, through: number];
type Row = [title: string, notes: string[] | null, index: number, fields: object, answer: Answer];

it.each<Row>([
  ["no phase ran inside another", null, 2, {}, [null, -1]],
  ["the outer phase", ["1 buildPhase"], 1, {}, ["buildPhase", 2]],
  ["the inner phase itself", ["1 buildPhase"], 2, {}, [null, 2]],
  ["a phase between the two", ["0 buildPhase"], 1, {}, ["buildPhase", 2]],
  ["an inner phase that is not in the list", ["1 otherPhase"], 1, {}, ["otherPhase", -1]],
  ["several inner phases: the first one", ["1 installPhase", "1 buildPhase"], 1, {}, ["installPhase", 3]],
  ["inner phases of other phases", ["0 configurePhase", "2 installPhase"], 1, {}, ["installPhase", 3]],
  ["noted by an earlier call", null, 1, { nestedThrough: 2 }, ["buildPhase", 2]],
  ["an earlier phase, noted by an earlier call", ["0 configurePhase"], 1, { nestedThrough: 0 }, [null, 1]],
  [
    "a phase that is listed twice: the last index",
    ["0 buildPhase"],
    2,
    { phases: [...phases, "buildPhase"] },
    ["buildPhase", 4],
  ],
  ["a name with a space", ["1 odd one"], 1, {}, ["odd one", -1]],
])("%s", (_, notes, index, fields, [name, last]) => {
  const { text, through } = found(notes, index, fields);
  expect(through).toBe(last);
  if (name === null) expect(text).toBeNull();
  else expect(text).toContain(name);
});
