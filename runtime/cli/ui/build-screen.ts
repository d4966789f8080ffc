import type { OnSteps } from "../../build/build.ts";
import type { Step } from "../../build/steps.ts";
import type { Watch } from "../../build/watch.ts";
import { BuildView, type Screen } from "./build-view.ts";
import { isQuiet, showsColor } from "./output.ts";

/** Milliseconds. */
const redrawEvery = 200;

/** Steps that are Nix's own messages: the only ones shown with `--quiet`. */
const ofNix: readonly Step["kind"][] = ["nix", "tail", "log"];

/**
 * Shows the steps of a build on standard error.
 * @param logs whether to show the builders' output
 */
export async function showSteps<T>(
  watch: Watch,
  logs: boolean,
  run: (onSteps: OnSteps) => Promise<T>,
): Promise<T> {
  const view = new BuildView(standardError(), watch, logs);
  const clock = setInterval(() => view.draw(Date.now()), redrawEvery);
  try {
    return await run((steps) =>
      view.show(isQuiet() ? steps.filter(({ kind }) => ofNix.includes(kind)) : steps, Date.now()),
    );
  } finally {
    clearInterval(clock);
    view.clear();
  }
}

function standardError(): Screen {
  const isLive = process.stderr.isTTY && process.env.TERM !== "dumb" && !isQuiet();
  return {
    write: (text) => process.stderr.write(text),
    columns: () => (isLive ? process.stderr.columns || 80 : null),
    colours: showsColor(process.stderr),
  };
}
