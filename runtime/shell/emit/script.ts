import type { Setting, StatePlan } from "../plan.ts";
import type { Variable } from "../state.ts";
import { emitFunctions } from "./functions.ts";
import { bashWord } from "./quote.ts";
import { emitVariable } from "./variables.ts";

/** Options that bash couples to variables, and those variables, which come after the options. */
const coupled = /^(?:set -o (?:posix|ignoreeof)|shopt compat[0-9]+|BASH_COMPAT|IGNOREEOF|POSIXLY_CORRECT)$/;

/** Options that would act on the rest of the script. */
const restless = /^(?:set -o (?:allexport|keyword|verbose|xtrace)|shopt expand_aliases)$/;

/**
 * A bash script that brings a state about, to be evaluated inside of a function. ASCII, and the same whatever the
 * shell's options, IFS, aliases and functions are, so long as `builtin` is bash's own. It returns 1 before it has
 * changed anything when the working directory is missing or a function can't be defined.
 */
export function emitScript({ variables, functions, options, umask, cwd }: StatePlan): string {
  const definitions = emitFunctions(functions);
  const isCoupled = ({ name }: Setting<unknown>) => coupled.test(name);
  const isRestless = ({ name }: Setting<unknown>) => restless.test(name);
  const isLast = ({ name }: Setting<unknown>) => name === "OLDPWD";
  const lines = [
    ...definitions.check,
    `\\builtin cd -L -- ${bashWord(cwd)} || \\builtin return 1`,
    "\\builtin shopt -u expand_aliases",
    `\\builtin set +a +k${leavesPosix(variables) ? " +o posix" : ""}`,
    ...definitions.apply,
    ...variables.filter((v) => !isCoupled(v) && !isLast(v)).flatMap(emitVariable),
    ...emitOptions(options.filter(isCoupled)),
    ...variables.filter(isCoupled).flatMap(emitVariable),
    ...emitOptions(options.filter((o) => !isCoupled(o) && !isRestless(o))),
    `\\builtin umask ${umask}`,
    // Whether there was one or not, `cd` has made one.
    "\\builtin unset -v OLDPWD",
    ...variables.filter(isLast).flatMap((v) => emitVariable({ ...v, current: null })),
    ...emitOptions(options.filter(isRestless)),
  ];
  return `${lines.join("\n")}\n`;
}

function leavesPosix(variables: Setting<Variable>[]): boolean {
  return variables.some(({ name, current }) => name === "POSIXLY_CORRECT" && current !== null);
}

/**
 * `shopt` before `set -o`, because extdebug switches two of those; off before on, because switching one of the
 * compatibility levels off resets them all.
 */
function emitOptions(options: Setting<boolean>[]): string[] {
  return ["shopt ", "set -o "].flatMap((prefix) =>
    [false, true].flatMap((on) => {
      const names = options.filter(({ name, wanted }) => wanted === on && name.startsWith(prefix));
      if (names.length === 0) return [];
      const flags = `-${on ? "s" : "u"}${prefix === "shopt " ? "" : "o"}`;
      return [`\\builtin shopt ${flags} ${names.map(({ name }) => name.slice(prefix.length)).join(" ")}`];
    }),
  );
}
