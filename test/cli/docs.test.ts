import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeFolder } from "./example.ts";
import { useCommand } from "./rig.ts";

const run = useCommand();

it("docs/cli.md is what the commands say of themselves", async () => {
  const help = (...args: string[]) => run([...args, "--help"]).stdout.trimEnd();
  const overview = help();
  const names = [...overview.matchAll(/^ {2}phasecache (\w+)/gm)].map(([, name]) => name!);
  expect(names).toContain("gc");
  const sections = names.map((name) => `## phasecache ${name}\n\n\`\`\`\n${help(name)}\n\`\`\`\n`);
  const text = `# The phasecache command\n\n\`\`\`\n${overview}\n\`\`\`\n\n${sections.join("\n")}`;
  for (const name of names) expect(help(name)).toContain("EXIT STATUS");
  await expect(text).toMatchFileSnapshot("../../docs/cli.md");
});

it("completes commands in bash", () => {
  const bin = join(makeFolder(), "bin");
  mkdirSync(bin);
  const { stdout } = run(["completion", "bash"]);
  writeFileSync(join(bin, "phasecache"), '#!/bin/bash\nprintf "%s\\n" verify why\n', { mode: 0o755 });
  const script = `${stdout}\nCOMP_WORDS=(phasecache v) COMP_CWORD=1\n_phasecache\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  const bash = spawnSync("bash", ["-c", script], {
    encoding: "utf8",
    env: { PATH: `${bin}:${process.env.PATH}` },
  });
  expect(bash.stdout).toBe("verify\n");
});

it("answers what completion scripts ask", () => {
  const { stdout } = run(["--get-yargs-completions", "phasecache", "v"], { env: { SHELL: "bash" } });
  expect(stdout.split("\n")).toContain("verify");
  for (const shell of ["bash", "zsh", "fish"]) expect(run(["completion", shell]).status).toBe(0);
  expect(run(["completion", "tcsh"]).status).toBe(2);
});
