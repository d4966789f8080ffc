/** Prefix of the lines that the builders print for phasecache. */
export const marker = "phasecache-probe";

/**
 * A builder for Node that finds the first existing directory of `$directories` (one for each line), and creates, reads and
 * removes `$file` in it. It prints how far it got, and always succeeds.
 */
export const nodeScript = `
const fs = require("fs");
const { directories, file, out } = process.env;
const say = (state, text) => console.log(["${marker}", state, text].join(" "));
let state = "missing";
try {
  const all = directories.split("\\n");
  fs.readdirSync(all[all.length - 1]);
  const path = all.find((one) => fs.existsSync(one)) + "/" + file;
  state = "unwritable";
  fs.writeFileSync(path, file, { flag: "wx", mode: 0o660 });
  state = "unreadable";
  if (fs.readFileSync(path, "utf8") !== file) throw new Error(path + " does not contain what was written");
  state = "unremovable";
  fs.rmSync(path);
  say("works", process.getuid() + ":" + process.getgid());
} catch (error) {
  say(state === "missing" && error.code !== "ENOENT" ? "unwritable" : state, error.message);
}
fs.writeFileSync(out, "");
`;

/**
 * The same builder for the shell that Nix puts into the sandbox. It may be the only program there: where \`rm\` is missing,
 * the file stays. The last command is a builtin, because Nix kills a builder that closes its output before it exits.
 */
export const shellScript = `
IFS='
'
say() { printf '%s %s %s\\n' ${marker} "$1" "$2"; }
for directory in $directories; do if [ -d "$directory" ]; then break; fi; done
path=$directory/$file
if ! cd "$directory"; then say missing "$directory can't be entered"
elif ! ( set -C; echo "$file" > "$path" ); then say unwritable "$path can't be created"
elif ! read -r line < "$path" || [ "$line" != "$file" ]; then say unreadable "$path can't be read"
else rm -f "$path"; say works "someone"
fi
echo > "$out"
:
`;
