import { randomName } from "../util/files.ts";
import { failureReason, runNix } from "./command.ts";
import { nixString } from "./expression.ts";
import { parseLogLine, results, withoutColours } from "./log.ts";
import { marker, nodeScript, shellScript } from "./probe-scripts.ts";

/** How far a build came that uses a directory; `detail` is what the system said there, or who the build was. */
export interface ProbeResult {
  state: "works" | "missing" | "unwritable" | "unreadable" | "unremovable" | "not-built";
  detail: string;
}

export interface ProbeRequest {
  /** Where the build is to write, as it sees it: the first that exists. The last one must exist. */
  directories: readonly string[];
  /** The file that it makes there. */
  file: string;
  /** Node, by the path that the hook starts it with. */
  node: string;
  /** `requiredSystemFeatures`. */
  features: readonly string[];
  /** Added to the environment of Nix. */
  env: Record<string, string>;
}

/** A name for `ProbeRequest.file`. Hidden: it makes no directory something else than an empty store. */
export const probeName = () => randomName(".doctor");

/**
 * Lets Nix build a derivation that writes a file to a directory, reads it and removes it. Its output is empty; it is
 * built anew each time, since the file's name is part of it.
 */
export function probeSandbox(request: ProbeRequest): ProbeResult {
  const { node } = request;
  // A path in the Nix store brings itself into the sandbox; any other one must be in there.
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
