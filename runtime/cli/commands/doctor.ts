import { examine } from "../../setup/doctor.ts";
import type { Finding } from "../../setup/finding.ts";
import { printable } from "../../util/bytes.ts";
import { defineCommand, problemsFound } from "../command.ts";
import { bundleFolder } from "../packaging.ts";
import { paint, printDocument } from "../ui/output.ts";

export const doctor = defineCommand({
  command: "doctor",
  describe: "Check whether builds can use the store; exits with status 4 if they cannot",
  examples: [
    ["doctor", "check Nix's settings and the store, and run a small test build"],
    ["doctor --json | jq '.findings[] | select(.status == \"fail\")'", "failed checks, for programs"],
  ],
  handler: ({ store, json }) => {
    const findings: Finding[] = [];
    for (const finding of examine(store, bundleFolder)) {
      findings.push(finding);
      if (!json) process.stdout.write(toText(finding));
    }
    const failed = findings.filter(({ status }) => status === "fail").length;
    if (json) printDocument({ store, failed, findings });
    if (failed > 0) process.exitCode = problemsFound;
  },
});

const colours = { pass: "green", fail: "red", info: "cyan" } as const;

function toText({ check, status, message, remedy }: Finding): string {
  const line = `${paint(colours[status], status.toUpperCase().padEnd(5))} ${check}: ${printable(message)}\n`;
  return remedy === undefined ? line : `${line}      ${printable(remedy)}\n`;
}
