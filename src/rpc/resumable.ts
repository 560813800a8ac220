import { WalletError } from "../ledger/wallet-error.js";

/** Says with an error after which the caller may come back where to go on: behind the last message that it took. */
export async function* resumable<Message extends { resumeToken: string }>(
  request: { resumeToken: string },
  messages: AsyncIterable<Message>,
): AsyncGenerator<Message> {
  let token = request.resumeToken;
  try {
    for await (const message of messages) {
      token = message.resumeToken;
      yield message;
    }
  } catch (error) {
    if (!(error instanceof WalletError) || error.retryDelayMs === undefined || token === "") throw error;
    const { reason, message, metadata, retryDelayMs, cause } = error;
    throw new WalletError(reason, message, {
      metadata: { ...metadata, resume_token: token },
      retryDelayMs,
      cause,
    });
  }
}
