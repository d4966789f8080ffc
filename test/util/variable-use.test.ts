import { describe, expect, it } from "vitest";
import { readsVariable } from "../../runtime/util/variable-use.ts";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: shell
describe("readsVariable", () => {
  it.each([
    "all:\n\techo $(installFlags)",
    "\techo $$installFlags",
    "echo ${installFlags-none}",
    'getenv("installFlags")',
    "os.environ['installFlags']",
    'os.environ.get("installFlags")',
    'os.Getenv("installFlags")',
    'std::env::var("installFlags")',
    "$ENV{installFlags}",
    "$ENV{'installFlags'}",
    "process.env.installFlags",
    "flags: @installFlags@",
    "installFlags ?= x\nall: $(installFlags)",
    "installFlags=${installFlags:-x}\necho $installFlags",
    "echo $installFlags\ninstallFlags=x",
  ])("is true for %j", (text) => {
    expect(readsVariable(text, "installFlags")).toBe(true);
  });

  it.each([
    "see installFlags",
    "int installFlags(void)",
    "'installFlags'",
    "$(myinstallFlags)",
    "$installFlagsArray",
    "@installFlags",
    "installFlags = x\nall:\n\techo $(installFlags)",
  ])("is false for %j", (text) => {
    expect(readsVariable(text, "installFlags")).toBe(false);
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: shell
