import type { AnomalyRuleName } from "../../src/ledger/anomaly/finding.js";
import type { Random } from "../../test/model/random.js";
import { after, days, type Plan, someTime } from "./calendar.js";
import { unitsOf, within } from "./chance.js";
import { otherThan } from "./ordinary.js";
import type { Episode, Wallet, World } from "./world.js";

/** The days before the first episode, in which wallets show what is usual. */
const quietDays = 12;

type Script = (world: World, random: Random, wallet: Wallet, episode: Episode) => Plan[];

/** How each kind goes. Their figures reach a little below what the rules ask for, so that some are missed. */
const scripts: Record<AnomalyRuleName, Script> = {
  velocity: (world, random, wallet, episode) => {
    const time = someTime(random, dayOf(random));
    const amount = unitsOf(wallet.median / 3);
    const count = random.between(14, 40);
    const pace = within(random, 8, 13);
    return [
      funding(world, wallet, after(time, -7_200), amount * BigInt(count)),
      ...Array.from({ length: count }, (_, index) => ({
        time: after(time, index * pace),
        run: () =>
          world.move(
            { type: "TRANSFER", from: wallet, to: otherThan(world, random, wallet), amount },
            episode,
          ),
      })),
    ];
  },
  amount_outlier: (world, random, wallet, episode) => {
    const time = someTime(random, dayOf(random));
    const amount = unitsOf(wallet.median * within(random, 60, 300));
    const type = random.pick(["SPEND", "WITHDRAWAL"] as const);
    return [
      funding(world, wallet, after(time, -7_200), amount * 2n),
      { time, run: () => world.move({ type, from: wallet, to: null, amount }, episode) },
    ];
  },
  drain_after_top_up: (world, random, wallet, episode) => {
    const time = someTime(random, dayOf(random));
    const parts = random.between(1, 4);
    const amount = unitsOf(wallet.median * within(random, 4, 15));
    const kept = within(random, 0, 0.11);
    const pace = within(random, 60, 400);
    return [
      {
        time,
        run: () => {
          world.move({ type: "TOP_UP", from: null, to: wallet, amount: amount + wallet.balance }, episode);
        },
      },
      ...Array.from({ length: parts }, (_, index) => ({
        time: after(time, (index + 1) * pace),
        run: () => {
          const share = (1 - kept) / (parts - index * (1 - kept));
          const units = unitsOf(Number(wallet.balance) * Math.min(1, share));
          const to = otherThan(world, random, wallet);
          world.move({ type: "TRANSFER", from: wallet, to, amount: units }, episode);
        },
      })),
    ];
  },
  many_refusals: (world, random, wallet, episode) => {
    const time = someTime(random, dayOf(random));
    const pace = within(random, 5, 40);
    return Array.from({ length: random.between(8, 20) }, (_, index) => ({
      time: after(time, index * pace),
      run: () => world.refuse(wallet, unitsOf(wallet.median * 10), episode),
    }));
  },
  limit_splitting: (world, random, wallet, episode) => {
    const time = someTime(random, dayOf(random));
    const limit = Number(wallet.limit ?? 0n);
    const pace = within(random, 300, 2_400);
    const amounts = Array.from({ length: random.between(3, 7) }, () =>
      BigInt(Math.floor(limit * within(random, 0.84, 1))),
    );
    return [
      funding(world, wallet, after(time, -10_000), BigInt(Math.ceil(limit)) * 8n),
      ...amounts.map((amount, index) => ({
        time: after(time, index * pace),
        run: () =>
          world.move(
            { type: "TRANSFER", from: wallet, to: otherThan(world, random, wallet), amount },
            episode,
          ),
      })),
    ];
  },
  circular_flow: (world, random, wallet, episode) => {
    const time = someTime(random, dayOf(random));
    const amount = unitsOf(wallet.median * within(random, 2, 8));
    const others = Array.from({ length: random.between(2, 4) }, () => otherThan(world, random, wallet));
    const pace = within(random, 200, 1_700);
    const round = [wallet, ...new Set(others), wallet];
    return [
      funding(world, wallet, after(time, -7_200), amount * 3n),
      ...round.slice(1).map((to, index) => ({
        time: after(time, index * pace),
        run: () => {
          const from = round[index] ?? wallet;
          const units = unitsOf(Number(amount) * (1 - 0.015 * index));
          world.move({ type: "TRANSFER", from, to, amount: units }, episode);
        },
      })),
    ];
  },
  new_large_counterparty: (world, random, wallet, episode) => {
    const time = someTime(random, dayOf(random));
    const amount = unitsOf(wallet.median * within(random, 25, 60));
    return [
      funding(world, wallet, after(time, -7_200), amount),
      {
        time,
        run: () =>
          world.move(
            { type: "TRANSFER", from: wallet, to: otherThan(world, random, wallet), amount },
            episode,
          ),
      },
    ];
  },
};

/** Episodes of every kind, this many of each, each at a wallet of its own. */
export function unusualEpisodes(
  world: World,
  random: Random,
  countEach: number,
): { episodes: Episode[]; plans: Plan[] } {
  const free = new Set(world.wallets);
  const episodes: Episode[] = [];
  const plans: Plan[] = [];
  for (const [kind, script] of Object.entries(scripts) as [AnomalyRuleName, Script][]) {
    for (let index = 0; index < countEach; index++) {
      const fits = [...free].filter(({ limit }) => (kind === "limit_splitting") === (limit !== null));
      const wallet = random.pick(fits);
      free.delete(wallet);
      const episode: Episode = { kind, transactionIds: [] };
      episodes.push(episode);
      plans.push(...script(world, random, wallet, episode));
    }
  }
  return { episodes, plans };
}

/** What the episode is paid from, long enough before it. */
function funding(world: World, wallet: Wallet, time: bigint, amount: bigint): Plan {
  return { time, run: () => world.move({ type: "TOP_UP", from: null, to: wallet, amount }) };
}

function dayOf(random: Random): number {
  return random.between(quietDays, days - 2);
}
