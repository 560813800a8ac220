import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import type { Call } from "../../../src/rpc/pipeline/call.js";
import { soon } from "../../support/files.js";
import { rawGrpcCall } from "../http2-frames.js";
import { getBalanceRpc, openRig, type Rig, tokenOf } from "../wire.js";

describe("requests that could be read in two ways", () => {
  let rig: Rig;
  let alice: string;
  let admin: string;
  const callers: string[] = [];
  const peers: string[] = [];

  before(async () => {
    const getBalance = async (_: object, { caller, peer }: Call) => {
      callers.push(caller.id);
      peers.push(peer);
      return {};
    };
    rig = await openRig({ wallet: { getBalance } });
    [alice, admin] = await Promise.all([tokenOf("holder", "alice"), tokenOf("admin", "root")]);
  });
  after(() => rig.close());
  beforeEach(() => {
    callers.length = 0;
    peers.length = 0;
  });

  /** What the HTTP port answers to these bytes until it ends the connection: the status lines, and all of it. */
  async function send(head: readonly string[], text = "{}"): Promise<{ statuses: string[]; all: string }> {
    const socket = connect(rig.listeners.httpPort, "127.0.0.1");
    let all = "";
    socket.setEncoding("utf8").on("data", (part) => {
      all += part;
    });
    socket.on("error", () => {});
    socket.write([`POST /${getBalanceRpc} HTTP/1.1`, "host: x", ...head, "", text].join("\r\n"));
    await once(socket, "close");
    return { statuses: [...all.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status = ""]) => status), all };
  }

  const usual = () => [
    `authorization: Bearer ${alice}`,
    "content-type: application/json",
    "content-length: 2",
    "connection: close",
  ];

  it("are told from one that can be read in one way only", async () => {
    expect((await send(usual())).statuses).to.deep.equal(["200"]);
    expect(callers).to.deep.equal(["https://issuer.test|holder|alice"]);
  });

  it("have two tokens: none of them counts", async () => {
    for (const name of ["authorization", "Authorization", "AUTHORIZATION"]) {
      const { statuses, all } = await send([...usual(), `${name}: Bearer ${admin}`]);
      expect(statuses).to.deep.equal(["401"]);
      expect(all).to.include("TOKEN_INVALID").and.not.include(admin);
    }
    expect(callers).to.deep.equal([]);
  });

  it("have two tokens over HTTP/2: the first counts, and the second is never looked at", async () => {
    for (const second of [`Bearer ${admin}`, "nonsense"]) {
      const socket = connect(rig.listeners.grpcPort, "127.0.0.1").resume();
      socket.write(
        rawGrpcCall(`/${getBalanceRpc}`, [
          ["authorization", `Bearer ${alice}`],
          ["authorization", second],
        ]),
      );
      const expected = callers.length + 1;
      await soon("the call is answered", () => callers.length === expected);
      socket.destroy();
    }
    expect(new Set(callers)).to.deep.equal(new Set(["https://issuer.test|holder|alice"]));
  });

  const refused: [fact: string, head: () => string[], text?: string][] = [
    ["a folded header", () => [...usual(), `x-a: b`, ` authorization: Bearer ${admin}`]],
    ["a folded token", () => ["authorization: Bearer", ` ${admin}`, ...usual().slice(1)]],
    ["a space before the colon", () => [...usual(), `authorization : Bearer ${admin}`]],
    ["a line that ends in a bare CR", () => [...usual(), `x-a: b\rauthorization: Bearer ${admin}`]],
    ["a NUL in a header", () => [...usual(), `x-a: b\0c`]],
    ["a length and chunks", () => [...usual(), "transfer-encoding: chunked"], "0\r\n\r\n"],
    ["chunks and a length", () => ["transfer-encoding: chunked", ...usual()], "0\r\n\r\n"],
    ["two lengths", () => [...usual(), "content-length: 4"]],
    ["a length that is no number", () => [...usual().slice(0, 2), "content-length: +2", "connection: close"]],
    [
      "an encoding after chunked",
      () => [...usual().slice(0, 2), "transfer-encoding: chunked, identity", "connection: close"],
      "0\r\n\r\n",
    ],
    [
      "a chunk size that is none",
      () => [...usual().slice(0, 2), "transfer-encoding: chunked", "connection: close"],
      "2;\n{}\r\n0\r\n\r\n",
    ],
  ];
  for (const [fact, head, text] of refused) {
    it(`have ${fact}: they are refused, and nothing behind them is served`, async () => {
      const smuggled = `POST /${getBalanceRpc} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${admin}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`;
      const { statuses } = await send(head(), `${text ?? "{}"}${smuggled}`);
      expect(statuses).to.deep.equal(["400"]);
      expect(callers).to.deep.equal([]);
    });
  }

  it("bring what a proxy would say of the caller: nobody listens to it", async () => {
    const said = [
      "x-forwarded-for: 10.0.0.1",
      "forwarded: for=10.0.0.1",
      "x-forwarded-user: root",
      "x-forwarded-client-cert: URI=spiffe://test/admin",
      "x-real-ip: 10.0.0.1",
      "x-http-method-override: DELETE",
      "x-wallet-role: admin",
    ];
    expect((await send([...usual(), ...said])).statuses).to.deep.equal(["200"]);
    expect(callers).to.deep.equal(["https://issuer.test|holder|alice"]);
    expect(peers[0]).to.match(/^127\.0\.0\.1:/);
    const unnamed = await send([...usual().slice(1), ...said]);
    expect(unnamed.all).to.include("TOKEN_MISSING");
  });

  it("are counted and written down without what they hold", async () => {
    rig.logged.length = 0;
    await send([...usual(), `authorization : Bearer ${admin}`]);
    const line = rig.logged.find(({ msg }) => msg === "a connection was refused");
    expect(line).to.include({ listener: "http", problem: "HPE_INVALID_HEADER_TOKEN", level: "warn" });
    expect(JSON.stringify(rig.logged)).to.not.include(admin);
    const figures = await (await fetch(`http://127.0.0.1:${rig.listeners.metricsPort}/metrics`)).text();
    expect(figures).to.match(
      /wallet_connections_refused_total\{listener="http",problem="HPE_INVALID_HEADER_TOKEN"\} \d/,
    );
  });
});
