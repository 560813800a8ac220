import { expect } from "chai";
import { createLog } from "../../../src/log.js";
import { createMetrics } from "../../../src/metrics.js";
import { openAuthenticator } from "../../../src/rpc/access/authenticate.js";
import { openCallLimits } from "../../../src/rpc/limits/call-limits.js";
import { RecordedRefusals } from "../../../src/rpc/limits/recorded-refusals.js";
import { longWindows } from "../../support/limits.js";
import {
  audience,
  call,
  getBalanceRpc,
  issuer,
  openRig,
  openStream,
  type Rig,
  secret,
  tokenOf,
  unlimited,
} from "../wire.js";

const listHoldersRpc = "wallet.v1.WalletService/ListHolders";
const watchAllRpc = "wallet.v1.WalletService/WatchTransactions";
const attempts = 30;

describe("the record of calls over a limit", () => {
  let rig: Rig;
  const metrics = createMetrics();
  before(async () => {
    const log = createLog({ level: "fatal" });
    const callRates = { ...unlimited.callRates, holder: { reads: 2, movements: 0, admin: 0 } };
    const bounds = { ...unlimited, callRates, failedAttemptsMax: 3, windows: longWindows };
    const limits = await openCallLimits(bounds, { log, metrics });
    const keys = { keys: { secret }, issuer, audience };
    const authenticate = await openAuthenticator({ ...keys, attempts: limits.unauthenticated });
    rig = await openRig({ wallet: { getBalance: async () => ({}) } }, { limits, authenticate, metrics });
  });
  after(() => rig.close());
  beforeEach(() => {
    rig.audited.length = 0;
  });

  const headersOf = async (subject: string) => ({
    authorization: `Bearer ${await tokenOf("holder", subject)}`,
  });
  const onRecord = () => rig.audited.map(({ caller, errorReason }) => [caller, errorReason]);
  const limitedOf = async (labels: object) => {
    const { values } = await metrics.rateLimited.get();
    return values.find((one) => JSON.stringify(one.labels) === JSON.stringify(labels))?.value;
  };

  it("has a caller without the role as often as its rate allows, and its flood once; the metric has all", async () => {
    const headers = await headersOf("mallory");
    for (let made = 0; made < attempts; made++)
      await call(rig.client, listHoldersRpc, new Uint8Array(), headers);
    const caller = `${issuer}|holder|mallory`;
    expect(onRecord()).to.deep.equal([...Array(4).fill([caller, "ROLE_REQUIRED"]), [caller, "RATE_LIMITED"]]);
    expect(await limitedOf({ class: "reads", kind: "holder" })).to.equal(attempts - 4);
  });

  it("has the streams of a caller without the role no more often", async () => {
    const headers = await headersOf("trudy");
    for (let made = 0; made < attempts; made++) {
      const stream = openStream(rig.client, watchAllRpc, headers, { only: new Uint8Array() });
      stream.wire.resume();
      await stream.ended;
    }
    const caller = `${issuer}|holder|trudy`;
    expect(onRecord()).to.deep.equal([...Array(4).fill([caller, "ROLE_REQUIRED"]), [caller, "RATE_LIMITED"]]);
  });

  it("has an address of nobody known as often as it may fail, and its flood once", async () => {
    for (let made = 0; made < attempts; made++)
      await call(rig.client, made % 2 === 0 ? getBalanceRpc : listHoldersRpc, new Uint8Array());
    expect(onRecord()).to.deep.equal([...Array(3).fill(["", "TOKEN_MISSING"]), ["", "RATE_LIMITED"]]);
    expect(await limitedOf({ class: "unauthenticated", kind: "address" })).to.equal(attempts - 3);
  });

  it("has the first of each window, of each key by itself", async () => {
    const recorded = new RecordedRefusals();
    const firsts = ["a", "a", "b", "a", "b"].map((key) => recorded.isFirst(key, 600_000));
    expect(firsts).to.deep.equal([true, false, true, false, false]);
    expect(recorded.isFirst("c", 1)).to.equal(true);
    const endMs = Date.now() + 1;
    while (Date.now() < endMs) await new Promise(setImmediate);
    expect(recorded.isFirst("c", 600_000)).to.equal(true);
    expect(recorded.isFirst("c", 600_000)).to.equal(false);
  });
});
