import type { Random } from "../../test/model/random.js";
import { after, days, type Plan, someTime, timeAt } from "./calendar.js";
import { lognormal, unitsOf, within } from "./chance.js";
import type { Wallet, World } from "./world.js";

/** What people do all day, this many times: they pay, send to friends, withdraw, and top up when they have to. */
export function ordinaryLife(world: World, random: Random, count: number): Plan[] {
  const weights = world.wallets.map((wallet) => [wallet.weight, wallet] as const);
  return Array.from({ length: count }, () => {
    const wallet = random.weighted(weights);
    return { time: someTime(random, random.below(days)), run: () => live(world, random, wallet) };
  });
}

/** What looks unusual and is not, each at wallets of its own: their habits are what a look-out has to learn. */
export function lookAlikes(world: World, random: Random): Plan[] {
  const free = new Set(world.wallets);
  const some = (count: number) =>
    Array.from({ length: count }, () => {
      const wallet = random.pick([...free]);
      free.delete(wallet);
      return wallet;
    });
  return [
    ...some(150).flatMap((wallet) => salary(world, random, wallet)),
    ...some(60).flatMap((wallet) => largePurchases(world, random, wallet)),
    ...some(5).flatMap((wallet) => bulkPayouts(world, random, wallet)),
    ...some(4).flatMap((wallet) => marketStall(world, random, wallet)),
    ...some(60).flatMap((wallet) => shoppingSpree(world, random, wallet)),
    ...some(60).flatMap((wallet) => impatience(world, random, wallet)),
    ...some(20).flatMap((wallet) => dailyFee(world, random, wallet)),
    ...some(60).flatMap((wallet) => lending(world, random, wallet)),
    ...some(3).flatMap((wallet) => passThrough(world, random, wallet)),
  ];
}

function live(world: World, random: Random, wallet: Wallet): void {
  const amount = lognormal(random, wallet.median, wallet.sigma);
  const isShort = wallet.balance < amount && random.chance(10);
  if (isShort || (wallet.limit !== null && amount > wallet.limit)) {
    world.refuse(wallet, amount);
    return;
  }
  fund(world, random, wallet, amount);
  const kind = random.weighted([
    [52, "SPEND"],
    [43, "TRANSFER"],
    [5, "WITHDRAWAL"],
  ] as const);
  const to = kind === "TRANSFER" ? payeeOf(world, random, wallet) : null;
  world.move({ type: kind, from: wallet, to, amount });
}

/** Tops up when the balance does not suffice, mostly for several payments to come. */
function fund(world: World, random: Random, wallet: Wallet, amount: bigint): void {
  if (wallet.balance >= amount) return;
  const topUp = unitsOf(Number(amount) + wallet.median * within(random, 0.5, 8));
  world.move({ type: "TOP_UP", from: null, to: wallet, amount: topUp });
}

function payeeOf(world: World, random: Random, wallet: Wallet): Wallet {
  const known = random.chance(93) && wallet.contacts.length > 0;
  const payee = known ? world.wallets[random.pick(wallet.contacts)] : random.pick(world.wallets);
  return payee === undefined || payee === wallet ? otherThan(world, random, wallet) : payee;
}

/** Any other wallet. */
export function otherThan(world: World, random: Random, wallet: Wallet): Wallet {
  const found = random.pick(world.wallets);
  return found === wallet ? otherThan(world, random, wallet) : found;
}

/** Much comes in once a month, and the rent goes out the day after. */
function salary(world: World, random: Random, wallet: Wallet): Plan[] {
  const amount = unitsOf(wallet.median * within(random, 20, 28));
  const landlord = otherThan(world, random, wallet);
  const rent = (amount * 6n) / 10n;
  return [0, 30].flatMap((day) => [
    {
      time: timeAt(day, 9 * 3_600 + random.below(1_800)),
      run: () => world.move({ type: "TOP_UP", from: null, to: wallet, amount }),
    },
    {
      time: timeAt(day + 1, 10 * 3_600 + random.below(7_200)),
      run: () => world.move({ type: "TRANSFER", from: wallet, to: landlord, amount: rent }),
    },
  ]);
}

/** Something dear every ten days. */
function largePurchases(world: World, random: Random, wallet: Wallet): Plan[] {
  return Array.from({ length: 6 }, (_, index) => ({
    time: someTime(random, index * 10),
    run: () => {
      const amount = unitsOf(wallet.median * within(random, 18, 24));
      fund(world, random, wallet, amount);
      world.move({ type: "SPEND", from: wallet, to: null, amount });
    },
  }));
}

/** A merchant pays many people each day, in one batch. */
function bulkPayouts(world: World, random: Random, wallet: Wallet): Plan[] {
  return Array.from({ length: days }, (_, day) => ({
    time: someTime(random, day),
    run: () => {
      const amounts = Array.from({ length: random.between(40, 80) }, () => lognormal(random, 100, 0.5));
      world.move({
        type: "TOP_UP",
        from: null,
        to: wallet,
        amount: amounts.reduce((sum, one) => sum + one, 0n),
      });
      const batchId = `batch-${wallet.id}-${day}`;
      for (const amount of amounts)
        world.move({ type: "PAYOUT", from: wallet, to: otherThan(world, random, wallet), amount, batchId });
    },
  }));
}

/** A stall that brings its money at dawn and pays its suppliers one by one, some twenty within minutes. */
function marketStall(world: World, random: Random, wallet: Wallet): Plan[] {
  const dawns = Array.from({ length: days }, (_, day) => timeAt(day, 6 * 3_600 + random.below(600)));
  return dawns.flatMap((time) => [
    { time, run: () => fund(world, random, wallet, unitsOf(wallet.median * 40)) },
    ...Array.from({ length: random.between(16, 24) }, (_, index) => ({
      time: after(time, 1_000 + index * 20),
      run: () => live(world, random, wallet),
    })),
  ]);
}

/** A few payments in a quarter of an hour. */
function shoppingSpree(world: World, random: Random, wallet: Wallet): Plan[] {
  const time = someTime(random, random.below(days));
  return Array.from({ length: random.between(5, 11) }, (_, index) => ({
    time: after(time, index * within(random, 20, 90)),
    run: () => live(world, random, wallet),
  }));
}

/** Somebody tries again a few times before it is understood that the money is not there. */
function impatience(world: World, random: Random, wallet: Wallet): Plan[] {
  const time = someTime(random, random.below(days));
  return Array.from({ length: random.between(2, 6) }, (_, index) => ({
    time: after(time, index * within(random, 5, 60)),
    run: () => world.refuse(wallet, unitsOf(wallet.median * 5)),
  }));
}

/** The same amount just under the limit, once a day. */
function dailyFee(world: World, random: Random, wallet: Wallet): Plan[] {
  const { limit } = wallet;
  if (limit === null) return [];
  const amount = (limit * 9n) / 10n;
  const payee = otherThan(world, random, wallet);
  return Array.from({ length: days }, (_, day) => [
    {
      time: timeAt(day, 8 * 3_600 + random.below(600)),
      run: () => world.move({ type: "TOP_UP", from: null, to: wallet, amount: amount * 2n }),
    },
    {
      time: timeAt(day, 12 * 3_600 + random.below(600)),
      run: () => world.move({ type: "TRANSFER", from: wallet, to: payee, amount }),
    },
  ]).flat();
}

/** What one friend lends another comes back within the hour, and three settle a bill among them. */
function lending(world: World, random: Random, wallet: Wallet): Plan[] {
  const time = someTime(random, random.below(days));
  const [friend, third] = [payeeOf(world, random, wallet), payeeOf(world, random, wallet)];
  const amount = unitsOf(wallet.median);
  const circle = [
    { from: wallet, to: friend, amount },
    { from: friend, to: wallet, amount },
    { from: wallet, to: third, amount: amount * 2n },
    { from: third, to: friend, amount },
    { from: friend, to: wallet, amount: amount / 2n + 1n },
  ];
  return circle
    .filter(({ from, to }) => from !== to)
    .map((move, index) => ({
      time: after(time, index * 500),
      run: () => {
        fund(world, random, move.from, move.amount);
        world.move({ type: "TRANSFER", ...move });
      },
    }));
}

/** Somebody who tops up exactly what a transfer needs, every few days. */
function passThrough(world: World, random: Random, wallet: Wallet): Plan[] {
  return Array.from({ length: 20 }, (_, index) => ({
    time: someTime(random, index * 3),
    run: () => {
      const amount = lognormal(random, wallet.median, wallet.sigma);
      world.move({ type: "TOP_UP", from: null, to: wallet, amount });
      world.move({
        type: "TRANSFER",
        from: wallet,
        to: payeeOf(world, random, wallet),
        amount: wallet.balance,
      });
    },
  }));
}
