/** The text below a heading of the second level, up to the next one. */
export function sectionOf(text: string, heading: string): string {
  const section = text.split(`\n${heading}\n`)[1]?.split("\n## ")[0];
  if (section === undefined) throw new Error(`there is no section ${heading}`);
  return section;
}

/** The cells of a section's tables, without their heads. */
export function rowsOf(section: string): string[][] {
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  const rows = lines.map((line) => line.slice(1, -1).split("|"));
  const isRule = (row: string[] | undefined) => row?.every((cell) => /^-+$/.test(cell.trim())) ?? false;
  const body = rows.filter((row, index) => !isRule(row) && !isRule(rows[index + 1]));
  return body.map((row) => row.map((cell) => cell.trim()));
}

export function codeSpans(text = ""): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span);
}
