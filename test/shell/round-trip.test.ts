import fc from "fast-check";
import { describe, test } from "vitest";
import { bytes, functions, maker, quote } from "./arbitraries.ts";
import { Rig } from "./rig.ts";
import { expectRoundTrip } from "./scenarios.ts";

const runs = Number(process.env.PHASECACHE_RUNS ?? 12);

describe.each(["C", "C.UTF-8"])("in %s, a restored shell equals the one that ran the phase", (locale) => {
  test("variables of every kind", () => {
    const makers = fc.array(maker, { minLength: 30, maxLength: 60 });
    fc.assert(
      fc.property(makers, (list) => {
        const names = list.map((_, i) => `v${i}`);
        const phase = list.map((make, i) => make(`v${i}`)).join("\n");
        expectRoundTrip(locale, phase, { probe: `declare -p ${names.join(" ")} "\${!ref_@}"` });
      }),
      { numRuns: runs },
    );
  });

  test("variables that existed before with another value", () => {
    const pairs = fc.array(fc.tuple(maker, maker, fc.boolean()), { minLength: 20, maxLength: 40 });
    fc.assert(
      fc.property(pairs, (list) => {
        const readonly = (text: string) => text.replace(/declare -g(n?)r/g, "declare -g$1x");
        const setup = list.map(([make], i) => readonly(make(`v${i}`))).join("\n");
        const phase = list.map(([, make, keep], i) => {
          const clear = `unset -v v${i}; unset -n ref_v${i}`;
          return keep ? clear : `${clear}; ${make(`v${i}`)}`;
        });
        expectRoundTrip(locale, phase.join("\n"), {
          setup,
          probe: "declare -p | grep -a '^declare -[^ ]* v[0-9]'",
        });
      }),
      { numRuns: runs },
    );
  });

  test("functions", () => {
    fc.assert(
      fc.property(functions, functions, (setup, phase) => {
        const removed = "unset -f -- f a-b";
        const probe = "unset -f _phaseCacheDump _phaseCacheApply; builtin declare -f; builtin declare -F";
        expectRoundTrip(locale, `${removed}\n${phase}`, {
          setup,
          probe,
        });
      }),
      { numRuns: runs },
    );
  });

  test("working directories with any name", () => {
    const segment = bytes.filter(
      (name) => name !== "" && !name.includes("/") && name !== "." && name !== "..",
    );
    fc.assert(
      fc.property(segment, segment, (first, second) => {
        const phase = `mkdir -p -- ${quote(first)}/${quote(second)}; cd ${quote(`./${first}`)}; cd ${quote(`./${second}`)}`;
        expectRoundTrip(locale, phase, {
          probe: 'printf "%s\\0" "$PWD" "$OLDPWD" ~-; declare -p OLDPWD PWD; pwd -P',
        });
      }),
      { numRuns: runs },
    );
  });
});

describe("a restored shell equals the one that ran the phase", () => {
  test("any options, in any combination", () => {
    using rig = new Rig();
    const names = [...rig.dump("").options.keys()].filter((name) => !/ (xtrace|verbose)$/.test(name));
    const settings = fc.array(fc.tuple(fc.constantFrom(...names), fc.boolean()), { maxLength: 40 });
    const toggle = ([name, on]: [string, boolean]) =>
      name.startsWith("shopt ")
        ? `shopt -${on ? "s" : "u"} ${name.slice(6)}`
        : `set ${on ? "-" : "+"}o ${name.slice(7)}`;
    fc.assert(
      fc.property(settings, settings, (initial, changed) => {
        expectRoundTrip("C", `${changed.map(toggle).join("\n")}\nx=1 y=('*' b)`, {
          setup: initial.map(toggle).join("\n"),
        });
      }),
      { numRuns: 3 * runs },
    );
  });
});
