import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { programsOf, type Suite, whyNixMissing } from "../../versions/nix.mjs";

/** The versions of the suites' Nix. Debian's unstable suite has the newest one. */
const expected: Record<Suite, RegExp> = {
  trixie: /^nix \(Nix\) 2\.26\./,
  sid: /^nix \(Nix\) 2\.(3\d|[4-9]\d)\./,
};

const folder = process.env.PHASECACHE_NIX_BIN;
const suite = (["trixie", "sid"] as const).find((name) => programsOf(name) === folder);
const why = suite === undefined ? null : whyNixMissing(suite);
const required = process.env.PHASECACHE_VERSIONS === "required";

const command = folder ? join(folder, "nix") : "nix";
const version =
  why === null ? execFileSync(command, ["--version"], { encoding: "utf8" }).trim() : `Nix of ${suite}`;

it.skipIf(why !== null && !required)(
  `${version} runs this suite${why === null ? "" : ` (not available: ${why})`}`,
  () => {
    expect(why).toBeNull();
    expect(version).toMatch(suite === undefined ? /^nix \(Nix\) 2\./ : expected[suite]);
  },
);
