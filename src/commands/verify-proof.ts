import { createPublicKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { publicKeyBytes, rawPublicKey } from "../ledger/checkpoint-key.js";
import { flawOf, type PostingProof } from "../ledger/posting-proof.js";
import { decodePostingProof } from "../rpc/decode/posting-proof.js";
import type { Terminal } from "./terminal.js";

/**
 * Checks a proof, and says what came of it.
 *
 * @param source the file that it is in, or what to read it from.
 * @returns 0 when it holds, 1 when it does not, 2 when there is nothing to check.
 */
export async function tellProof(
  source: string | NodeJS.ReadableStream,
  options: { readonly publicKey?: string },
  terminal: Terminal,
): Promise<0 | 1 | 2> {
  try {
    const publicKey = options.publicKey === undefined ? null : await readPublicKey(options.publicKey);
    const json = typeof source === "string" ? await readFile(source, "utf8") : await readAll(source);
    const { proved, text, warning } = verifyProof(json, publicKey);
    terminal.output.write(text);
    terminal.notices.write(warning);
    return proved ? 0 : 1;
  } catch (error) {
    terminal.notices.write(`${error instanceof Error ? error.message : error}\n`);
    return 2;
  }
}

/** What came of checking a proof, in words for a person. */
export interface ProofReport {
  readonly proved: boolean;
  readonly text: string;
  /** What the person should do to be sure; empty when nothing is left to do. */
  readonly warning: string;
}

const unpinned =
  "The key was not compared with any: anybody can sign a proof with a key of their own. " +
  "Get the public key from somebody you trust, and pass it with --public-key.\n";

/**
 * Checks the answer of GetPostingProof, with nothing but what it says and the key that it should be signed with. Neither
 * a database nor a network is asked.
 *
 * @param publicKey the key of the service, from a source that is trusted; null when there is none.
 * @throws ProofFormError when the text is no such answer.
 */
export function verifyProof(json: string, publicKey: Buffer | null): ProofReport {
  const proof = decodePostingProof(json);
  const flaw = flawOf(proof) ?? flawOfKey(proof, publicKey);
  if (flaw !== null) return { proved: false, text: `NOT PROVED. ${flaw}\n`, warning: "" };
  return { proved: true, text: describe(proof, publicKey), warning: publicKey === null ? unpinned : "" };
}

/**
 * The public key that a person named: 64 hexadecimal digits, or a file with those or with a key in PEM.
 *
 * @throws an error for that person when it is neither.
 */
async function readPublicKey(named: string): Promise<Buffer> {
  const text = isHexKey(named) ? named : (await readFile(named, "utf8")).trim();
  if (isHexKey(text)) return Buffer.from(text, "hex");
  try {
    const key = createPublicKey(text);
    if (key.asymmetricKeyType === "ed25519") return rawPublicKey(key);
  } catch {
    // Whatever the parser says, what it read is not the key that is wanted.
  }
  throw new Error(
    `${named} holds no Ed25519 public key, in PEM or as ${2 * publicKeyBytes} hexadecimal digits.`,
  );
}

const isHexKey = (text: string): boolean => /^[0-9a-fA-F]{64}$/.test(text);

function flawOfKey({ checkpoint }: PostingProof, publicKey: Buffer | null): string | null {
  if (publicKey === null || publicKey.equals(checkpoint.publicKey)) return null;
  return `The checkpoint is signed by another key than the one you gave: by ${checkpoint.publicKey.toString("hex")}.`;
}

function describe({ posting, laterCanonicalPostings, checkpoint }: PostingProof, key: Buffer | null): string {
  const { asset, amount, postingSeq, walletId, transactionId } = posting;
  const sign = amount > 0n ? "+" : "";
  const rows = [
    ["posting", `number ${postingSeq} of wallet ${walletId}`],
    [
      "moved",
      `${sign}${amount} ${asset}, which left ${posting.balanceAfter} ${asset} (version ${posting.version})`,
    ],
    ["transaction", transactionId],
    ["posted", timeOf(posting.postTime)],
    ["sealed", `${timeOf(checkpoint.createTime)}, ${laterCanonicalPostings.length} postings later`],
    [
      "checkpoint",
      `${checkpoint.id}, over ${checkpoint.walletCount} wallets and ${checkpoint.postingCount} postings`,
    ],
    ["key", `${checkpoint.keyId} (${key === null ? "not compared" : "the one you gave"})`],
  ];
  const lines = rows.map(([name = "", value]) => `  ${name.padEnd(12)} ${value}`);
  return `PROVED. This posting is part of what the checkpoint seals.\n${lines.join("\n")}\n`;
}

/** A time in microseconds since 1970, as ISO 8601. */
function timeOf(micros: bigint): string {
  const second = new Date(Number(micros / 1_000_000n) * 1_000).toISOString().slice(0, 19);
  return `${second}.${(micros % 1_000_000n).toString().padStart(6, "0")}Z`;
}
