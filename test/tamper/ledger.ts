import type { Checkpointer } from "../../src/engine/checkpoints.js";
import type { Command } from "../../src/ledger/command.js";
import type { SimpleMovement, SimpleType } from "../../src/ledger/movement.js";
import { addressOfHolder, addressOfSystem } from "../../src/ledger/movement.js";
import type { Random } from "../model/random.js";
import { acts } from "../support/acts.js";
import { checkpointerOf, sealLedger } from "../support/checkpoints.js";
import { originalOf, refundOf } from "../support/corrections.js";
import {
  commandOf,
  freshKey,
  givenHolders,
  movementOf,
  openEngine,
  type TestEngine,
} from "../support/engine.js";
import { authorize, capture } from "../support/holds.js";
import { type TestDatabase, testDatabase } from "../support/postgres.js";

/** How large a ledger is to be. */
export interface LedgerSize {
  /** Postings, about. */
  readonly postings: number;
  /** Holders who pay each other and everybody. */
  readonly holders: number;
  /** Pairs of holders who only ever pay each other. */
  readonly pairs: number;
}

/** How many checkpoints a ledger has. */
const checkpoints = 12;

/** How many commands wait for the poster at once. */
const commandsAtOnce = 1_000;

const pairRounds = 3;

/**
 * Makes a ledger through the engine: movements of every type, refunds, holds, captures, wallets without postings, and a
 * checkpoint after every part of it but the last, which nothing seals.
 *
 * @param onProgress told of how many postings there are, about.
 */
export async function makeLedger(
  random: Random,
  size: LedgerSize,
  onProgress: (postings: number) => void,
): Promise<TestDatabase> {
  const database = await testDatabase();
  const engine = await openEngine(database.url);
  try {
    const names = namesOf(size);
    await openWallets(engine, names);
    const checkpointer = checkpointerOf(engine);
    const parts = checkpoints + 1;
    const perPart = Math.ceil(size.postings / 2 / parts);
    for (let part = 0; part < parts; part++) {
      if (part < checkpoints) await payInPairs(engine, names.pairs);
      await move(engine, random, { holders: names.holders, movements: perPart });
      await correctAndHold(engine, random, names.holders);
      if (part < checkpoints) await seal(checkpointer);
      onProgress((part + 1) * perPart * 2);
    }
  } finally {
    await engine.close();
  }
  return database;
}

interface Names {
  readonly holders: readonly string[];
  readonly pairs: readonly (readonly [string, string])[];
  readonly empty: readonly string[];
}

function namesOf({ holders, pairs }: LedgerSize): Names {
  const numbered = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}-${`${index}`.padStart(4, "0")}`);
  return {
    holders: numbered("holder", holders),
    pairs: numbered("pair", pairs).map((name) => [`${name}-a`, `${name}-b`] as const),
    empty: numbered("empty", pairs),
  };
}

async function openWallets(engine: TestEngine, { holders, pairs, empty }: Names): Promise<void> {
  await givenHolders(engine, [...holders, ...pairs.flat(), ...empty]);
  await Promise.all(empty.map((holder) => acts.createWallet(engine, holder)));
  await submitAll(
    engine,
    [...holders, ...pairs.flat()].map((to) => movement("TOP_UP", { to }, 1_000_000n)),
  );
}

/** Each pair pays in one order, so that their postings have the same numbers. */
async function payInPairs(engine: TestEngine, pairs: Names["pairs"]): Promise<void> {
  const rounds = Array.from({ length: pairRounds }, (_, round) => BigInt(round + 1));
  await submitAll(
    engine,
    rounds.flatMap((amount) => pairs.map(([from, to]) => movement("TRANSFER", { from, to }, amount))),
  );
}

async function move(
  engine: TestEngine,
  random: Random,
  { holders, movements }: { holders: readonly string[]; movements: number },
): Promise<void> {
  const commands = Array.from({ length: movements }, () => {
    const [from, to] = [random.pick(holders), random.pick(holders)];
    const amount = BigInt(random.between(1, 50));
    const kind = random.weighted<SimpleType>([
      [80, "TRANSFER"],
      [8, "SPEND"],
      [5, "TOP_UP"],
      [4, "WITHDRAWAL"],
      [3, "BONUS"],
    ]);
    return from === to && kind === "TRANSFER"
      ? movement("TOP_UP", { to }, amount)
      : movement(kind, kind === "TOP_UP" || kind === "BONUS" ? { to } : { from, to }, amount);
  });
  await submitAll(engine, commands);
}

/** A few refunds, open holds and captures. */
async function correctAndHold(engine: TestEngine, random: Random, holders: readonly string[]): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    const from = random.pick(holders);
    const spend = engine.poster.submit(movement("SPEND", { from }, 40n));
    const original = await originalOf(engine, spend);
    await engine.poster.submit(refundOf(original, BigInt(random.between(2, 39))));
    await authorize(engine, random.pick(holders), 10n);
    await capture(engine, await authorize(engine, random.pick(holders), 10n), 4n);
  }
}

function movement(type: SimpleType, { from, to }: { from?: string; to?: string }, amount: bigint): Command {
  return commandOf(freshKey(), movementOf(type, {}, amount, sidesOf(type, { from, to })));
}

/** The wallets that a movement of a type is between: the other side of all but transfers is a system wallet. */
function sidesOf(
  type: SimpleType,
  { from = "", to = "" }: { from?: string | undefined; to?: string | undefined },
): Partial<SimpleMovement> {
  const holder = (name: string) => addressOfHolder("gold", name);
  const system = (role: Parameters<typeof addressOfSystem>[1]) => addressOfSystem("gold", role);
  switch (type) {
    case "TOP_UP":
      return { source: system("TREASURY"), destination: holder(to), subject: "destination" };
    case "BONUS":
      return { source: system("PROMOTIONS"), destination: holder(to), subject: "destination" };
    case "SPEND":
      return { source: holder(from), destination: system("REVENUE"), subject: "source" };
    case "WITHDRAWAL":
      return { source: holder(from), destination: system("TREASURY"), subject: "source" };
    default:
      return { source: holder(from), destination: holder(to), subject: "source" };
  }
}

async function submitAll(engine: TestEngine, commands: readonly Command[]): Promise<void> {
  for (let begin = 0; begin < commands.length; begin += commandsAtOnce)
    await Promise.all(
      commands.slice(begin, begin + commandsAtOnce).map((command) => engine.poster.submit(command)),
    );
}

async function seal(checkpointer: Checkpointer): Promise<void> {
  await sealLedger(checkpointer);
}
