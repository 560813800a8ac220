/** The size of every plot, in pixels. */
export const width = 860;

/** A point's place, and how text is set there. */
export interface Text {
  readonly x: number;
  readonly y: number;
  readonly anchor?: "start" | "middle" | "end";
  /** Classes of the style sheet. */
  readonly as?: string;
}

/** An image of this height that says what it shows, and is readable in light and in dark. */
export function svg(title: string, height: number, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    `<rect class="paper" width="${width}" height="${height}" rx="6"/>`,
    ...body,
    "</svg>\n",
  ].join("\n");
}

export function text(content: string, { x, y, anchor = "start", as = "" }: Text): string {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}" class="${as}">${escaped(content)}</text>`;
}

export function line(as: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${as}" x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}"/>`;
}

/** Round steps from 0 to beyond `max`, some five of them. */
export function ticksTo(max: number): number[] {
  const rough = (max || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.ceil(max / step - 1e-9) + 1 }, (_, index) => index * step);
}

/** A coordinate with no more digits than can be seen. */
export function at(coordinate: number): string {
  return `${Math.round(coordinate * 10) / 10}`;
}

export function escaped(content: string): string {
  return content
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

// Colours that differ in lightness as well, so that they tell apart without being seen as colours.
const style = `
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.label { stroke: #ffffff; stroke-width: 4px; paint-order: stroke }
.faint { fill: #59636e; font-size: 12px }
.paper { fill: #ffffff }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.goal { stroke: #1f2328; stroke-width: 1.5; stroke-dasharray: 4 3 }
.whisker { stroke: #1f2328; stroke-width: 1.5 }
.reached { fill: #2f81c8 }
.missed { fill: #e0a030 }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
.line0 { stroke: #1f6fb8 } .line1 { stroke: #c2410c; stroke-dasharray: 7 4 }
.line2 { stroke: #15803d; stroke-dasharray: 2 3 } .line3 { stroke: #7e3fb8; stroke-dasharray: 9 3 2 3 }
.dot0 { fill: #1f6fb8 } .dot1 { fill: #c2410c } .dot2 { fill: #15803d } .dot3 { fill: #7e3fb8 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.label { stroke: #0d1117 }
.faint { fill: #9aa4af }
.paper { fill: #0d1117 }
.grid { stroke: #30363d }
.goal, .whisker { stroke: #e6edf3 }
.reached { fill: #3b8fd9 }
.missed { fill: #b77a1a }
.line0 { stroke: #6cb6ff } .line1 { stroke: #ff9a5c } .line2 { stroke: #57d364 } .line3 { stroke: #d2a8ff }
.dot0 { fill: #6cb6ff } .dot1 { fill: #ff9a5c } .dot2 { fill: #57d364 } .dot3 { fill: #d2a8ff }
}
`;
