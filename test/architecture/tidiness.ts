import { codeOf, type Source } from "./source.js";

const linesMax = 300;

const unfinished = /\b(TODO|FIXME|XXX)\b/;
const silenced = /(biome|eslint)-(ignore|disable)/;
const unchecked = /@ts-(ignore|expect-error|nocheck)/;
const anyType = /:\s*any\b|\bas\s+any\b|<any\b|\bany\[\]/;
const singledOut = /\b(?:describe|it|context)\.(?:only|skip)\b|\bx(?:it|describe)\(/;

/** One sentence for each thing that is not to be found in any file. */
export function untidiness({ path, text }: Source): string[] {
  const code = codeOf(text);
  const lines = text.split("\n").length - 1;
  const findings: [boolean, string][] = [
    [lines > linesMax, `has ${lines} lines, more than ${linesMax}`],
    [unfinished.test(text), "says that something is left to do"],
    [silenced.test(text) || unchecked.test(text), "silences the linter or the compiler"],
    [anyType.test(code), "uses the type any"],
    [singledOut.test(code), "skips a test or runs one alone"],
  ];
  return findings.filter(([found]) => found).map(([, sentence]) => `${path} ${sentence}`);
}

/** Whether the file uses the global `process`, or imports it. A parameter or field of that name is something else. */
export function touchesProcess({ text }: Source): boolean {
  const code = codeOf(text);
  if (/from\s+["'](?:node:)?process["']|globalThis\.process/.test(code)) return true;
  const declared = /\b(?:const|let)\s+process\b|[{,(]\s*process\s*[:,})]/.test(code);
  return !declared && /(?<![.\w])process\b(?!["'`]|\s*:)\s*[.[]/.test(code);
}

/** The full titles of a file's tests, each with the titles of the suites around it. */
export function titlesOf({ text }: Source): string[] {
  const suites: { indent: number; title: string }[] = [];
  const titles: string[] = [];
  for (const [, space = "", kind, , title = ""] of text.matchAll(
    /^([ \t]*)(describe|it)\(\s*(["'`])((?:\\.|(?!\3).)*)\3/gm,
  )) {
    while ((suites.at(-1)?.indent ?? -1) >= space.length) suites.pop();
    if (kind === "describe") suites.push({ indent: space.length, title });
    else titles.push([...suites.map((suite) => suite.title), title].join(" "));
  }
  return titles;
}

/** What occurs more than once. */
export function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
