import { expect } from "chai";
import { GatheredWallets } from "../../src/db/gathered-wallets.js";
import type { Pool } from "../../src/db/pool.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { reasonOf, topUp } from "../support/engine.js";
import { useSuite } from "../support/suite.js";

const alice = holderWalletId("gold", "alice");
const bob = holderWalletId("gold", "bob");
const nobody = holderWalletId("gold", "nobody");

describe("wallets that many ask for", () => {
  const suite = useSuite({ holders: ["alice", "bob"] });

  /** The engine's reader, each of whose statements waits until it is let go. */
  function heldReader() {
    const { reader } = suite.engine.database;
    const asked: (() => void)[] = [];
    const createQueryRunner: Pool["createQueryRunner"] = (mode) => {
      const runner = reader.createQueryRunner(mode);
      const connect = runner.connect.bind(runner);
      const letGo = new Promise<void>((resolve) => asked.push(resolve));
      return Object.assign(runner, { connect: () => letGo.then(connect) });
    };
    const held: Pool = Object.create(reader, { createQueryRunner: { value: createQueryRunner } });
    return { wallets: new GatheredWallets(held), asked };
  }

  it("are read by one statement for all who ask at one moment, each with what is its own", async () => {
    await Promise.all([topUp(suite.engine, "alice", 5n), topUp(suite.engine, "bob", 7n)]);
    const { wallets, asked } = heldReader();
    const ids = Array.from({ length: 99 }, (_, index) => [alice, bob, nobody][index % 3] ?? "");
    const reads = ids.map((id) => wallets.find(id));
    await new Promise(setImmediate);
    expect(asked).to.have.length(1);
    asked[0]?.();
    const found = await Promise.all(reads);
    expect(found.map(({ wallet }) => wallet?.id)).to.deep.equal(
      ids.map((id) => (id === nobody ? undefined : id)),
    );
    expect(new Set(found.map(({ time }) => time)).size).to.equal(1);
  });

  it("are read anew for whoever asks while they are being read", async () => {
    const { wallets, asked } = heldReader();
    const first = wallets.find(alice);
    await new Promise(setImmediate);
    const second = wallets.find(alice);
    asked[0]?.();
    const before = await first;
    await topUp(suite.engine, "alice", 11n);
    await new Promise(setImmediate);
    expect(asked).to.have.length(2);
    asked[1]?.();
    const after = await second;
    const balances = [before, after].map(({ wallet }) => wallet?.balance ?? 0n);
    expect((balances[1] ?? 0n) - (balances[0] ?? 0n)).to.equal(11n);
  });

  it("are not told to anybody when they cannot be read, and are read again for the next", async () => {
    const failing: Pool = Object.create(suite.engine.database.reader, {
      createQueryRunner: {
        value: () => ({
          connect: () => Promise.reject(new Error("no connection")),
          release: () => Promise.resolve(),
        }),
      },
    });
    const wallets = new GatheredWallets(failing);
    for (let round = 0; round < 2; round++) {
      const reasons = await Promise.all([alice, bob].map((id) => reasonOf(wallets.find(id))));
      expect(reasons).to.deep.equal(["DATABASE_UNAVAILABLE", "DATABASE_UNAVAILABLE"]);
    }
  });
});
