import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import type { Service } from "../../test/support/service.js";
import { Connection, replyOf } from "../load/connection.js";
import { asset, frameOf, holders, ofHolder, pathOf, prefixBytes } from "../load/frames.js";
import { type H2loadResult, h2loadVersion, runH2load } from "../load/h2load.js";
import type { LoadResult } from "../load/load.js";
import { Messages } from "../load/messages.js";
import type { Load } from "../profile.js";
import type { Bench, Effort } from "../report/scenario.js";
import { assertNoFailures, targetOf } from "../subject.js";

/** What a load of reads came to. */
export interface ReadResult extends Load {
  readonly perSecond: number;
  readonly latencyMs: LoadResult["latencyMs"] | H2loadResult["latencyMs"];
}

type Times = Pick<Effort, "warmUpMs" | "measuredMs">;

/** What reads balances, as many at any moment as it was made for. */
export interface ReadLoad {
  readonly name: string;
  /** @throws when a read failed. */
  run(server: Service, times: Times): Promise<ReadResult>;
}

/** The request that h2load repeats. The Node client asks for all holders in turn. */
const request = frameOf(WalletService.method.getBalance.input, {
  wallet: ofHolder(holders.length / 2),
  asset,
});

/** How long a message is, in bytes, without gRPC's prefix. */
export const requestBytes = request.length - prefixBytes;

/** The load generator of all other scenarios. */
export function nodeReads({ load }: Bench, inFlight: number): ReadLoad {
  return {
    name: "the Node client",
    async run(server, { warmUpMs, measuredMs }) {
      const target = await targetOf(server);
      const result = await load.run({ ...target, traffic: "balances", inFlight, warmUpMs, measuredMs });
      assertNoFailures("GetBalance", result);
      return result;
    },
  };
}

/**
 * h2load, which costs the machine less; null where it is not installed.
 *
 * @param answerBytes how long an answer is, without gRPC's prefix.
 */
export async function h2loadReads(inFlight: number, answerBytes: number): Promise<ReadLoad | null> {
  const name = await h2loadVersion();
  if (name === null) return null;
  return {
    name,
    async run(server, { warmUpMs, measuredMs }) {
      const { port, token } = await targetOf(server);
      const calls = { path: pathOf("balances"), frame: request, inFlight, warmUpMs, measuredMs };
      const result = await runH2load({ port, token, ...calls });
      // h2load does not read what gRPC says of a call, but an error has no answer. Times make some a byte shorter.
      const bytesMin = 0.95 * result.succeeded * (prefixBytes + answerBytes);
      if (result.failed > 0 || result.answerBytes < bytesMin)
        throw new Error(`reads failed: ${JSON.stringify(result)}`);
      // Those of its warm-up, which takes processor time as well, h2load does not count.
      const succeeded = (result.perSecond * (warmUpMs + measuredMs)) / 1_000;
      return { ...result, succeeded };
    },
  };
}

/** The bytes of an answer of the service, without gRPC's prefix. @throws when the read failed. */
export async function answerBytesOf(server: Service): Promise<number> {
  const { port, token } = await targetOf(server);
  const connection = new Connection(port, token);
  const stream = connection.open(pathOf("balances"));
  const messages = new Messages();
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    for (const message of messages.take(chunk)) bytes = message.length;
  });
  stream.end(request);
  const { code, message } = await replyOf(stream);
  connection.close();
  if (code !== 0) throw new Error(`a read failed: ${message}`);
  return bytes;
}
