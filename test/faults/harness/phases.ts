import {
  chmodSync,
  linkSync,
  mkdirSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

export const phases = ["buildPhase", "installPhase"] as const;
export type Phase = (typeof phases)[number];

/** A modification time in the past, which restored files must have. */
const time = 1_500_000_000.25;

/** Runs a phase of the demo package. Its files depend only on the output's path. */
export function runPhase(phase: Phase, top: string, out: string): void {
  const write = (path: string, text: string, mode = 0o644) => {
    writeFileSync(path, text, { mode });
    chmodSync(path, mode);
    utimesSync(path, time, time);
  };
  if (phase === "buildPhase") {
    mkdirSync(join(top, "source/sub"), { recursive: true });
    write(join(top, "source/main.c"), `const char *prefix = "${out}/share";\n`);
    write(join(top, "source/program"), `#!/bin/sh\nexec ${out}/bin/other\n`, 0o755);
    write(join(top, "source/sub/data"), Array.from({ length: 3000 }, (_, i) => `${i * i}`).join("\n"));
    linkSync(join(top, "source/sub/data"), join(top, "source/sub/same"));
    symlinkSync("sub/data", join(top, "source/link"));
    mkdirSync(join(top, "source/empty"), { mode: 0o750 });
    write(join(top, "source/sparse"), "a file with a hole, which tar saves");
    truncateSync(join(top, "source/sparse"), 1 << 20);
    utimesSync(join(top, "source/sparse"), time, time);
    return;
  }
  mkdirSync(join(out, "bin"), { recursive: true });
  write(join(out, "bin/program"), `#!/bin/sh\nexec ${out}/bin/other\n`, 0o555);
  symlinkSync(`${out}/bin/program`, join(out, "bin/alias"));
  write(join(top, "source/main.c"), "installed\n");
  rmSync(join(top, "source/program"));
  chmodSync(join(top, "source/sub/data"), 0o444);
  utimesSync(join(top, "source/sub/data"), time + 1, time + 1);
  rmdirSync(join(top, "source/empty"));
  write(join(top, "source/empty"), "was a directory\n");
  write(join(top, `source/${"é".repeat(60)}`), "a long name\n");
}
