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

/** How many differences are shown. */
const mostShown = 20;

/**
 * Options for Nix that hide the store from builds of these targets; to be asked for before anything is built.
 * @throws PhaseCacheError `usage`, `unsupported` or `refused` where nothing can be proved
 */
export function hideStore({ args, targets }: Prepared, store: string): string[] {
  if (args.withoutResult !== null)
    throw new PhaseCacheError("usage", `there is nothing to prove with ${args.withoutResult}`, {
      hint: "leave it out: what is not built is built, and then built again without the store",
    });
  const strict = targets.find((target) => target.strict);
  if (strict !== undefined)
    throw new PhaseCacheError(
      "unsupported",
      `${strict.name} has phaseCacheStrict: without the store its build fails`,
      {
        hint: "take phaseCacheStrict out to prove it",
      },
    );
  const inside = targets.flatMap(({ directory }) => directory ?? []);
  return optionsWithoutStore(store, [usualStore, ...inside]);
}

/** Proves each target, prints what came of it, and sets the exit status. */
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
    `the build of ${name} saw the store, which Nix was told to hide: nothing is proved`,
    {
      hint: "Nix must take sandbox-paths from you (trusted-users in nix.conf), and no pre-build-hook may show the store",
    },
  );
}

function proofText(proof: Proof): string {
  const { target, verdict, output, check, differences } = proof;
  const name = printable(target.name);
  if (verdict === "equal") return `${name}: ${paint("green", "equal")}\n`;
  if (output === null)
    return `${name}: ${paint("red", "the clean build failed")}, where the one with the store succeeded\n`;
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
      return `${path}: a ${difference.restored}, clean a ${difference.clean}`;
    case "target":
      return `${path}: leads to ${printable(toText(difference.restored))}, clean to ${printable(toText(difference.clean))}`;
    case "executable":
      return `${path}: ${difference.restored ? "executable, clean not" : "not executable, clean it is"}`;
    case "contents": {
      const { restored, clean, from } = difference;
      return `${path}: contents from byte ${from} on (${formatSize(restored)}, clean ${formatSize(clean)})`;
    }
  }
}

/** What the second clean build says, and what to do. */
function conclusion({ target, verdict, output, wrong }: Proof): string[] {
  if (verdict === "failed")
    return ["a second clean build failed: whether the package is reproducible is not known"];
  if (verdict === "unreproducible") {
    const paths = wrong.slice(0, mostShown).map(({ path }) => printable(toText(path)));
    return [
      "two clean builds differ as well: the package is not reproducible",
      ...(paths.length > 0
        ? [`but they agree on ${paths.join(", ")}: there the restored build may be wrong`]
        : []),
    ];
  }
  const own = target.overrides.map(printable).join(" and ");
  return [
    "two clean builds agree: the restored build is wrong",
    ...(own === "" ? [] : [`it sets ${own}: what that leaves out of the keys may be what matters`]),
    `remove it with \`phasecache clear ${printable(target.package)}\` and \`nix-store --delete ${printable(output!)}\`, and build again`,
    ...(own === "" ? ["please report it, with these lines and the output of `phasecache show`"] : []),
  ];
}

/** `wrong` among the differences: two clean builds agree there. */
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
