import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { flagOf, nameOf } from "../../runtime/cli/command.ts";
import { commands } from "../../runtime/cli/registry.ts";
import { hasProgram, useCommand } from "./rig/command.ts";
import { manPage, markdown } from "./rig/manual.ts";

const run = useCommand();

it("docs/cli.md matches the commands' definitions", async () => {
  await expect(markdown()).toMatchFileSnapshot("../../docs/cli.md");
});

it("the man page matches the commands' definitions", async () => {
  await expect(manPage()).toMatchFileSnapshot("../../docs/phasecache.1");
});

it("the help lists every command, and each command's options, examples and exit statuses", () => {
  const overview = run(["--help"]).stdout;
  for (const command of commands) {
    const name = nameOf(command);
    expect(overview).toContain(`phasecache ${name}`);
    const help = run([name, "--help"]).stdout;
    for (const option of Object.keys(command.options)) expect(help).toContain(flagOf(option));
    expect(help).toContain("EXIT STATUS");
    expect(command.examples.length).toBeGreaterThan(0);
  }
});

const linters = [
  ["mandoc", ["-T", "lint", "-W", "warning", "docs/phasecache.1"]],
  ["groff", ["-man", "-ww", "-z", "-Tutf8", "-Kutf8", "docs/phasecache.1"]],
] as const;
it.for(linters)("%s accepts the man page", ([program, args], { skip }) => {
  skip(!hasProgram(program), `${program} is not installed`);
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  // The page has no date, so that it changes only with the commands.
  const complaints = `${stdout}${stderr}`.split("\n").filter((line) => !/^$|missing date/.test(line));
  expect({ complaints, failed: status === null }).toEqual({ complaints: [], failed: false });
});
