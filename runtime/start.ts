import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";

/**
 * Runs runtime.cjs with V8's code cache, which avoids compiling most of it, since the hook starts Node after every phase.
 * V8 ignores a cache that is missing or made by another version.
 */
function start(): void {
  // Local time is never used, but without this the first date makes ICU look for the machine's time zone; in a sandbox
  // without /etc/localtime it searches all zones.
  process.env.TZ = "UTC";
  const filename = join(__dirname, "runtime.cjs");
  // The bundle is plain ASCII.
  const text = readFileSync(filename, "latin1");
  const cachedData = readCache();
  const script = new Script(`(function (require, __filename, __dirname) {${text}\n})`, {
    filename,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  script.runInThisContext()(require, filename, __dirname);
}

function readCache(): Buffer | undefined {
  try {
    return readFileSync(join(__dirname, "runtime.cache"));
  } catch {
    return undefined;
  }
}

start();
