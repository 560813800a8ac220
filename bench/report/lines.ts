import type { LinePlot } from "./entry.js";
import { at, line, svg, text, ticksTo, width } from "./svg.js";

type Lines = LinePlot["lines"];

const left = 76;
const right = width - 24;
const top = 78;
const bottom = 380;
/** How many lines look different. */
const looks = 4;

/** Lines over a common axis; both axes begin at 0. */
export function linePlot({ title, x, y, lines }: LinePlot): string {
  const points = lines.flatMap((one) => one.points);
  const xTicks = ticksTo(Math.max(...points.map(([value]) => value)));
  const yTicks = ticksTo(Math.max(...points.map(([, value]) => value)));
  const xOf = (value: number): number => left + ((right - left) * value) / (xTicks.at(-1) || 1);
  const yOf = (value: number): number => bottom - ((bottom - top) * value) / (yTicks.at(-1) || 1);
  return svg(title, bottom + 54, [
    text(title, { x: 24, y: 26, as: "title" }),
    text(y, { x: 24, y: 62, as: "faint" }),
    ...legendOf(lines),
    ...yTicks.flatMap((tick) => [
      line("grid", left, yOf(tick), right, yOf(tick)),
      text(tickText(tick), { x: left - 8, y: yOf(tick) + 4, anchor: "end", as: "faint" }),
    ]),
    ...xTicks.map((tick) =>
      text(tickText(tick), { x: xOf(tick), y: bottom + 20, anchor: anchorOf(tick, xTicks), as: "faint" }),
    ),
    text(x, { x: (left + right) / 2, y: bottom + 42, anchor: "middle", as: "faint" }),
    ...lines.map(({ points }, index) => drawn(points, index % looks, xOf, yOf)),
  ]);
}

/** The last number of the axis ends where the axis does: a long one in the middle of its tick would be cut off. */
function anchorOf(tick: number, ticks: readonly number[]): "middle" | "end" {
  return tick === ticks.at(-1) ? "end" : "middle";
}

function drawn(
  points: Lines[number]["points"],
  look: number,
  xOf: (value: number) => number,
  yOf: (value: number) => number,
): string {
  const places = points.map(([x, y]) => [at(xOf(x)), at(yOf(y))] as const);
  // Where points are many they are the line.
  const dots =
    places.length > 40
      ? []
      : places.map(([x, y]) => `<circle class="dot${look}" cx="${x}" cy="${y}" r="3"/>`);
  const path = places.map(([x, y]) => `${x},${y}`).join(" ");
  return [`<polyline class="line line${look}" points="${path}"/>`, ...dots].join("\n");
}

/** At the top, from right to left, each with a piece of its line. */
function legendOf(lines: Lines): string[] {
  let end = right;
  return [...lines.entries()].reverse().flatMap(([index, { label }]) => {
    const start = end - 40 - label.length * 7;
    end = start - 16;
    return [
      line(`line line${index % looks}`, start, 58, start + 30, 58),
      text(label, { x: start + 36, y: 62, as: "faint" }),
    ];
  });
}

function tickText(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}
