import assert from "node:assert";
import { test } from "node:test";
import { count } from "./dist/words.js";

test("counts words", () => assert.equal(count("two words"), 2));
