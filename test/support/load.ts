import { AdminService } from "../../src/gen/wallet/v1/admin_service_pb.js";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import { Caller, type Ending } from "./caller.js";
import { onServer } from "./postgres.js";
import { type Service, tokenFor } from "./service.js";

/** One call of a load: a transfer between two holders, or a top-up when it comes from nobody. */
export interface PlannedCall {
  /** Its idempotency key, and its description, by which the test finds it in the database. */
  readonly key: string;
  readonly from: string | null;
  readonly to: string;
  readonly amount: bigint;
}

/** What became of a call: done and as which transaction, refused and why, or not known. */
export type CallOutcome = Ending<{ readonly transactionId: string }>;

export const asset = "gold";
export const callersMax = 256;
const connections = 8;
const holders = Array.from({ length: 1_000 }, (_, index) => `holder-${index}`);

/** Callers of a service, as one of its trusted callers. */
export async function openCaller({ grpcPort }: Service): Promise<Caller> {
  return new Caller({ port: grpcPort, token: await tokenFor("service"), connections });
}

/** Makes the asset and 1,000 holders, each with this much of it. Returns the balances. */
export async function givenFundedHolders(service: Service, units: bigint): Promise<Map<string, bigint>> {
  const admin = new Caller({ port: service.grpcPort, token: await tokenFor("admin"), connections });
  try {
    const { createAsset } = AdminService.method;
    assertDone(await admin.call(createAsset, "asset", { code: asset, name: "Gold", scale: 0 }));
    const making = holders.map((holderId) =>
      admin.call(WalletService.method.createHolder, holderId, { holderId }),
    );
    for (const ending of await Promise.all(making)) assertDone(ending);
    const calls = holders.map((to) => ({ key: `opening-${to}`, from: null, to, amount: units }));
    const opened = await runLoad(admin, calls);
    for (const outcome of opened.values()) assertDone(outcome);
  } finally {
    admin.close();
  }
  return new Map(holders.map((holderId) => [holderId, units]));
}

/** Transfers between random holders, or top-ups of random holders. The same numbers at every run. */
export function planCalls(name: string, kind: "transfer" | "top-up", count: number): PlannedCall[] {
  const random = numbersFrom(count);
  return Array.from({ length: count }, (_, index) => {
    const from = random() % holders.length;
    const to = (from + 1 + (random() % (holders.length - 1))) % holders.length;
    return {
      key: `${name}-${index}`,
      from: kind === "transfer" ? (holders[from] ?? "") : null,
      to: holders[to] ?? "",
      amount: BigInt(1 + (random() % 50)),
    };
  });
}

/** Makes the calls, 256 at a time, and returns what became of each that was made. Ends early when told to. */
export async function runLoad(
  caller: Caller,
  calls: readonly PlannedCall[],
  onOutcome: (outcomes: ReadonlyMap<string, CallOutcome>) => "go on" | "end" = () => "go on",
): Promise<Map<string, CallOutcome>> {
  const outcomes = new Map<string, CallOutcome>();
  const waiting = calls.values();
  let ended = false;
  const callOneByOne = async (): Promise<void> => {
    for (const planned of waiting) {
      outcomes.set(planned.key, await make(caller, planned));
      if (onOutcome(outcomes) === "end") ended = true;
      if (ended) return;
    }
  };
  await Promise.all(Array.from({ length: callersMax }, callOneByOne));
  return outcomes;
}

/** The balances after the calls that were done, by nothing but the client's own count. */
export function balancesAfter(
  opening: ReadonlyMap<string, bigint>,
  calls: readonly PlannedCall[],
  outcomes: ReadonlyMap<string, CallOutcome>,
): Map<string, bigint> {
  const balances = new Map(opening);
  const add = (holder: string, amount: bigint) => balances.set(holder, (balances.get(holder) ?? 0n) + amount);
  for (const { key, from, to, amount } of calls) {
    if (outcomes.get(key)?.kind !== "done") continue;
    if (from !== null) add(from, -amount);
    add(to, amount);
  }
  return balances;
}

/** The balances that the database has, of all holders. */
export async function balancesIn(url: string): Promise<Map<string, bigint>> {
  const wallets = await onServer<{ holder_id: string; balance: string }>(
    url,
    "select holder_id, balance from wallets where asset = $1 and holder_id is not null",
    [asset],
  );
  return new Map(wallets.map((wallet) => [wallet.holder_id, BigInt(wallet.balance)]));
}

async function make(caller: Caller, { key, from, to, amount }: PlannedCall): Promise<CallOutcome> {
  const { transfer, topUp } = WalletService.method;
  const common = { amount: { asset, units: amount }, description: key };
  const ending =
    from === null
      ? await caller.call(topUp, key, { wallet: ofHolder(to), ...common })
      : await caller.call(transfer, key, { source: ofHolder(from), destination: ofHolder(to), ...common });
  if (ending.kind !== "done") return ending;
  return { ...ending, response: { transactionId: ending.response.transaction?.id ?? "" } };
}

function ofHolder(value: string) {
  return { ref: { case: "holderId" as const, value } };
}

function assertDone(ending: Ending<unknown>): void {
  if (ending.kind !== "done") throw new Error(`a call that prepares the load was ${JSON.stringify(ending)}`);
}

/** Pseudo-random numbers of 31 bits (a linear congruential generator; its high bits are the good ones). */
function numbersFrom(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
    return Number(state >> 33n);
  };
}
