import { ConnectError } from "@connectrpc/connect";
import { expect } from "chai";
import {
  byHolder,
  Code,
  createWalletClient,
  keyed,
  money,
  type WalletClient,
  type WalletClientOptions,
  WalletService,
} from "../../src/client/client.js";
import { attemptUntilSettled, retryPolicyOf } from "../../src/client/retry.js";
import { Code as StatusCode } from "../../src/gen/google/rpc/code_pb.js";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { allReasons } from "../../src/ledger/reason.js";
import { WalletError } from "../../src/ledger/wallet-error.js";
import { CallError } from "../../src/rpc/pipeline/call-error.js";
import { openRig, type Rig, tokenOf } from "../rpc/wire.js";
import { apiErrorOf, protocols } from "../support/client.js";
import { type Script, script } from "../support/script.js";

const transfer = { destination: byHolder("bob"), amount: money("gold", 1n) };
const failure = (code: StatusCode) => new CallError("a proxy said no", { code });
const refusal = (reason: (typeof allReasons)[number], retryDelayMs?: number) =>
  new WalletError(reason, `refused: ${reason}`, retryDelayMs === undefined ? {} : { retryDelayMs });

for (const protocol of protocols) {
  describe(`retries over ${protocol}`, () => {
    let rig: Rig;
    let scripted: Script;
    let client: WalletClient;
    const clients: WalletClient[] = [];
    const open = (options: Partial<WalletClientOptions> = {}) => {
      const port = protocol === "grpc" ? rig.listeners.grpcPort : rig.listeners.httpPort;
      const opened = createWalletClient({
        baseUrl: `http://127.0.0.1:${port}`,
        protocol,
        token: () => tokenOf("service"),
        ...options,
        retry: { delayMsBase: 1, attemptsMax: 3, ...options.retry },
      });
      clients.push(opened);
      return opened;
    };

    before(async () => {
      scripted = script();
      rig = await openRig({ wallet: { transfer: scripted.handler } });
    });
    beforeEach(() => {
      scripted.restart();
      client = open();
    });
    afterEach(() => {
      scripted.release();
      for (const opened of clients.splice(0)) opened.close();
    });
    after(() => rig.close());

    it("repeat exactly the reasons that the contract calls safe, under the same key", async () => {
      const repeated: string[] = [];
      for (const reason of allReasons) {
        scripted.restart(refusal(reason));
        const call = client.wallet.transfer(transfer, keyed(`key-${reason}`));
        const error: unknown = await call.then(() => undefined).catch((thrown: unknown) => thrown);
        const keys = scripted.calls.map(({ idempotencyKey }) => idempotencyKey);
        expect(keys).to.deep.equal(keys.map(() => `key-${reason}`));
        if (keys.length > 1) repeated.push(reason);
        else expect(error).to.include({ reason, safeToRetry: false });
      }
      expect(repeated).to.deep.equal([
        "CONTENTION",
        "RATE_LIMITED",
        "OVERLOADED",
        "DEADLINE_TOO_SHORT",
        "DATABASE_UNAVAILABLE",
        "SHUTTING_DOWN",
        "OUTCOME_UNKNOWN",
      ]);
    });

    it("repeat a status of any code that the service did not decide, and keep the key they made", async () => {
      for (const code of [StatusCode.INTERNAL, StatusCode.INVALID_ARGUMENT, StatusCode.PERMISSION_DENIED]) {
        scripted.restart(failure(code), failure(code));
        await client.wallet.transfer(transfer);
        const keys = scripted.calls.map(({ idempotencyKey }) => idempotencyKey);
        expect(keys).to.have.length(3);
        expect(new Set(keys).size).to.equal(1);
      }
    });

    it("end after the last attempt that is allowed", async () => {
      scripted.restart(...Array.from({ length: 9 }, () => refusal("CONTENTION")));
      expect(await apiErrorOf(client.wallet.transfer(transfer))).to.include({ reason: "CONTENTION" });
      expect(scripted.calls).to.have.length(3);
      scripted.restart(refusal("CONTENTION"));
      const once = open({ retry: { attemptsMax: 1 } });
      expect(await apiErrorOf(once.wallet.transfer(transfer))).to.include({ safeToRetry: true });
      expect(scripted.calls).to.have.length(1);
    });

    it("wait as long as the service asks", async () => {
      scripted.restart(refusal("OVERLOADED", 250));
      await client.wallet.transfer(transfer);
      const [first, second] = scripted.calls.map(({ atMs }) => atMs);
      expect((second ?? 0) - (first ?? 0)).to.be.at.least(250);
    });

    it("are not made when the caller's time would be over before them", async () => {
      scripted.restart(refusal("OVERLOADED", 60_000));
      const error = await apiErrorOf(client.wallet.transfer(transfer, { timeoutMs: 10_000 }));
      expect(error).to.include({
        code: Code.ResourceExhausted,
        reason: "OVERLOADED",
        retryDelayMs: 60_000,
        mayHaveMoved: false,
      });
      expect(scripted.calls).to.have.length(1);
    });

    it("take over from an attempt that is not answered in its time", async () => {
      scripted.restart("hangs");
      const impatient = open({ retry: { attemptTimeoutMs: 100 } });
      const { transaction } = await impatient.wallet.transfer(transfer);
      expect(transaction?.id).to.equal("t-1");
      expect(new Set(scripted.calls.map(({ idempotencyKey }) => idempotencyKey)).size).to.equal(1);
      expect(scripted.calls).to.have.length(2);
    });

    it("share the caller's time, and tell the service what is left of it", async () => {
      scripted.restart("hangs", "hangs", "hangs");
      const impatient = open({ retry: { attemptTimeoutMs: 1_200 } });
      const startMs = performance.now();
      const error = await apiErrorOf(impatient.wallet.transfer(transfer, { timeoutMs: 2_000 }));
      expect(error).to.include({ code: Code.DeadlineExceeded, reason: undefined, mayHaveMoved: true });
      expect(performance.now() - startMs).to.be.within(1_990, 6_000);
      expect(scripted.calls[0]?.leftMs).to.be.within(1, 1_200);
      expect(scripted.calls[1]?.leftMs).to.be.within(1, 810);
    });

    it("end when the caller gives up", async () => {
      scripted.restart("hangs");
      const controller = new AbortController();
      // A second attempt would be due long after the test has failed.
      const slow = open({ timeoutMs: 0, retry: { delayMsBase: 600_000, delayMsMax: 600_000 } });
      const call = apiErrorOf(slow.wallet.transfer(transfer, { signal: controller.signal }));
      await scripted.entered;
      controller.abort();
      expect(await call).to.include({ code: Code.Canceled, mayHaveMoved: true });
      expect(scripted.calls).to.have.length(1);
    });

    it("pause by the dozen without a warning", async () => {
      const warnings: Error[] = [];
      const listen = (warning: Error) => warnings.push(warning);
      process.on("warning", listen);
      scripted.restart(...Array.from({ length: 24 }, () => refusal("OVERLOADED", 100)));
      await Promise.all(Array.from({ length: 24 }, () => client.wallet.transfer(transfer)));
      process.off("warning", listen);
      expect(scripted.calls).to.have.length(48);
      expect(warnings).to.deep.equal([]);
    });

    it("end when the client is closed", async () => {
      for (const signal of [undefined, new AbortController().signal]) {
        scripted.restart("hangs");
        const closing = open();
        const call = apiErrorOf(closing.wallet.transfer(transfer, signal && { signal }));
        await scripted.entered;
        closing.close();
        expect(await call).to.include({ reason: undefined, mayHaveMoved: true });
        expect(scripted.calls).to.have.length(1);
      }
    });

    it("keep in doubt what only a recorded outcome can settle", async () => {
      scripted.restart(failure(StatusCode.INTERNAL), refusal("TOKEN_EXPIRED"));
      expect(await apiErrorOf(client.wallet.transfer(transfer))).to.include({
        reason: "TOKEN_EXPIRED",
        mayHaveMoved: true,
      });
      scripted.restart(failure(StatusCode.INTERNAL), refusal("INSUFFICIENT_FUNDS"));
      expect(await apiErrorOf(client.wallet.transfer(transfer))).to.include({ mayHaveMoved: false });
      scripted.restart(refusal("OUTCOME_UNKNOWN"), refusal("OUTCOME_UNKNOWN"), refusal("OUTCOME_UNKNOWN"));
      expect(await apiErrorOf(client.wallet.transfer(transfer))).to.include({ mayHaveMoved: true });
    });

    it("keep the key of an attempt in doubt when there is no token for the next", async () => {
      const broken = new Error("the token server is down");
      const tokens = [() => tokenOf("service"), () => Promise.reject(broken)];
      const token = async () => tokens.shift()?.() ?? expect.fail("a third token was asked for");
      scripted.restart(failure(StatusCode.INTERNAL));
      const error = await apiErrorOf(open({ token }).wallet.transfer(transfer));
      expect(scripted.calls).to.have.length(1);
      expect(error.idempotencyKey).to.equal(scripted.calls[0]?.idempotencyKey);
      expect(error).to.include({ message: broken.message, mayHaveMoved: true, safeToRetry: true });
      expect((error.cause as ConnectError).cause).to.equal(broken);
    });

    it("pass on what a token function throws before anything is sent", async () => {
      const broken = new Error("the token server is down");
      scripted.restart();
      const call = open({ token: () => Promise.reject(broken) }).wallet.transfer(transfer);
      expect(await call.catch((thrown: unknown) => thrown)).to.equal(broken);
      expect(scripted.calls).to.have.length(0);
    });

    it("are not made for a stream, whose failure is typed all the same", async () => {
      const linesBefore = rig.logged.length;
      const messages = client.wallet.exportStatement({ wallet: byHolder("alice") });
      const error = await apiErrorOf(messages[Symbol.asyncIterator]().next());
      expect(error).to.include({ code: Code.Unimplemented, mayHaveMoved: false });
      const results = client.wallet.executeStream((async function* () {})());
      const ended = await apiErrorOf(results[Symbol.asyncIterator]().next());
      expect(ended).to.include({ code: Code.Unimplemented, mayHaveMoved: true });
      expect(rig.logged.length - linesBefore).to.equal(2);
    });
  });
}

describe("a policy of retries", () => {
  const call = { method: WalletService.method.transfer, idempotencyKey: "k" };

  it("is refused when it has no bound", () => {
    for (const attemptsMax of [0, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => retryPolicyOf({ attemptsMax })).to.throw(RangeError, "retry.attemptsMax");
    }
    expect(retryPolicyOf({ delayMsBase: 0 })).to.include({ delayMsBase: 0, attemptsMax: 5 });
  });

  it("lets a caller give up in a pause, and knows that nothing was sent since", async () => {
    const controller = new AbortController();
    const bounds = { deadlineMs: Number.POSITIVE_INFINITY, signals: [controller.signal] };
    const policy = retryPolicyOf({ delayMsBase: 60_000, delayMsMax: 60_000 });
    const info = { desc: ErrorInfoSchema, value: { domain: "wallet.v1", reason: "OVERLOADED" } };
    const attempt = async (): Promise<never> => {
      setImmediate(() => controller.abort());
      throw new ConnectError("overloaded", Code.ResourceExhausted, undefined, [info]);
    };
    const error = await apiErrorOf(attemptUntilSettled(call, policy, bounds, attempt));
    expect(error).to.include({ code: Code.Canceled, reason: undefined, mayHaveMoved: false });
  });
});
