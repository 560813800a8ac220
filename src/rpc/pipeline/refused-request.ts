import type { Message } from "@bufbuild/protobuf";
import { WalletError } from "../../ledger/wallet-error.js";

/**
 * One message of a client that streams has fields that are not accepted. A handler that answers messages one by one
 * answers this one too, and goes on; for the others it ends the call.
 */
export class RefusedRequest extends WalletError {
  /** The message, for the field that tells which one it is. */
  readonly request: Message;

  constructor({ reason, message, metadata, violations }: WalletError, request: Message) {
    super(reason, message, { metadata: { ...metadata }, violations: [...violations] });
    this.request = request;
  }
}
