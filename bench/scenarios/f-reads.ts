import { scrape } from "../../test/support/metrics.js";
import { type Service, startService } from "../../test/support/service.js";
import { explainRatio } from "../explained.js";
import { middleOf, ratioOf, spreadOf } from "../figures.js";
import { pathOf } from "../load/frames.js";
import { type Profile, profiled } from "../profile.js";
import {
  answerBytesOf,
  h2loadReads,
  nodeReads,
  type ReadLoad,
  type ReadResult,
  requestBytes,
} from "../reads/loads.js";
import type { Entry } from "../report/entry.js";
import type { Bench, Scenario } from "../report/scenario.js";
import { prove, startSubject } from "../subject.js";

/** One of both servers in one round. */
interface Measured extends ReadResult {
  readonly profile: Profile;
}

/** Both servers, one right after the other, so that a slow moment of the machine hits both. */
interface Round {
  readonly service: Measured;
  readonly echo: Measured;
}

/** The service and the echo, which get the same calls, tokens included. */
type Both = Readonly<Record<keyof Round, Service>>;

/** What was measured, and with what. */
interface Facts {
  readonly load: string;
  readonly answerBytes: number;
  /** A round whose load the Node client made; null where it made all of them. */
  readonly crossCheck: Round | null;
}

const inFlight = 256;
const ratioWanted = 0.5;
const unit = "reads per second";

/** How fast a balance is read, against an echo that does nothing but answer. */
export const scenario: Scenario = {
  id: "f",
  name: `unary GetBalance, ${inFlight} in flight`,
  async run(bench) {
    bench.say(scenario.name);
    const subject = await startSubject(bench, { database: "f_service" });
    const answerBytes = await answerBytesOf(subject.service);
    const both = { service: subject.service, echo: await startEcho(bench, answerBytes) };
    const byNode = nodeReads(bench, inFlight);
    const byH2load = await h2loadReads(inFlight, answerBytes);
    const load = byH2load ?? byNode;
    bench.say(`the load is made by ${load.name}`);
    const settling = { warmUpMs: bench.effort.settleMs, measuredMs: bench.effort.measuredMs };
    for (const server of [both.service, both.echo]) await load.run(server, settling);
    const rounds: Round[] = [];
    while (rounds.length < bench.effort.rounds) {
      rounds.push(await roundOf(bench, both, load));
      bench.say(`round ${rounds.length}: ${inWords(rounds.at(-1))}`);
    }
    const crossCheck = byH2load === null ? null : await roundOf(bench, both, byNode);
    if (crossCheck !== null) bench.say(`by ${byNode.name}: ${inWords(crossCheck)}`);
    await both.echo.stop();
    await assertAnswered(subject.service);
    await prove(bench, subject);
    bench.say("no read failed, every oracle holds, and the ledger is as it was");
    return [entryOf(rounds, { load: load.name, answerBytes, crossCheck })];
  },
};

async function startEcho(bench: Bench, answerBytes: number): Promise<Service> {
  const program = ["dist/bench/baseline/echo.js", pathOf("balances"), `${answerBytes}`];
  const echo = await startService({ env: {}, program });
  bench.undo(echo.kill);
  return echo;
}

async function roundOf(bench: Bench, { service, echo }: Both, load: ReadLoad): Promise<Round> {
  return { service: await turn(bench, service, load), echo: await turn(bench, echo, load) };
}

function turn(bench: Bench, server: Service, load: ReadLoad): Promise<Measured> {
  return profiled(bench, server, () => load.run(server, bench.effort));
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

function entryOf(rounds: readonly Round[], facts: Facts): Entry {
  const ofRound = ({ service, echo }: Round): number => ratioOf(service.perSecond, echo.perSecond);
  const ratio = spreadOf(rounds.map(ofRound));
  const reached = ratio.median >= ratioWanted;
  const middle = middleOf(rounds, ofRound);
  return {
    id: scenario.id,
    name: scenario.name,
    figure: { unit, ...spreadOf(rounds.map(({ service }) => service.perSecond)) },
    baseline: {
      unit,
      label: `a grpc-js echo, ${requestBytes} bytes there and ${facts.answerBytes} back; load by ${facts.load}`,
      ...spreadOf(rounds.map(({ echo }) => echo.perSecond)),
    },
    ratio,
    target: "at least half",
    goal: { atLeast: ratioWanted },
    reached,
    explained: reached ? null : explainRatio(middle.service.profile, middle.echo.profile),
    raw: { rounds, ...facts },
  };
}

function inWords(round: Round | undefined): string {
  const perSecond = [round?.service, round?.echo].map((one) => Math.round(one?.perSecond ?? 0));
  return `${perSecond.join(" / ")} per second, service / echo`;
}
