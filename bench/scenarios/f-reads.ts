import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import { scrape } from "../../test/support/metrics.js";
import { type Service, startService } from "../../test/support/service.js";
import { type Cores, CoresBusy, coresInWords } from "../cores.js";
import { ratioOf, spreadOf } from "../figures.js";
import { Connection, replyOf } from "../load/connection.js";
import { asset, frameOf, holders, pathOf } from "../load/frames.js";
import { h2loadVersion, runH2load } from "../load/h2load.js";
import { Messages } from "../load/messages.js";
import type { Entry } from "../report/entry.js";
import type { Bench, Scenario } from "../report/scenario.js";
import { Subject, type Target } from "../subject.js";

/** What made the load, and what it found. */
type Loader = (target: Target, times: { warmUpMs: number; measuredMs: number }) => Promise<Loaded>;

interface Loaded {
  readonly perSecond: number;
  readonly latencyMs: Readonly<Record<string, number>>;
}

/** One of both servers in one round. */
interface Measured extends Loaded {
  readonly cores: Cores;
}

interface Round {
  readonly service: Measured;
  readonly echo: Measured;
}

const inFlight = 256;
const ratioWanted = 0.5;
const unit = "reads per second";

/** How fast a balance is read, against an echo that does nothing but answer. */
export const scenario: Scenario = {
  id: "f",
  name: `unary GetBalance, ${inFlight} in flight`,
  async run(bench) {
    const { databases, effort, say } = bench;
    say(`f: ${scenario.name}`);
    const subject = await Subject.start(bench, "f", await databases.copy("f"));
    const answerBytes = await answerBytesOf(subject.target());
    const echo = await startEcho(bench, answerBytes);
    const both = sidesOf(subject, echo);
    const version = await h2loadVersion();
    const byNode = nodeLoader(bench);
    const loader = version === null ? byNode : h2loader(answerBytes + prefixBytes);
    say(`  load by ${version ?? "the Node client"}`);
    for (const side of [both.service, both.echo]) {
      await loader(side.target(), { warmUpMs: 0, measuredMs: effort.settleMs });
    }
    const rounds: Round[] = [];
    for (let round = 1; round <= effort.rounds; round++) {
      rounds.push(await runRound(bench, both, loader, `round ${round}`));
    }
    const crossCheck =
      version === null ? null : await runRound(bench, both, byNode, "cross-check by the Node client");
    await echo.stop();
    await assertAnswered(subject.service);
    await subject.prove();
    await databases.drop("f");
    return [entryOf(rounds, { load: version ?? "a Node client on node:http2", answerBytes, crossCheck })];
  },
};

const prefixBytes = 5;

/** The request that h2load repeats. The Node client asks for all holders in turn. */
const request = frameOf(WalletService.method.getBalance.input, {
  wallet: { ref: { case: "holderId", value: holders[holders.length / 2] ?? "" } },
  asset,
});

/** A server under test, and where its next load goes. */
interface Side {
  readonly server: Service;
  readonly target: () => Target;
}

interface Both {
  /** The database of the service. */
  readonly url: string;
  readonly service: Side;
  readonly echo: Side;
}

/** Both get the same calls, tokens included. */
function sidesOf(subject: Subject, echo: Service): Both {
  return {
    url: subject.url,
    service: { server: subject.service, target: () => subject.target() },
    echo: { server: echo, target: () => ({ ...subject.target(), port: echo.grpcPort }) },
  };
}

/** Both servers, one right after the other, so that a slow moment of the machine hits both. */
async function runRound(
  { effort, say }: Bench,
  { url, service, echo }: Both,
  loader: Loader,
  name: string,
): Promise<Round> {
  const measure = async ({ server, target }: Side): Promise<Measured> => {
    const busy = await CoresBusy.begin(server.pid, url);
    const loaded = await loader(target(), effort);
    return { ...loaded, cores: await busy.take() };
  };
  const round = { service: await measure(service), echo: await measure(echo) };
  say(
    `  ${name}: ${Math.round(round.service.perSecond)} per second, echo ${Math.round(round.echo.perSecond)}`,
  );
  return round;
}

function nodeLoader({ load }: Bench): Loader {
  return async (target, times) => {
    const result = await load.run({ ...target, ...times, scenario: "balances", inFlight });
    const failures = Object.entries(result.failures);
    if (failures.length > 0) throw new Error(`reads failed: ${JSON.stringify(failures.slice(0, 3))}`);
    return result;
  };
}

/** @param answerBytes how long an answer is, with gRPC's prefix. */
function h2loader(answerBytes: number): Loader {
  return async (target, { warmUpMs, measuredMs }) => {
    const order = { ...target, path: pathOf("balances"), frame: request, inFlight, warmUpMs, measuredMs };
    const result = await runH2load(order);
    // h2load does not read what gRPC says of a call, but an error has no answer. Times make some a byte shorter.
    if (result.failed > 0 || result.answerBytes < 0.95 * result.succeeded * answerBytes) {
      throw new Error(`reads failed: ${JSON.stringify(result)}`);
    }
    return result;
  };
}

/** The bytes of an answer without gRPC's prefix. */
async function answerBytesOf({ port, token }: Target): Promise<number> {
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

/** What h2load leaves behind when its time is up is cancelled. Nothing else may have failed, by the service's own count. */
async function assertAnswered({ metricsPort }: Service): Promise<void> {
  const { samples } = await scrape(metricsPort);
  const failed = samples.filter(
    ({ name, labels }) =>
      name === "wallet_rpc_requests_total" && !["OK", "CANCELLED"].includes(labels.code ?? ""),
  );
  if (failed.length > 0) throw new Error(`reads failed: ${JSON.stringify(failed)}`);
}

async function startEcho(bench: Bench, answerBytes: number): Promise<Service> {
  const program = ["dist/bench/baseline/echo.js", pathOf("balances"), `${answerBytes}`];
  const echo = await startService({ env: {}, program });
  bench.undo(echo.kill);
  return echo;
}

interface Facts {
  readonly load: string;
  readonly answerBytes: number;
  readonly crossCheck: Round | null;
}

function entryOf(rounds: readonly Round[], facts: Facts): Entry {
  const ratio = spreadOf(rounds.map(({ service, echo }) => ratioOf(service.perSecond, echo.perSecond)));
  const reached = ratio.median >= ratioWanted;
  return {
    id: scenario.id,
    name: scenario.name,
    figure: { unit, ...spreadOf(rounds.map(({ service }) => service.perSecond)) },
    baseline: {
      unit,
      label: `a grpc-js echo, ${request.length - prefixBytes} bytes there and ${facts.answerBytes} back`,
      ...spreadOf(rounds.map(({ echo }) => echo.perSecond)),
    },
    ratio,
    target: "at least half",
    reached,
    explained: reached ? null : explain(rounds),
    raw: { rounds, ...facts },
  };
}

/** What a call cost in the middle round. */
function explain(rounds: readonly Round[]): string {
  const sorted = [...rounds].sort(
    (a, b) => a.service.perSecond / a.echo.perSecond - b.service.perSecond / b.echo.perSecond,
  );
  const { service, echo } = sorted[Math.floor(sorted.length / 2)] as Round;
  const micros = (cores: number, { perSecond }: Measured) => `${((1e6 * cores) / perSecond).toFixed(0)} µs`;
  return (
    `a read takes ${micros(service.cores.server, service)} of the server's processor time and ` +
    `${micros(service.cores.postgres, service)} of PostgreSQL's, an echo ${micros(echo.cores.server, echo)}; ` +
    `during the reads, ${coresInWords(service.cores)}, during the echoes ${echo.cores.server.toFixed(2)} to the echo.`
  );
}
