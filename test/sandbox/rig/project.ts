import { existsSync } from "node:fs";
import { join } from "node:path";

/** The project's folder. A bundle of this code is in another folder, and is started in the project's folder. */
export const project = [join(import.meta.dirname, "../../.."), process.cwd()].find((folder) =>
  existsSync(join(folder, "test/sandbox/host-pkgs.nix")),
)!;
