import { spawnSync } from "node:child_process";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { versions } from "node:process";

/** The machine that the numbers were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  /** The file system that contains builds, stores and trees. */
  readonly fileSystem: string;
  readonly kernel: string;
  readonly node: string;
  /** Null when it is not installed. */
  readonly nix: string | null;
  readonly tar: string | null;
  readonly zstd: string | null;
}

function versionOf(program: string, pattern: RegExp): string | null {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return pattern.exec(stdout ?? "")?.[1] ?? null;
}

export function readMachine(): Machine {
  const { stdout } = spawnSync("stat", ["--file-system", "--format=%T", tmpdir()], { encoding: "utf8" });
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memory: totalmem(),
    fileSystem: stdout?.trim() ?? "unknown",
    kernel: release(),
    node: versions.node,
    nix: versionOf("nix-build", /\(Nix\) (\S+)/),
    tar: versionOf("tar", /\(GNU tar\) (\S+)/),
    zstd: versionOf("zstd", /v(\d[\d.]*)/),
  };
}
