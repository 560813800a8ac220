import { expect } from "chai";
import { policy } from "../../../src/rpc/access/policy.js";
import type { Handlers } from "../../../src/rpc/pipeline/handlers.js";
import { services } from "../../../src/rpc/pipeline/rpc.js";
import { contractAllows, contractRateClass, contractRoles, contractRpcs } from "../contract-table.js";
import { call, openRig, type Rig, tokenOf } from "../wire.js";

/** A handler for every RPC: one answers with an empty message, a stream ends without one. */
function everyHandler(): Handlers {
  const of = (index: number) =>
    Object.fromEntries(
      (services[index]?.methods ?? []).map(({ localName, methodKind }) => [
        localName,
        methodKind === "unary" ? async () => ({}) : async function* () {},
      ]),
    );
  return { wallet: of(0), admin: of(1) };
}

/** Checks all rows at once and keeps what was wrong with them. */
async function wrongOf<T>(rows: T[], check: (row: T) => Promise<string | true>): Promise<(string | true)[]> {
  return (await Promise.all(rows.map(check))).filter((found) => found !== true);
}

describe("the policy", () => {
  let rig: Rig;

  before(async () => {
    rig = await openRig(everyHandler());
  });

  after(async () => rig.close());

  it("has exactly the RPCs of the contract", () => {
    const served = services.flatMap(({ typeName, methods }) =>
      methods.map(({ name }) => `${typeName}/${name}`),
    );
    expect(served).to.have.members(contractRpcs.map(({ service, name }) => `${service}/${name}`));
  });

  it("allows each role what the contract allows it, and requires keys where the contract does", () => {
    const actual = contractRpcs.map(({ service, name }) => {
      const rule = policy[service]?.[name];
      return { name, keyed: rule?.keyed, roles: contractRoles.filter((role) => rule?.roles.includes(role)) };
    });
    const expected = contractRpcs.map((rpc) => ({
      name: rpc.name,
      keyed: rpc.keyed,
      roles: contractRoles.filter((role) => contractAllows(role, rpc)),
    }));
    expect(actual).to.deep.equal(expected);
  });

  it("counts each RPC against the class of limits that the contract's marks tell", () => {
    const actual = contractRpcs.map(({ service, name }) => [name, policy[service]?.[name]?.rateClass]);
    expect(actual).to.deep.equal(contractRpcs.map((rpc) => [rpc.name, contractRateClass(rpc)]));
    const counts = { reads: 0, movements: 0, admin: 0 };
    for (const rpc of contractRpcs) counts[contractRateClass(rpc)] += 1;
    expect(counts).to.deep.equal({ reads: 33, movements: 27, admin: 15 });
  });

  it(`lets in or refuses each of ${contractRpcs.length * contractRoles.length} pairs of RPC and role on the wire`, async () => {
    const pairs = contractRoles.flatMap((role) => contractRpcs.map((rpc) => ({ role, rpc })));
    const wrong = await wrongOf(pairs, async ({ role, rpc }) => {
      const headers = { authorization: `Bearer ${await tokenOf(role)}`, "idempotency-key": "k" };
      const reply = await call(rig.client, `${rpc.service}/${rpc.name}`, new Uint8Array(), headers);
      const refused = reply.code === "PERMISSION_DENIED" && reply.reason === "ROLE_REQUIRED";
      const admitted = reply.code === "OK" || reply.code === "UNIMPLEMENTED";
      return (contractAllows(role, rpc) ? admitted : refused) || `${role} ${rpc.name} ${reply.code}`;
    });
    expect(wrong).to.deep.equal([]);
  });

  it("requires a key on the wire for exactly the unary RPCs that the contract marks", async () => {
    const headers = { authorization: `Bearer ${await tokenOf("admin")}` };
    const wrong = await wrongOf(contractRpcs, async (rpc) => {
      const reply = await call(rig.client, `${rpc.service}/${rpc.name}`, new Uint8Array(), headers);
      const expected = rpc.keyed ? "IDEMPOTENCY_KEY_MISSING" : undefined;
      return reply.code === "UNIMPLEMENTED" || reply.reason === expected || `${rpc.name} ${reply.reason}`;
    });
    expect(wrong).to.deep.equal([]);
  });

  it("says which role was missing", async () => {
    const headers = { authorization: `Bearer ${await tokenOf("holder")}` };
    const reply = await call(rig.client, "wallet.v1.WalletService/TopUp", new Uint8Array(), headers);
    expect(reply.info?.metadata).to.deep.equal({
      role: "holder",
      method: "wallet.v1.WalletService/TopUp",
      allowed_roles: "service,operator,admin",
    });
  });

  it("refuses a stream and an RPC without a handler before it says that they are unimplemented", async () => {
    const bare = await openRig();
    for (const rpc of [
      "WalletService/Transfer",
      "WalletService/ExecuteStream",
      "WalletService/UploadPayoutBatch",
      "AdminService/CheckIntegrity",
    ]) {
      const stranger = await call(bare.client, `wallet.v1.${rpc}`, new Uint8Array());
      expect(stranger.reason).to.equal("TOKEN_MISSING");
      const headers = { authorization: `Bearer ${await tokenOf("admin")}` };
      const admin = await call(bare.client, `wallet.v1.${rpc}`, new Uint8Array(), headers);
      expect(admin.code).to.equal("UNIMPLEMENTED");
      expect(admin.info).to.equal(undefined);
    }
    await bare.close();
  });
});
