import { readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";

/** A source file as the architecture tests see it. */
export interface Source {
  /** Its path from the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** The files below the folders whose names end like this, in order of their paths. Generated ones are left out. */
export function sourcesIn(folders: readonly string[], ending = ".ts"): Source[] {
  return folders
    .flatMap((folder) => listFiles(folder))
    .filter((path) => path.endsWith(ending) && !path.startsWith("src/gen/"))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

const importForms = [
  /(?:^|\n)\s*(?:import|export)\s+(?:[\w\s{},*$]*?\sfrom\s+)?["']([^"']+)["']/g,
  /\bimport\(\s*["'`]([^"'`]+)["'`]/g,
];

/** What a file imports or exports again: packages by name, files of this repository by path. */
export function importsOf({ path, text }: Source): string[] {
  const found = importForms.flatMap((form) => [...text.matchAll(form)].map(([, name = ""]) => name));
  return found.map((name) =>
    name.startsWith(".") ? normalize(join(path, "..", name)).replace(/\.js$/, ".ts") : name,
  );
}

/** The code without its comments. */
export function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`\\])\/\/.*$/gm, "$1");
}

function listFiles(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}
