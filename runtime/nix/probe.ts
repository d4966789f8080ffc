import { randomName } from "../util/files.ts";
import { failureReason, runNix } from "./command.ts";
import { nixString } from "./expression.ts";
import { parseLogLine, results, withoutColours } from "./log.ts";
import { marker, nodeScript, shellScript } from "./probe-scripts.ts";

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
