import { randomName } from "../util/files.ts";
import { failureReason, nixString, runNix } from "./command.ts";
import { parseLogLine, results, withoutColours } from "./log.ts";

/** How far a build got that uses a directory. `detail` is the system's error message, or the user and group of the build. */
export interface ProbeResult {
  state: "works" | "missing" | "unwritable" | "unreadable" | "unremovable" | "not-built";
  detail: string;
}

interface ProbeRequest {
  /** Paths in the sandbox: the build writes to the first that exists. The last one must exist. */
  directories: readonly string[];
  /** Name of the file that the build creates there. */
  file: string;
  /** The path by which the hook starts Node. */
  node: string;
  /** `requiredSystemFeatures`. */
  features: readonly string[];
  /** Variables to add to the environment of Nix. */
  env: Record<string, string>;
}

/** Returns a name for `ProbeRequest.file`. It is hidden, so that a directory with it still counts as an empty store. */
export const probeName = () => randomName(".doctor");

/** Prefix of the lines that the builders print for phasecache. */
const marker = "phasecache-probe";

/**
 * A builder for Node that finds the first existing directory of `$directories` (one for each line), and creates, reads and
 * removes `$file` in it. It prints how far it got, and always succeeds.
 */
const nodeScript = `
const fs = require("fs");
const { directories, file, out } = process.env;
const say = (state, text) => console.log(["${marker}", state, text].join(" "));
let state = "missing";
try {
  const all = directories.split("\\n");
  fs.readdirSync(all[all.length - 1]);
  const path = all.find((one) => fs.existsSync(one)) + "/" + file;
  state = "unwritable";
  fs.writeFileSync(path, file, { flag: "wx", mode: 0o660 });
  state = "unreadable";
  if (fs.readFileSync(path, "utf8") !== file) throw new Error(path + " does not contain what was written");
  state = "unremovable";
  fs.rmSync(path);
  say("works", process.getuid() + ":" + process.getgid());
} catch (error) {
  say(state === "missing" && error.code !== "ENOENT" ? "unwritable" : state, error.message);
}
fs.writeFileSync(out, "");
`;

/**
 * The same builder for the shell that Nix puts into the sandbox. It may be the only program there: where \`rm\` is missing,
 * the file stays. The last command is a builtin, because Nix kills a builder that closes its output before it exits.
 */
const shellScript = `
IFS='
'
say() { printf '%s %s %s\\n' ${marker} "$1" "$2"; }
for directory in $directories; do if [ -d "$directory" ]; then break; fi; done
path=$directory/$file
if ! cd "$directory"; then say missing "$directory can't be entered"
elif ! ( set -C; echo "$file" > "$path" ); then say unwritable "$path can't be created"
elif ! read -r line < "$path" || [ "$line" != "$file" ]; then say unreadable "$path can't be read"
else rm -f "$path"; say works "someone"
fi
echo > "$out"
:
`;

/**
 * Makes Nix build a derivation that creates a file in a directory, reads it and removes it. The derivation contains the
 * file's name, so it is built each time. Tries Node as the builder, and then the sandbox's shell.
 */
export function probeSandbox(request: ProbeRequest): ProbeResult {
  const { node } = request;
  // `storePath` makes a path of the Nix store available in the sandbox. Any other path must already be there.
  const builder = node.startsWith("/nix/store/")
    ? `(builtins.storePath ${nixString(node)})`
    : nixString(node);
  const first = probeWith(request, builder, ["-e", nodeScript]);
  if (first.state !== "not-built") return first;
  const second = probeWith(request, nixString("/bin/sh"), ["-c", shellScript]);
  return second.state === "not-built" ? first : second;
}

function probeWith(request: ProbeRequest, builder: string, args: string[]): ProbeResult {
  const list = (texts: readonly string[]) => `[ ${texts.map(nixString).join(" ")} ]`;
  const expression = `derivation {
    name = "phasecache-doctor";
    system = builtins.currentSystem;
    builder = ${builder};
    args = ${list(args)};
    PATH = "/bin:/usr/bin";
    directories = ${nixString(request.directories.join("\n"))};
    file = ${nixString(request.file)};
    requiredSystemFeatures = ${list(request.features)};
    preferLocalBuild = true;
    allowSubstitutes = false;
  }`;
  const options = ["--no-out-link", "--log-format", "internal-json", "--timeout", "120"];
  const outcome = runNix("nix-build", [...options, "-E", expression], request.env);
  const events = outcome.stderr.split("\n").map(parseLogLine);
  const lines = events.flatMap((event) =>
    event?.action === "result" && event.type === results.buildLogLine ? [String(event.fields[0])] : [],
  );
  for (const line of lines) {
    const [first, state, ...rest] = line.split(" ");
    if (first === marker) return { state: state as ProbeResult["state"], detail: rest.join(" ") };
  }
  const errors = events.flatMap((event) => (event?.action === "msg" && event.level === 0 ? [event.msg] : []));
  const why = errors.length > 0 ? firstLine(errors[0]!) : failureReason(outcome);
  return { state: "not-built", detail: [why, ...lines.slice(-1)].join(": ") };
}

function firstLine(message: string): string {
  const lines = withoutColours(message).split("\n");
  return (lines.find((line) => line.includes("error")) ?? lines[0]!).trim().replace(/^error: */, "");
}
