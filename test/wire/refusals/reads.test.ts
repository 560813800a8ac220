import { checkpointCases } from "./checkpoint-cases.js";
import { describeRefusals } from "./describe-refusals.js";
import { getCases } from "./get-cases.js";
import { listCases } from "./list-cases.js";
import { oversightCases } from "./oversight-cases.js";
import { walletReadCases } from "./wallet-read-cases.js";

describeRefusals("a read of a wallet", walletReadCases);
describeRefusals("a read of one thing", getCases);
describeRefusals("a list", listCases);
describeRefusals("a look at the whole ledger", oversightCases);
describeRefusals("a proof", checkpointCases);
