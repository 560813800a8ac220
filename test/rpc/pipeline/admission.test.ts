import { expect } from "chai";
import { createMetrics } from "../../../src/metrics.js";
import { openAdmission } from "../../../src/rpc/pipeline/admission.js";
import { call, getBalanceRpc, openRig, type Rig, tokenOf, transfer, transferRpc } from "../wire.js";

describe("the admission of calls", () => {
  const poster = { stands: true };
  const { engineOverloaded } = createMetrics();
  let rig: Rig;
  let authorization: string;
  let moved: number;

  before(async () => {
    const wallet = {
      transfer: async () => {
        moved++;
        return {};
      },
      getBalance: async () => ({}),
    };
    rig = await openRig({ wallet }, { admission: openAdmission(poster, 250, { engineOverloaded }) });
    authorization = `Bearer ${await tokenOf("service")}`;
  });

  after(() => rig.close());

  beforeEach(() => {
    poster.stands = true;
    moved = 0;
  });

  const send = (bytes: Uint8Array, headers: Record<string, string> = { authorization }) =>
    call(rig.client, transferRpc, bytes, { "idempotency-key": "k-1", ...headers });

  it("refuses movements while the queue stands, with when to come again, and lets them in when it moves", async () => {
    const { code, reason, info, retry } = await send(transfer);
    expect([code, reason]).to.deep.equal(["RESOURCE_EXHAUSTED", "OVERLOADED"]);
    expect(info?.metadata).to.deep.equal({ standing_ms_max: "250" });
    expect(retry?.retryDelay?.nanos).to.equal(500_000_000);
    poster.stands = false;
    expect([(await send(transfer)).code, moved]).to.deep.equal(["OK", 1]);
  });

  it("counts them, and writes none of them down", async () => {
    engineOverloaded.reset();
    const replies = await Promise.all([send(transfer), send(transfer)]);
    expect(replies.map(({ reason }) => reason)).to.deep.equal(["OVERLOADED", "OVERLOADED"]);
    const { values } = await engineOverloaded.get();
    expect(values).to.deep.equal([{ labels: { queue: "poster" }, value: 2 }]);
    expect(rig.audited).to.deep.equal([]);
  });

  it("looks at nothing of their requests, but at who sends them", async () => {
    const noMessage = Buffer.from("no message at all");
    expect((await send(noMessage)).reason).to.equal("OVERLOADED");
    expect((await send(noMessage, {})).reason).to.equal("TOKEN_MISSING");
    expect(moved).to.equal(0);
  });

  it("lets reads in", async () => {
    const reply = await call(rig.client, getBalanceRpc, Buffer.alloc(0), { authorization });
    expect(reply.code).to.equal("OK");
  });
});
