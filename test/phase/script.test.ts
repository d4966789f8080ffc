import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { planScript, stopScript } from "../../runtime/phase/script.ts";

const bash = (script: string) => execFileSync("bash", ["-euo", "pipefail", "-c", script]).toString("latin1");

describe("planScript", () => {
  const script = planScript({
    session: "/tmp/it's here",
    restored: ["unpackPhase restored", "", "buildPhase restored"],
    saves: ["installPhase", "odd-phase"],
  });

  it("tells the session", () => expect(bash(`${script} _phaseCacheSession`)).toBe("/tmp/it's here"));

  it("counts the restored phases", () => expect(bash(`${script} _phaseCacheLeft`)).toBe("3"));

  it("prints the line of each restored phase that had run", () => {
    const calls = "_phaseCacheNote 3; _phaseCacheNote 2; _phaseCacheNote 1";
    expect(bash(`${script} ${calls}`)).toBe("unpackPhase restored\nbuildPhase restored\n");
  });

  it("knows the phases to save after", () => {
    const ask = (phase: string) => `if _phaseCacheSaves ${phase}; then printf 1; else printf 0; fi;`;
    expect(bash(`${script} ${ask("installPhase")} ${ask("odd-phase")} ${ask("buildPhase")}`)).toBe("110");
  });

  it("is valid when nothing is restored and nothing saved", () => {
    const empty = planScript({ session: "/s", restored: [], saves: [] });
    expect(bash(`${empty} _phaseCacheNote 0; _phaseCacheSaves x || _phaseCacheLeft`)).toBe("0");
  });
});

it("stopScript fails the build only when told to", () => {
  expect(bash(`_phaseCacheStop() { printf stopped; }; ${stopScript(false)}`)).toBe("stopped");
  expect(() => bash(stopScript(true))).toThrow();
});
