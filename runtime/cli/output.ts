/** Select Graphic Rendition, ECMA-48. */
const styles = { red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Style = keyof typeof styles;

/** `text` in a colour, on a terminal (https://no-color.org); the text itself has been made printable. */
export function paint(style: Style, text: string): string {
  const { env, stdout } = process;
  if (!stdout.isTTY || env.NO_COLOR || env.TERM === "dumb") return text;
  return `\x1b[${styles[style]}m${text}\x1b[0m`;
}

/** `text` with its arrows and ellipses in ASCII, unless a terminal shows it. */
export function plain(text: string): string {
  return process.stdout.isTTY ? text : text.replaceAll("→", "->").replaceAll("…", "...");
}
