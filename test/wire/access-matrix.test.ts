import { fromBinary, fromJson, toBinary, toJsonString } from "@bufbuild/protobuf";
import { Client, credentials } from "@grpc/grpc-js";
import { expect } from "chai";
import { openStream, type Reply } from "../rpc/wire.js";
import { expectSound } from "../support/app.js";
import { dumpLedger } from "../support/dump.js";
import { isKeyed, type MatrixCase, matrixCallers, matrixCases, matrixMethods } from "./access/matrix.js";
import { givenWorld, type Side, type World } from "./access/sides.js";

/** What came back: how the call ended, and its first message as JSON. */
interface Outcome {
  readonly reply: Reply;
  readonly message: string;
}

const patienceMs = 20_000;
const denials = new Set(["UNAUTHENTICATED", "PERMISSION_DENIED"]);

describe("the access matrix", function () {
  this.timeout(120_000);
  let world: World;
  let client: Client;
  let cases: MatrixCase[];
  let keys = 0;

  before(async () => {
    world = await givenWorld();
    client = new Client(`127.0.0.1:${world.app.app.grpcPort}`, credentials.createInsecure());
    cases = matrixCases(world);
  });
  after(async () => {
    client.close();
    await world.app.close();
  });

  /** Makes the call of a case, over the wire, as its caller. Of a stream the first message is enough. */
  async function outcomeOf({
    method,
    caller,
    request,
    key = `matrix-${++keys}`,
  }: MatrixCase): Promise<Outcome> {
    const subject = caller === "holder" ? world.own.holderId : `${caller}-1`;
    const headers = {
      ...(caller !== "nobody" && { authorization: `Bearer ${await world.app.token(caller, subject)}` }),
      ...(isKeyed(method) && { "idempotency-key": key }),
    };
    const only = toBinary(method.input, fromJson(method.input, request));
    const deadline = Date.now() + patienceMs;
    const rpc = `${method.parent.typeName}/${method.name}`;
    const stream = openStream(client, rpc, headers, { only, deadline });
    let message = "";
    for await (const bytes of stream.read()) {
      message = toJsonString(method.output, fromBinary(method.output, bytes));
      if (method.methodKind !== "unary") stream.wire.cancel();
    }
    return { reply: await stream.ended, message };
  }

  /** Makes all calls, some at a time, and keeps what was wrong with them. */
  async function wrongOf(
    some: readonly MatrixCase[],
    problemOf: (one: MatrixCase, outcome: Outcome) => string,
  ): Promise<string[]> {
    const waiting = [...some];
    const wrong: string[] = [];
    const worker = async () => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        const problem = problemOf(one, await outcomeOf(one));
        if (problem !== "")
          wrong.push(`${one.caller} ${one.method.name} ${one.side} ${one.field}: ${problem}`);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    return wrong.sort();
  }

  const isDenied = ({ expected }: MatrixCase) =>
    ["TOKEN_MISSING", "ROLE_REQUIRED", "NOT_YOUR_WALLET"].includes(expected);
  const byHolder = ({ caller, expected }: MatrixCase) => caller === "holder" && expected !== "ROLE_REQUIRED";

  it("has every RPC, every caller and both sides", () => {
    const cells = new Set(cases.map(({ method, caller, side }) => `${method.name} ${caller} ${side}`));
    const [rpcs, callers] = [matrixMethods.length, matrixCallers.length];
    // A holder may name nothing at all in some requests, and then there is no other side.
    const withoutOther = matrixMethods.filter(({ name }) => !cells.has(`${name} holder other`));
    expect(withoutOther.map(({ name }) => name)).to.deep.equal(["GetAsset"]);
    expect(cells.size).to.equal(rpcs * callers * 2 - withoutOther.length);
    const fields = cases.filter(({ field }) => field !== "").length;
    console.log(
      `      ${rpcs} RPCs × ${callers} callers × own and other = ${cells.size} cells; ` +
        `${cases.length} calls, ${fields} of them with one field that names another holder's`,
    );
  });

  it("denies what the contract does not allow, says why, and nothing moves", async () => {
    const before = await dumpLedger(world.app.database.url);
    const wrong = await wrongOf(cases.filter(isDenied), problemOfDenial);
    expect(wrong.join("\n"), wrong.join("\n")).to.equal("");
    expect(await dumpLedger(world.app.database.url)).to.equal(before);
  });

  it("answers holders what is theirs, and tells them nothing of anybody else's", async () => {
    const wrong = await wrongOf(cases.filter(byHolder), (one, outcome) =>
      [problemOfAnswer(one, outcome), leakOf(world.other, one, outcome)].filter(Boolean).join("; "),
    );
    expect(wrong.join("\n"), wrong.join("\n")).to.equal("");
  });

  it("admits every other role where the contract does, for any holder", async () => {
    const rest = cases.filter((one) => !isDenied(one) && !byHolder(one));
    const wrong = await wrongOf(rest, (_, { reply }) => (denials.has(reply.code) ? said(reply) : ""));
    expect(wrong.join("\n"), wrong.join("\n")).to.equal("");
    await expectSound(world.app);
  });
});

function problemOfDenial(
  { method, caller, expected, field }: MatrixCase,
  { reply, message }: Outcome,
): string {
  if (message !== "" || reply.reason !== expected) return `${said(reply)} instead of ${expected}`;
  const code = expected === "TOKEN_MISSING" ? "UNAUTHENTICATED" : "PERMISSION_DENIED";
  const { metadata } = reply.info ?? {};
  const names = metadataOf(expected, field);
  const isWhole =
    Object.keys(metadata ?? {})
      .sort()
      .join() === names.sort().join() &&
    (metadata?.role ?? caller) === caller &&
    (metadata?.method ?? method.name).endsWith(method.name);
  return reply.code === code && isWhole ? "" : `${said(reply)} with ${JSON.stringify(metadata)}`;
}

/** The names of what the refusal has to say, sorted. Where a field is to blame it is the handler's. */
function metadataOf(expected: string, field: string): string[] {
  if (expected === "ROLE_REQUIRED")
    return field === "" ? ["allowed_roles", "method", "role"] : ["allowed_roles", "role"];
  return field === "queries.wallet.wallet_id" ? ["query"] : [];
}

function problemOfAnswer({ expected }: MatrixCase, { reply, message }: Outcome): string {
  if (expected !== "answered")
    return reply.reason === expected ? "" : `${said(reply)} instead of ${expected}`;
  const answered = reply.code === "OK" || (reply.code === "CANCELLED" && message !== "");
  return answered ? "" : said(reply);
}

/** What a holder was told that only the other one may know. What it sent itself it knows already. */
function leakOf(side: Side, { request, key, expected }: MatrixCase, { reply, message }: Outcome): string {
  // By contract the refusal of a used reference names the transaction that used it.
  const isNamed = (secret: string) => expected === "EXTERNAL_REFERENCE_USED" && secret === side.transactionId;
  const told = `${message} ${reply.message} ${JSON.stringify(reply.info?.metadata ?? {})}`;
  const sent = `${JSON.stringify(request)} ${key}`;
  const leaked = side.secrets.filter(
    (secret) => told.includes(secret) && !sent.includes(secret) && !isNamed(secret),
  );
  // The other side's balances have six digits, and the holder's own have not.
  const figures = told.match(/"[67]\d{5}"/g) ?? [];
  return [...leaked, ...figures].map((text) => `tells ${text}`).join(", ");
}

function said({ code, reason, message }: Reply): string {
  return `${code} ${reason ?? ""} ${message}`;
}
