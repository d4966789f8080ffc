import type { FileDifference } from "../../layer/diff.ts";
import type { LayerEntry } from "../../layer/index/layer-index.ts";
import type { StateDifference } from "../../shell/index.ts";
import type { SnapshotDifference } from "../../snapshot/diff.ts";
import { unescapeNames } from "../../tree/paths.ts";
import { type ByteString, formatSize, printable, toText } from "../../util/bytes.ts";
import { groupBy } from "../../util/group.ts";
import { paint, plain, type Style } from "./output.ts";
import { formatTable } from "./table.ts";

const styles: Record<FileDifference["status"], Style> = {
  "+": "green",
  "-": "red",
  M: "yellow",
  U: "cyan",
  T: "yellow",
};

/** The numbers of files that were added, removed and changed, and their bytes. */
export interface Totals {
  added: number;
  removed: number;
  changed: number;
  addedBytes: number;
  removedBytes: number;
  changedBytes: number;
}

export function totalsOf(files: readonly FileDifference[]): Totals {
  const of = (isWanted: (status: string) => boolean) => {
    const own = files.filter(({ status }) => isWanted(status));
    return { count: own.length, bytes: own.reduce((sum, one) => sum + growth(one), 0) };
  };
  const added = of((status) => status === "+");
  const removed = of((status) => status === "-");
  const changed = of((status) => !"+-".includes(status));
  return {
    added: added.count,
    removed: removed.count,
    changed: changed.count,
    addedBytes: added.bytes,
    removedBytes: removed.bytes,
    changedBytes: changed.bytes,
  };
}

/** Returns the bytes by which a path grew. */
function growth({ before, after }: FileDifference): number {
  return (after?.size ?? 0) - (before?.size ?? 0);
}

/** Formats one line for each file: status, signed size, path, and what else differs. */
export function formatFiles(files: readonly FileDifference[]): string {
  const sizes = files.map((one) => signedSize(growth(one)));
  const width = sizes.reduce((most, { length }) => Math.max(most, length), 0);
  return files
    .map((one, i) => {
      const words = `${one.status}  ${sizes[i]!.padStart(width)}  ${printable(shownPath(one.path))}${remark(one)}`;
      return `${paint(styles[one.status], words)}\n`;
    })
    .join("");
}

function remark({ status, path: _, before, after }: FileDifference): string {
  const one = after ?? before!;
  if (status === "+" || status === "-") return one.type === "d" ? "/" : "";
  if (status === "T") return `: ${kind(before!)} ${plain("→")} ${kind(after!)}`;
  if (status === "M" && one.type === "l")
    return `: ${shown(before!.target)} ${plain("→")} ${shown(after!.target)}`;
  if (before!.mode === after!.mode) return status === "U" ? ": other hard links" : "";
  return `${one.type === "d" ? "/" : ""}: ${octal(before!)} ${plain("→")} ${octal(after!)}`;
}

const kinds = { f: "file", h: "file", d: "directory", l: "symlink", p: "fifo" } as const;

function kind({ type }: LayerEntry): string {
  return kinds[type];
}

function octal({ mode }: LayerEntry): string {
  return mode.toString(8).padStart(4, "0");
}

function shown(text: ByteString): string {
  return printable(toText(text));
}

/** Returns a path as `cat` takes it: relative to the build directory, or `$out/bin/x`. */
export function shownPath(path: ByteString): string {
  const text = toText(unescapeNames(path));
  const [, output, below = ""] = /^outputs\/([^/]+)(.*)$/s.exec(text) ?? [];
  if (output !== undefined) return `$${output}${below}`;
  if (text.startsWith("tmp/")) return `/${text}`;
  if (text.startsWith("shm/")) return `/dev/${text}`;
  const relative = text.replace(/^build\//, "");
  return relative.startsWith("$") ? `./${relative}` : relative;
}

/** Formats one line for each difference in the shell's state. */
export function formatState(state: readonly StateDifference[]): string {
  return state
    .map(({ status, kind, name, before, after }) => {
      const values = [before, after].filter((value) => value !== null).join(" → ");
      return `${paint(styles[status], `${status}  ${printable(`${kind} ${name}`)}: ${plain(printable(values))}`)}\n`;
    })
    .join("");
}

/** Formats one row for each root, and one for the state. */
export function formatStat({ files, state }: SnapshotDifference): string {
  const roots = groupBy(files, ({ path }) =>
    path.startsWith("outputs/") ? shownPath(path).split("/")[0]! : path.split("/")[0]!,
  );
  const rows = [...roots].map(([root, own]) => {
    const { added, removed, changed, addedBytes, removedBytes, changedBytes } = totalsOf(own);
    const bytes = addedBytes + removedBytes + changedBytes;
    return [root, String(added), String(removed), String(changed), signedSize(bytes)];
  });
  const count = (wanted: string) => String(state.filter(({ status }) => wanted.includes(status)).length);
  const own = ["state", count("+"), count("-"), count("MUT"), ""];
  const right = ["ADDED", "REMOVED", "CHANGED", "BYTES"].map((heading) => ({ heading, right: true }));
  return formatTable([{ heading: "ROOT" }, ...right], state.length > 0 ? [...rows, own] : rows);
}

export function formatTotals({ files, state }: SnapshotDifference): string {
  if (files.length + state.length === 0) return "no differences\n";
  const { added, removed, changed, addedBytes, removedBytes, changedBytes } = totalsOf(files);
  const parts = [
    `${added} added (${signedSize(addedBytes)})`,
    `${removed} removed (${signedSize(removedBytes)})`,
    `${changed} changed (${signedSize(changedBytes)})`,
  ];
  return `files: ${parts.join(", ")}; state: ${state.length} different\n`;
}

function signedSize(bytes: number): string {
  return bytes > 0 ? `+${formatSize(bytes)}` : formatSize(bytes);
}
