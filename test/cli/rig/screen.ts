/**
 * Returns what a terminal shows after `output`. Interprets what the commands write: carriage return, newline, cursor up,
 * erase below and erase to the right.
 */
export function shownBy(output: string): string {
  const rows: string[] = [""];
  let [row, column] = [0, 0];
  for (const [part, up] of output.matchAll(/\x1b\[(\d+)A|\x1b\[[JK]|\r|\n|[^\x1b\r\n]+|\x1b/g)) {
    if (up !== undefined) row = Math.max(0, row - Number(up));
    else if (part === "\r") column = 0;
    // As with `stty onlcr`.
    else if (part === "\n") [row, column] = [row + 1, 0];
    else if (part === "\x1b[J") rows.splice(row, rows.length, rows[row]!.slice(0, column));
    else if (part === "\x1b[K") rows[row] = rows[row]!.slice(0, column);
    else {
      const before = rows[row]!;
      rows[row] = before.slice(0, column).padEnd(column) + part + before.slice(column + part.length);
      column += part.length;
    }
    while (rows.length <= row) rows.push("");
  }
  return rows.join("\n");
}
