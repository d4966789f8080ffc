import { appendFileSync, chmodSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "zx";
import { removeTree } from "./places.ts";
import { project } from "./project.ts";

export interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

/**
 * A simulated machine with its own Nix. Its /etc, /nix, /var/cache and processes are private, so that root can change them
 * without affecting the real machine. Disposing removes it.
 */
export interface Machine extends AsyncDisposable {
  /** The folder with its directories `etc`, `nix`, `cache` and `home`, outside the namespaces. */
  readonly root: string;
  /**
   * Runs bash code on the machine as root, in `home`, with `phasecache` and Nix on PATH. Files are kept between runs;
   * mounts and processes are not.
   */
  run(code: string): Promise<Ran>;
}

/** A nix.conf whose sandbox contains the host's tools, since there is no binary cache. */
export const nixConf = `sandbox = true
sandbox-fallback = false
substitute = false
build-users-group = nixbld
max-jobs = 1
sandbox-paths = /bin /usr /lib /lib64? /etc/alternatives?
`;

/** User IDs that no other rig uses at the same time: Nix kills all processes of its build users. */
const firstId = 1_000_000 + process.pid * 10;
const buildUsers = 2;

function addBuildUsers(etc: string): void {
  const numbers = Array.from({ length: buildUsers }, (_, at) => at + 1);
  const names = numbers.map((number) => `nixbld${number}`);
  appendFileSync(join(etc, "group"), `nixbld:x:${firstId}:${names.join(",")}\n`);
  const lines = numbers.map(
    (number) => `nixbld${number}:x:${firstId + number}:${firstId}::/var/empty:/bin/false`,
  );
  appendFileSync(join(etc, "passwd"), `${lines.join("\n")}\n`);
}

function enter(root: string): string {
  const mounts = [
    ["etc", "/etc"],
    ["nix", "/nix"],
    ["cache", "/var/cache"],
  ].map(([name, at]) => `mount --bind ${join(root, name!)} ${at}`);
  return `set -e; ${mounts.join("; ")}; cd "$HOME"; set +e; eval "$1"`;
}

/** Creates a machine. Needs root. */
export function createMachine(): Machine {
  const root = mkdtempSync(join(tmpdir(), `phasecache-rig-${process.pid}-`));
  chmodSync(root, 0o755);
  for (const name of ["nix", "cache", "home", "bin"]) mkdirSync(join(root, name));
  const etc = join(root, "etc");
  // Skips temporary files of a useradd that another rig runs: they may disappear before they are copied.
  const filter = (path: string) => !/^\/etc\/(passwd|group|g?shadow|sub[ug]id)[.+-]/.test(path);
  cpSync("/etc", etc, { recursive: true, verbatimSymlinks: true, filter });
  mkdirSync(join(etc, "nix"), { recursive: true });
  writeFileSync(join(etc, "nix/nix.conf"), nixConf);
  addBuildUsers(etc);
  const command = `#!/bin/bash\nexec ${process.execPath} ${join(project, "dist/phasecache.mjs")} "$@"\n`;
  writeFileSync(join(root, "bin/phasecache"), command, { mode: 0o755 });
  const env = {
    PATH: [join(root, "bin"), process.env.PHASECACHE_NIX_BIN, "/usr/bin:/bin:/usr/sbin:/sbin"]
      .filter(Boolean)
      .join(":"),
    HOME: join(root, "home"),
  };
  const namespaces = ["-m", "-p", "--fork", "--mount-proc", "--kill-child"];
  return {
    root,
    run: async (code) => {
      const shell = $({ env, quiet: true, nothrow: true, stdio: ["ignore", "pipe", "pipe"] });
      const { exitCode, stdout, stderr } =
        await shell`unshare ${namespaces} bash -c ${enter(root)} bash ${code}`;
      return { status: exitCode, stdout, stderr };
    },
    [Symbol.asyncDispose]: async () => removeTree(root),
  };
}
