import { fromTimestamp } from "../../../src/db/sql.js";
import { signCheckpoint } from "../../../src/ledger/checkpoint-key.js";
import { newCheckpointKey } from "../../support/proofs.js";
import type { Site } from "../site.js";
import { type Kind, type Rows, rowOf, run, type Tampering } from "../tampering.js";

const atCheckpoint =
  (id: string): Tampering["located"] =>
  (finding) =>
    finding.checkpointId === id;

/** What is written into a checkpoint, as SQL. */
const edits: Record<string, string> = {
  merkle_root: "sha256(merkle_root)",
  wallet_count: "wallet_count + 1",
  posting_count: "posting_count - 1",
  create_time: "create_time + interval '1 microsecond'",
  signature: "sha512(signature)",
  public_key: "sha256(public_key)",
  key_id: "encode(sha256(public_key || public_key), 'hex')",
  previous_checkpoint_id: "gen_random_uuid()",
};

const edit =
  (column: string): Kind =>
  async (site) => {
    const id = await anyCheckpoint(site);
    return {
      what: `the ${column} of checkpoint ${id}`,
      rows: [rowOf("checkpoints", id)],
      apply: run(`update checkpoints set ${column} = ${edits[column]} where id = '${id}'`),
      located: atCheckpoint(id),
    };
  };

/** The one behind it tells. Nothing in the database tells of the newest. */
const remove: Kind = async (site) => {
  const id = await site.one(
    "select c.id from checkpoints c where exists (select from checkpoints l where l.capture > c.capture) order by c.capture",
  );
  const [later] = await site.rows<{ id: string }>(
    `select l.id from checkpoints l join checkpoints c on c.id = '${id}' and l.capture > c.capture order by l.capture limit 1`,
  );
  return {
    what: `checkpoint ${id} is deleted`,
    rows: [rowOf("checkpoints", id)],
    apply: run(`delete from checkpoints where id = '${id}'`),
    located: atCheckpoint(later?.id ?? ""),
  };
};

/** The newest checkpoint is sealed again, as it is or otherwise, by somebody with a key of their own. */
const sealAgain: Kind = async (site) => {
  const id = await anyCheckpoint(site);
  return {
    what: `checkpoint ${id} is signed by another key`,
    rows: [rowOf("checkpoints", id)],
    apply: async (session) => {
      const { rows } = await session.query(
        "select *, create_time::text as time from checkpoints where id = $1",
        [id],
      );
      const [row] = rows;
      const content = {
        id,
        merkleRoot: row.merkle_root,
        walletCount: BigInt(row.wallet_count),
        postingCount: BigInt(row.posting_count),
        previousCheckpointId: row.previous_checkpoint_id,
        createTime: fromTimestamp(row.time),
      };
      const { signature, publicKey, keyId } = signCheckpoint(content, newCheckpointKey());
      await session.query(
        "update checkpoints set signature = $2, public_key = $3, key_id = $4 where id = $1",
        [id, signature, publicKey, keyId],
      );
    },
    located: atCheckpoint(id),
  };
};

const editSubtree: Kind = async (site) => {
  const id = await anyCheckpoint(site);
  return {
    what: `a subtree's hash of checkpoint ${id}`,
    rows: [rowOf("checkpoint_subtrees", id, "checkpoint_id")],
    apply: run(`update checkpoint_subtrees set hash = sha256(hash) where checkpoint_id = '${id}'`),
    located: atCheckpoint(id),
  };
};

/** A kept head of a wallet with postings, and the checkpoint that seals it. */
async function anyHead(site: Site) {
  const { id } = await site.wallet();
  const heads = await site.rows<{ capture: string; checkpoint_id: string }>(
    `select h.capture, (select c.id from checkpoints c where c.capture >= h.capture order by c.capture limit 1) as checkpoint_id
     from checkpoint_heads h where h.wallet_id = '${id}' and h.posting_seq > 1 order by h.capture`,
  );
  // Without the checkpoint that seals it, nothing would tell of it.
  const head = site.take(heads, (one) => one.checkpoint_id);
  const where = `wallet_id = '${id}' and capture = ${head.capture}`;
  const rows: Rows[] = [{ table: "checkpoint_heads", where: `wallet_id = '${id}'` }];
  return { walletId: id, checkpointId: head.checkpoint_id, where, rows };
}

const editHead =
  (column: string, value: string): Kind =>
  async (site) => {
    const { walletId, where, rows } = await anyHead(site);
    return {
      what: `the ${column} of a head kept of wallet ${walletId}`,
      rows,
      apply: run(`update checkpoint_heads set ${column} = ${value} where ${where}`),
      located: ({ rule, walletId: found }) => rule === "CHECKPOINT" && found === walletId,
    };
  };

/** An earlier head of the same wallet fits to the ledger, too: only the sealed root tells. */
const moveHead: Kind = async (site) => {
  const { walletId, checkpointId, where, rows } = await anyHead(site);
  return {
    what: `a head kept of wallet ${walletId}, which becomes the one before it`,
    rows,
    apply: run(
      `update checkpoint_heads h set posting_seq = p.posting_seq, chain_head = p.hash from postings p
       where h.${where.replace(" and ", " and h.")} and p.wallet_id = h.wallet_id and p.posting_seq = h.posting_seq - 1`,
    ),
    located: atCheckpoint(checkpointId),
  };
};

const removeHead: Kind = async (site) => {
  const { walletId, checkpointId, where, rows } = await anyHead(site);
  return {
    what: `a head kept of wallet ${walletId} is deleted`,
    rows,
    apply: run(`delete from checkpoint_heads where ${where}`),
    located: atCheckpoint(checkpointId),
  };
};

const insertHead: Kind = async (site) => {
  const [row] = await site.rows<{ id: string }>("select gen_random_uuid()::text as id");
  const id = row?.id ?? "";
  return {
    what: `a head of a wallet ${id} that there is not`,
    rows: [{ table: "checkpoint_heads", where: `wallet_id = '${id}'` }],
    apply: run(`insert into checkpoint_heads select '${id}', min(capture), 0, sha256('') from checkpoints`),
    located: ({ walletId }) => walletId === id,
  };
};

function anyCheckpoint(site: Site): Promise<string> {
  return site.one("select id from checkpoints order by capture");
}

/** What is done to checkpoints and what was kept for them. */
export const checkpointKinds: Record<string, Kind> = {
  ...Object.fromEntries(Object.keys(edits).map((column) => [`edit a checkpoint's ${column}`, edit(column)])),
  "delete a checkpoint": remove,
  "sign a checkpoint by another key": sealAgain,
  "edit a subtree": editSubtree,
  "edit a kept head": editHead("chain_head", "sha256(chain_head)"),
  "edit a kept head's number": editHead("posting_seq", "posting_seq - 1"),
  "move a kept head back": moveHead,
  "delete a kept head": removeHead,
  "insert a kept head": insertHead,
};
