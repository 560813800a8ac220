import { listCheckpoints } from "../db/checkpoints.js";
import type { Pool } from "../db/pool.js";
import type { Checkpointer } from "../engine/checkpoints.js";
import { newId } from "../engine/new-id.js";
import { provePosting } from "../engine/posting-proofs.js";
import { Code } from "../gen/google/rpc/code_pb.js";
import { fingerprintOf } from "../ledger/fingerprint.js";
import { Check } from "./decode/check.js";
import { claimOf } from "./decode/claim.js";
import { decodePage, sortKeys } from "./decode/page.js";
import { checkUuid } from "./decode/text.js";
import { decodeWalletRef } from "./decode/wallet-ref.js";
import { encodeCheckpoint, encodePostingProof } from "./encode/checkpoint.js";
import { readNamedWallet } from "./find-wallet.js";
import { CallError } from "./pipeline/call-error.js";
import type { Handlers } from "./pipeline/handlers.js";

type CheckpointHandlers = Required<
  Pick<Handlers["admin"], "createCheckpoint" | "listCheckpoints" | "getPostingProof">
>;

/**
 * The RPCs that seal the ledger, list the seals, and prove postings by them.
 *
 * @param checkpointer null where the service has no key to seal with.
 */
export function checkpointHandlers(reader: Pool, checkpointer: Checkpointer | null): CheckpointHandlers {
  return {
    createCheckpoint: async (_, call) => {
      if (checkpointer === null) throw noKey(call.method);
      const claim = claimOf(call, newId(), fingerprintOf(call.method, []));
      const { result, replayed } = await checkpointer.create({ claim, deadlineMs: call.deadlineMs });
      if (replayed) call.setReplayed();
      return { checkpoint: encodeCheckpoint(result) };
    },
    listCheckpoints: async (request) => {
      const page = decodePage(new Check(), request, ["checkpoints"], [sortKeys.sequence]);
      const [before] = page.after ?? [];
      const read = await listCheckpoints(reader, {
        before: before === undefined ? null : BigInt(before),
        limit: page.size + 1,
      });
      const { elements, nextPageToken } = page.cut(read, ({ capture }) => [`${capture}`]);
      return { checkpoints: elements.map(encodeCheckpoint), nextPageToken };
    },
    getPostingProof: async ({ wallet: ref, asset, postingSeq, checkpointId }, call) => {
      const check = new Check();
      const named = { ref, field: "wallet", asset, assetField: "asset" };
      const address = decodeWalletRef(check, call.caller, named);
      check.that(postingSeq >= 1n, "posting_seq", "must be 1 or more");
      if (checkpointId !== "") checkUuid(check, "checkpoint_id", checkpointId);
      check.done();
      call.concerns({ wallets: [address] });
      const wallet = await readNamedWallet(reader, call.caller, address, asset);
      const proof = await provePosting(reader, {
        walletId: wallet.id,
        postingSeq,
        checkpointId: checkpointId === "" ? null : checkpointId,
      });
      return { proof: encodePostingProof(proof) };
    },
  };
}

function noKey(method: string): CallError {
  return new CallError(
    `${method} is not served here: there is no key to sign with; set CHECKPOINT_KEY_FILE`,
    { code: Code.UNIMPLEMENTED },
  );
}
