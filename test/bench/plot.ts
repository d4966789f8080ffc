import { writeFileSync } from "node:fs";
import type { Panel } from "./results.ts";

const [width, height] = [420, 300];
const area = { left: 62, top: 34, right: 16, bottom: 62 };
const colours = ["#0b6e99", "#c2571a", "#4d7c0f"];

/** Returns a function that maps a range of values to a range of pixels on a logarithmic scale. */
export function logScale(least: number, most: number, from: number, to: number): (value: number) => number {
  const span = Math.log(most / least) || 1;
  return (value) => from + ((to - from) * Math.log(value / least)) / span;
}

/** The powers of ten in the range of the values, including the next one below and the next one above. */
export function decades(values: readonly number[]): number[] {
  const [first, last] = [
    Math.floor(Math.log10(Math.min(...values))),
    Math.ceil(Math.log10(Math.max(...values))),
  ];
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

function amountText(amount: number, unit: string): string {
  const [divisor, prefix] =
    amount >= 1e9 ? [1e9, "G"] : amount >= 1e6 ? [1e6, "M"] : amount >= 1e3 ? [1e3, "k"] : [1, ""];
  return `${amount / divisor}${unit === "" ? prefix : ` ${prefix}${unit}`}`;
}

const text = (x: number, y: number, content: string, more = "") =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${content}</text>`;

const line = (x1: number, y1: number, x2: number, y2: number, more: string) =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" ${more}/>`;

function drawPanel({ work, unit, series, points }: Panel): string {
  const amounts = points.map(({ amount }) => amount);
  const costs = points.flatMap(({ seconds }) => seconds);
  const ticks = decades(costs);
  const [left, right] = [area.left, width - area.right];
  const [top, bottom] = [area.top, height - area.bottom];
  const x = logScale(Math.min(...amounts), Math.max(...amounts), left, right);
  const y = logScale(ticks[0]!, ticks.at(-1)!, bottom, top);
  const curves = series.map((name, i) => {
    const colour = colours[i % colours.length]!;
    const places = points.map(
      ({ amount, seconds }) => [x(amount), y(seconds[i]!)].map((n) => n.toFixed(1)) as [string, string],
    );
    const dots = places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`);
    const curve = `<polyline points="${places.map((place) => place.join(",")).join(" ")}" fill="none" stroke="${colour}" stroke-width="1.8"/>`;
    return `${curve}${dots.join("")}${text(left + i * 125, height - 10, `● ${name}`, `fill="${colour}"`)}`;
  });
  const slope = Math.max(...amounts) / Math.min(...amounts);
  // A line of linear growth from the lower left corner to the panel's edge, to compare the curves with.
  const reach = Math.min(slope, ticks.at(-1)! / ticks[0]!);
  const linear = line(
    left,
    bottom,
    x(Math.min(...amounts) * reach),
    y(ticks[0]! * reach),
    'stroke="#999" stroke-dasharray="4 4"',
  );
  return [
    text(left, 20, `seconds by ${work}`, 'font-weight="bold"'),
    ...ticks.map(
      (tick) =>
        line(left, y(tick), right, y(tick), 'stroke="#ddd"') +
        text(left - 6, y(tick) + 4, String(Number(tick.toPrecision(1))), 'text-anchor="end"'),
    ),
    ...amounts.map((amount) =>
      text(x(amount), bottom + 18, amountText(amount, unit), 'text-anchor="middle"'),
    ),
    linear,
    ...curves,
  ].join("\n");
}

/** Draws the panels as one SVG document, two in each row. */
export function drawPlot(panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / 2);
  const drawn = panels.map(
    (panel, i) =>
      `<g transform="translate(${(i % 2) * width} ${Math.floor(i / 2) * height})">\n${drawPanel(panel)}\n</g>`,
  );
  const size = `width="${2 * width}" height="${rows * height}" viewBox="0 0 ${2 * width} ${rows * height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="11" fill="#333">
<title>Cost as the work grows</title>
<rect width="100%" height="100%" fill="#fff"/>
${drawn.join("\n")}
</svg>
`;
}

export function writePlot(path: string, panels: readonly Panel[]): void {
  writeFileSync(path, drawPlot(panels));
}
