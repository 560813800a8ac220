import { expect } from "chai";
import fc from "fast-check";
import { type Queueing, Turns } from "../../src/ledger/turn.js";

const of = (id: string, ...walletIds: string[]): Queueing => ({ id, walletIds });

/** Whose turn it is, each with those it comes after. */
function turnsOf(
  waiting: readonly Queueing[],
  { busy = [], max = 100, perWalletMax = 100 }: { busy?: string[]; max?: number; perWalletMax?: number } = {},
): [string, readonly string[]][] {
  const turns = new Turns(busy, perWalletMax).take(waiting, max);
  return turns.map(({ waiting: { id }, after }) => [id, after]);
}

describe("the turns of the queue", () => {
  it("come to all that share no wallet, and to those behind them provided they go first", () => {
    const waiting = [of("1", "a"), of("2", "b"), of("3", "a", "b"), of("4", "b", "c"), of("5")];
    expect(turnsOf(waiting)).to.deep.equal([
      ["1", []],
      ["2", []],
      ["3", ["1", "2"]],
      ["4", ["3"]],
      ["5", []],
    ]);
  });

  it("do not come to what touches a busy wallet, nor to anything behind that", () => {
    const waiting = [of("1", "c"), of("2", "a", "b"), of("3", "b", "c"), of("4", "c"), of("5", "d")];
    expect(turnsOf(waiting, { busy: ["a"] }).map(([id]) => id)).to.deep.equal(["1", "5"]);
  });

  it("come to so many of one wallet and leave room for the others", () => {
    const waiting = [of("1", "a"), of("2", "a"), of("3", "a"), of("4", "b", "a"), of("5", "b"), of("6", "c")];
    expect(turnsOf(waiting, { perWalletMax: 2 }).map(([id]) => id)).to.deep.equal(["1", "2", "6"]);
  });

  it("come to no more than there is room for, the first ones", () => {
    expect(turnsOf([of("1", "a"), of("2", "b"), of("3", "c")], { max: 2 }).map(([id]) => id)).to.deep.equal([
      "1",
      "2",
    ]);
  });

  it("go on from page to page", () => {
    const turns = new Turns([], 2);
    turns.take([of("1", "a"), of("2", "a"), of("3", "a", "b")], 100);
    expect([...turns.busy].toSorted()).to.deep.equal(["a", "b"]);
    const next = turns.take([of("4", "b"), of("5", "c")], 100);
    expect(next.map(({ waiting: { id } }) => id)).to.deep.equal(["5"]);
  });

  it("never let one pass another that shares a wallet with it", () => {
    const wallets = fc.uniqueArray(fc.constantFrom<string>("a", "b", "c", "d"), { maxLength: 3 });
    const queue = fc.array(wallets, { maxLength: 12 });
    const bounds = fc.record({
      busy: fc.uniqueArray(fc.constantFrom<string>("a", "b", "c", "d"), { maxLength: 2 }),
      perWalletMax: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(queue, bounds, (lists, { busy, perWalletMax }) => {
        const waiting = lists.map((walletIds, index) => of(`${index}`, ...walletIds));
        const turns = new Map(turnsOf(waiting, { busy, perWalletMax }));
        for (const [index, one] of waiting.entries()) {
          const before = waiting
            .slice(0, index)
            .filter(({ walletIds }) => walletIds.some((id) => one.walletIds.includes(id)));
          const free = !one.walletIds.some((id) => busy.includes(id));
          if (turns.has(one.id)) {
            expect(free).to.equal(true);
            for (const { id } of before) expect(turns.has(id), `${id} before ${one.id}`).to.equal(true);
            expect(before.map(({ id }) => id)).to.include.members([...(turns.get(one.id) ?? [])]);
          } else if (free && before.length === 0) expect.fail(`${one.id} waits for nobody`);
        }
      }),
    );
  });
});
