import type { Prepared } from "../../build/build.ts";
import { checkTarget } from "../../build/check.ts";
import type { Target } from "../../build/evaluate.ts";
import { type Proof, proveTarget } from "../../build/prove.ts";
import type { Difference } from "../../build/trees.ts";
import { Watch } from "../../build/watch.ts";
import { optionsWithoutStore } from "../../build/without-store.ts";
import { usualStore } from "../../store/layout.ts";
import { formatSize, printable, toText } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { problemsFound } from "../command.ts";
import { showSteps } from "./build-screen.ts";
import { paint, printDocument, warn } from "./output.ts";

/** The number of differences shown. */
const mostShown = 20;

/**
 * Returns Nix options that hide the store from builds of these targets; to be called before building.
 * @throws PhaseCacheError `usage`, `unsupported` or `refused` if nothing can be proved
 */
export function hideStore({ args, targets }: Prepared, store: string): string[] {
  if (args.withoutResult !== null)
    throw new PhaseCacheError("usage", `nothing can be proved with ${args.withoutResult}`, {
      hint: "omit it: what is not built yet is built, and then built again without the store",
    });
  const strict = targets.find((target) => target.strict);
  if (strict !== undefined)
    throw new PhaseCacheError(
      "unsupported",
      `${strict.name} has phaseCacheStrict: without the store its build fails`,
      {
        hint: "remove phaseCacheStrict to prove it",
      },
    );
  const inside = targets.flatMap(({ directory }) => directory ?? []);
  return optionsWithoutStore(store, [usualStore, ...inside]);
}

/** Proves each target, prints the results, and sets the exit status. */
export async function showProofs(
  { args, targets }: Prepared,
  hidden: readonly string[],
  json: boolean,
): Promise<void> {
  const proofs: Proof[] = [];
  for (const target of targets) {
    const proof = await proveTarget(target, async () => {
      warn(`building ${target.name} again, without the store`);
      const watch = new Watch([target]);
      return showSteps(watch, args.logs, (onSteps) => checkTarget({ args, target, hidden }, watch, onSteps));
    });
    if ("kind" in proof) {
      if (proof.kind === "seen") throw seen(target);
      process.exitCode = proof.status;
      return;
    }
    proofs.push(proof);
    if (!json) process.stdout.write(proofText(proof));
  }
  if (json) printDocument({ targets: proofs.map(toDocument) });
  const verdicts = proofs.map(({ verdict }) => verdict);
  if (verdicts.includes("failed")) process.exitCode = 1;
  else if (verdicts.some((verdict) => verdict !== "equal")) process.exitCode = problemsFound;
}

function seen({ name }: Target): PhaseCacheError {
  return new PhaseCacheError(
    "refused",
    `the build of ${name} had access to the store although Nix was told to hide it: nothing is proved`,
    {
      hint: "Nix must accept sandbox-paths from you (trusted-users in nix.conf), and no pre-build-hook may expose the store",
    },
  );
}

function proofText(proof: Proof): string {
  const { target, verdict, output, check, differences } = proof;
  const name = printable(target.name);
  if (verdict === "equal") return `${name}: ${paint("green", "equal")}\n`;
  if (output === null)
    return `${name}: ${paint("red", "the clean build failed")}, but the build with the store succeeded\n`;
  const head = `${name}: ${paint("red", "differs")}: ${printable(output)} from the clean ${printable(check!)}`;
  const lines = differences.slice(0, mostShown).map(differenceText);
  const more = differences.length - mostShown;
  if (more > 0) lines.push(`and ${more} more; --json lists all`);
  return `${[head, ...[...lines, ...conclusion(proof)].map((line) => `  ${line}`)].join("\n")}\n`;
}

function differenceText(difference: Difference): string {
  const path = printable(toText(difference.path)) || "the output itself";
  switch (difference.kind) {
    case "only-restored":
      return `${path}: not in the clean build`;
    case "only-clean":
      return `${path}: only in the clean build`;
    case "type":
      return `${path}: ${difference.restored}, in the clean build ${difference.clean}`;
    case "target":
      return `${path}: points to ${printable(toText(difference.restored))}, in the clean build to ${printable(toText(difference.clean))}`;
    case "executable":
      return `${path}: ${difference.restored ? "executable, not in the clean build" : "not executable, but in the clean build"}`;
    case "contents": {
      const { restored, clean, from } = difference;
      return `${path}: contents differ from byte ${from} (${formatSize(restored)}, clean ${formatSize(clean)})`;
    }
  }
}

/** Formats the result of the second clean build, and what to do. */
function conclusion({ target, verdict, output, wrong }: Proof): string[] {
  if (verdict === "failed")
    return ["a second clean build failed: it is unknown whether the package is reproducible"];
  if (verdict === "unreproducible") {
    const paths = wrong.slice(0, mostShown).map(({ path }) => printable(toText(path)));
    return [
      "two clean builds also differ: the package is not reproducible",
      ...(paths.length > 0
        ? [`but they agree on ${paths.join(", ")}, where the restored build may be wrong`]
        : []),
    ];
  }
  const own = target.overrides.map(printable).join(" and ");
  return [
    "two clean builds agree: the restored build is wrong",
    ...(own === "" ? [] : [`it sets ${own}: an input that this excludes from the keys may be the cause`]),
    `remove it with \`phasecache clear ${printable(target.package)}\` and \`nix-store --delete ${printable(output!)}\`, and build again`,
    ...(own === "" ? ["please report this, with these lines and the output of `phasecache show`"] : []),
  ];
}

/** A difference is `wrong` if two clean builds agree on the file. */
function toDocument({ target, verdict, output, check, differences, wrong }: Proof) {
  const { name, drvPath } = target;
  const shown = differences.map((one) => ({
    ...one,
    path: toText(one.path),
    ...(one.kind === "target" && { restored: toText(one.restored), clean: toText(one.clean) }),
    wrong: wrong.includes(one),
  }));
  return { name, drvPath, verdict, output, check, differences: shown };
}
