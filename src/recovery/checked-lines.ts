import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import {
  checksumKind,
  type ExportTrailer,
  headerKind,
  lineBytesMax,
  printCrc,
  trailerKind,
} from "./export-format.js";
import { badLine } from "./recovery-error.js";
import { isObject } from "./row-json.js";

/** A line of an export whose number and checksum are right. */
export interface CheckedLine {
  readonly line: number;
  /** `header`, `trailer`, or the name of a table. */
  readonly kind: string;
  /** What stands under the kind. */
  readonly content: unknown;
}

const linePattern = /^\{"line":([1-9]\d{0,15}),"crc32":"([0-9a-f]{8})",$/;
const kindPattern = /^"([a-z_]{1,63})":/;
const crcLength = `"crc32":"00000000",`.length;
const newline = 0x0a;

/**
 * Reads the lines of an export, and checks each against its number and its checksum, and all of them against the
 * checksums in between and at the end. Checksum lines are checked and left out.
 *
 * @throws RecoveryError that names the line: changed, missing, doubled, out of order, or the end before the end.
 */
export async function* readCheckedLines(
  input: AsyncIterable<Buffer>,
): AsyncGenerator<CheckedLine, undefined> {
  const digest = createHash("sha256");
  let headerSha256 = "";
  let number = 0;
  let trailer: CheckedLine | undefined;
  for await (const bytes of splitLines(input)) {
    number++;
    if (trailer !== undefined) throw badLine(number, "there is more after the last line.");
    const checked = checkLine(number, bytes);
    if ((checked.kind === headerKind) !== (number === 1))
      throw badLine(number, "the header is the first line.");
    if (checked.kind === headerKind) headerSha256 = createHash("sha256").update(bytes).digest("hex");
    if (checked.kind === trailerKind) trailer = checked;
    if (checked.kind === checksumKind) assertChecksum(checked, digest.copy().digest("hex"));
    if (number > 1 && trailer === undefined) digest.update(bytes);
    if (checked.kind !== checksumKind && trailer === undefined) yield checked;
  }
  if (trailer === undefined) {
    throw badLine(number + 1, "it is missing, and so is all that followed: the file was cut off.");
  }
  assertTrailer(trailer, { header_sha256: headerSha256, ledger_sha256: digest.digest("hex") });
  yield trailer;
}

/** The lines with the newline that ends each. What has none is a line that was cut off. */
async function* splitLines(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let line = 1;
  for await (const chunk of input) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const part = chunk.subarray(start, end + 1);
      yield rest.length === 0 ? part : Buffer.concat([...rest, part]);
      rest = [];
      restBytes = 0;
      line++;
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
    restBytes += chunk.length - start;
    if (restBytes > lineBytesMax) throw badLine(line, `it is longer than ${lineBytesMax} bytes.`);
  }
  if (restBytes > 0) throw badLine(line, "it has no end: the file was cut off within it.");
}

function checkLine(number: number, bytes: Buffer): CheckedLine {
  const text = bytes.toString("utf8");
  const bodyAt = text.indexOf(`"crc32":"`) + crcLength;
  const [, said, crc] = linePattern.exec(text.slice(0, bodyAt)) ?? [];
  if (said === undefined) throw badLine(number, "it does not begin as a line of an export does.");
  if (Number(said) !== number) throw badLine(number, outOfOrder(number, Number(said)));
  const actual = printCrc(crc32(bytes.subarray(bodyAt, -1))); // All before it is ASCII: characters are bytes.
  if (actual !== crc) throw badLine(number, `it was changed: its checksum is ${actual}, and it says ${crc}.`);
  const kind = kindPattern.exec(text.slice(bodyAt, bodyAt + 80))?.[1];
  if (kind === undefined) throw badLine(number, "it does not say what it holds.");
  return { line: number, kind, content: contentOf(number, kind, text) };
}

function outOfOrder(number: number, said: number): string {
  if (said === number + 1) return `it is missing: line ${said} is in its place.`;
  if (said > number) return `lines ${number} to ${said - 1} are missing, or out of order.`;
  return `it is line ${said} once more, or lines are out of order.`;
}

function contentOf(number: number, kind: string, text: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    if (isObject(json)) return json[kind];
  } catch {
    // Said below: what does not parse is no line.
  }
  throw badLine(number, "it is not JSON.");
}

function assertChecksum({ line, content }: CheckedLine, actual: string): void {
  const said = isObject(content) ? content.sha256 : undefined;
  if (said === actual) return;
  throw badLine(
    line,
    `the lines before it, down to the checksum before, were changed: sha256 ${actual}, not ${said}.`,
  );
}

function assertTrailer(
  { line, content }: CheckedLine,
  actual: Pick<ExportTrailer, "header_sha256" | "ledger_sha256">,
): void {
  for (const [name, sha256] of Object.entries(actual)) {
    const said = isObject(content) ? content[name] : undefined;
    if (said !== sha256)
      throw badLine(line, `it says ${name} ${said}, and the lines before it have ${sha256}.`);
  }
}
