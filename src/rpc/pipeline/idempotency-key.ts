import { WalletError } from "../../ledger/wallet-error.js";

// A key sent twice arrives joined by ", ", and the space in it is not a visible character.
const visibleAscii = /^[\x21-\x7e]{1,255}$/;

/** Whether this text can be an idempotency key. */
export function isIdempotencyKey(text: string): boolean {
  return visibleAscii.test(text);
}

/** The idempotency key of a call that needs one, or throws `IDEMPOTENCY_KEY_MISSING` or `IDEMPOTENCY_KEY_INVALID`. */
export function parseIdempotencyKey(header: string | undefined, method: string): string {
  if (header === undefined || header === "") {
    throw new WalletError("IDEMPOTENCY_KEY_MISSING", `${method} needs the metadata \`idempotency-key\``, {
      metadata: { method },
    });
  }
  if (!isIdempotencyKey(header)) {
    throw new WalletError(
      "IDEMPOTENCY_KEY_INVALID",
      "the metadata `idempotency-key` must be one value of 1 to 255 visible ASCII characters",
    );
  }
  return header;
}
