import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { programs, whyMissing } from "../../debian-nix.mjs";

const folder = process.env.PHASECACHE_NIX_BIN;
const why = folder === programs ? whyMissing() : null;
const required = process.env.PHASECACHE_NIX_2_26 === "required";

const command = folder ? join(folder, "nix") : "nix";
const version = why === null ? execFileSync(command, ["--version"], { encoding: "utf8" }).trim() : "Nix 2.26";

it.skipIf(why !== null && !required)(
  `${version} runs this suite${why === null ? "" : ` (not available: ${why})`}`,
  () => {
    expect(why).toBeNull();
    expect(version).toMatch(folder === programs ? /^nix \(Nix\) 2\.26\./ : /^nix \(Nix\) 2\./);
  },
);
