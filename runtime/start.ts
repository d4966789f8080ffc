import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";

/**
 * Starts runtime.cjs with V8's code cache, which spares compiling most of it: the hook is started after every phase. A
 * cache that is missing, or of another V8, is passed over by it.
 */
function start(): void {
  // No local time is asked for, but without this the first date has ICU look for the machine's zone, in a sandbox without
  // /etc/localtime among all zones that there are.
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
