import { expect, it } from "vitest";
import { page } from "./sandbox/languages/page.ts";

it("docs/languages.md has the tables that the sandbox suite tests", async () => {
  await expect(page()).toMatchFileSnapshot("../docs/languages.md");
});
