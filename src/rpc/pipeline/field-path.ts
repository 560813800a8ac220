const keyCharactersMax = 64;

/** The path of a map's entry. The key is quoted and cut, because it is the caller's and may be anything. */
export function mapKeyPath(path: string, key: string): string {
  return `${path}[${JSON.stringify(key.slice(0, keyCharactersMax))}]`;
}
