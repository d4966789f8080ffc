import type { Setting, StatePlan } from "../plan.ts";
import type { Variable } from "../state.ts";
import { emitFunctions } from "./functions.ts";
import { bashWord } from "./quote.ts";
import { emitVariable } from "./variables.ts";

/** Options that bash couples to variables, and these variables. The script sets the variables after the options. */
const coupled = /^(?:set -o (?:posix|ignoreeof)|shopt compat[0-9]+|BASH_COMPAT|IGNOREEOF|POSIXLY_CORRECT)$/;

/** Options that would affect the rest of the script, so they are set last. */
const affecting = /^(?:set -o (?:allexport|keyword|verbose|xtrace)|shopt expand_aliases)$/;

/**
 * Returns a bash script that sets a state, to be evaluated inside a function. It is ASCII, and works with any options, IFS,
 * aliases and functions, as long as `builtin` is bash's own. If the working directory is missing or a function can't be
 * defined, it returns 1 before it has changed anything.
 */
export function emitScript({ variables, functions, options, umask, cwd }: StatePlan): string {
  const definitions = emitFunctions(functions);
  const isCoupled = ({ name }: Setting<unknown>) => coupled.test(name);
  const isAffecting = ({ name }: Setting<unknown>) => affecting.test(name);
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
    ...emitOptions(options.filter((o) => !isCoupled(o) && !isAffecting(o))),
    `\\builtin umask ${umask}`,
    // `cd` has set it, even if it did not exist before.
    "\\builtin unset -v OLDPWD",
    ...variables.filter(isLast).flatMap((v) => emitVariable({ ...v, current: null })),
    ...emitOptions(options.filter(isAffecting)),
  ];
  return `${lines.join("\n")}\n`;
}

function leavesPosix(variables: Setting<Variable>[]): boolean {
  return variables.some(({ name, current }) => name === "POSIXLY_CORRECT" && current !== null);
}

/**
 * Sets options: `shopt` before `set -o`, because extdebug switches two of the latter, and off before on, because switching
 * off one of the compatibility levels resets them all.
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
