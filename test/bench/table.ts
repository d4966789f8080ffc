import { formatSize } from "../../runtime/util/bytes.ts";
import type { Point } from "./growth.ts";
import type { Machine } from "./machine.ts";
import type { Unit } from "./measure.ts";
import type { Panel, Results, Row } from "./results.ts";
import type { Target } from "./statistics.ts";

/** Formats a value with about three significant digits: `0.062 s`, `1.93 s`, `24.1 s`, `132 s`. */
export function formatValue(value: number, unit: Unit): string {
  if (unit === "B") return formatSize(Math.round(value));
  const digits = value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} s`;
}

function formatTarget({ ratio, value }: Target, unit: Unit): string {
  const parts = [
    ...(ratio === undefined ? [] : [`ratio ≤ ${ratio}`]),
    ...(value === undefined ? [] : [`≤ ${unit === "s" ? `${value} s` : `${value / 1e6} MB`}`]),
  ];
  return parts.join(", ");
}

function cells({ what, against, unit, target, summary, skipped, reached, pairs }: Row): string[] {
  const aim = formatTarget(target, unit);
  if (summary === undefined) return [what, against ?? "", "", "", "", "", aim, `skipped: ${skipped}`];
  const { ours, theirs, ratio } = summary;
  return [
    what,
    against ?? "",
    formatValue(ours, unit),
    theirs === null ? "" : formatValue(theirs, unit),
    ratio === null ? "" : ratio.median.toFixed(2),
    ratio === null || pairs!.length < 2 ? "" : `${ratio.least.toFixed(2)} to ${ratio.most.toFixed(2)}`,
    aim,
    reached ? "reached" : "not reached",
  ];
}

const headings = ["measure", "against", "phasecache", "other", "ratio", "spread", "target", ""];

function markdown(lines: readonly (readonly string[])[]): string {
  const escaped = lines.map((line) => line.map((cell) => cell.replaceAll("|", "\\|")));
  const [first, ...rest] = escaped.map((line) => `| ${line.join(" | ")} |`);
  return [first, `|${" --- |".repeat(lines[0]!.length)}`, ...rest].join("\n");
}

export function formatRows(rows: readonly Row[]): string {
  return markdown([headings, ...rows.map(cells)]);
}

function formatExponent(exponent: number | null): string {
  return exponent === null ? "start-up alone" : exponent.toFixed(2);
}

/** Formats the growth of each series: the costs of the smallest and the largest amount, and the exponent. */
export function formatGrowth(panels: readonly Panel[]): string {
  const lines = panels.flatMap(({ work, unit, series, points, exponents }) => {
    const [first, last] = [points[0]!, points.at(-1)!];
    const amount = (value: number) => (unit === "B" ? `${value / 1e6} MB` : value.toLocaleString("en"));
    const line = (name: string, of: (point: Point) => string, exponent: string) => [
      work,
      name,
      `${amount(first.amount)}: ${of(first)}`,
      `${amount(last.amount)}: ${of(last)}`,
      exponent,
    ];
    const times = series.map((name, i) =>
      line(name, ({ seconds }) => formatValue(seconds[i]!, "s"), formatExponent(exponents[i] ?? null)),
    );
    if (first.peak === undefined || last.peak === undefined) return times;
    return [...times, line("peak memory", ({ peak }) => formatValue(peak ?? 0, "B"), "")];
  });
  return markdown([["what grows", "cost of", "least", "most", "exponent"], ...lines]);
}

export function formatMachine({ cpu, cores, memory, fileSystem, kernel, ...versions }: Machine): string {
  const { node, nix, tar, zstd } = versions;
  const programs = Object.entries({ Node: node, Nix: nix, tar, zstd }).filter(
    ([, version]) => version !== null,
  );
  return [
    `${cpu}, ${cores} cores, ${formatSize(memory)} of memory, ${fileSystem}, Linux ${kernel}`,
    programs.map(([name, version]) => `${name} ${version}`).join(", "),
  ].join("; ");
}

/** Formats the generated part of docs/performance.md. */
export function formatReport({ machine, rows, growth }: Results): string {
  const days = [...rows, ...growth].map(({ taken }) => taken.slice(0, 10)).sort();
  const parts = [`Measured on ${days.at(-1)}: ${formatMachine(machine)}.`, formatRows(rows)];
  if (growth.length > 0) parts.push(formatGrowth(growth));
  return parts.join("\n\n");
}
