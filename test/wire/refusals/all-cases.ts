import { anomalyCases } from "./anomaly-cases.js";
import { assetCases } from "./asset-cases.js";
import { checkpointCases } from "./checkpoint-cases.js";
import { getCases } from "./get-cases.js";
import { holdCases } from "./hold-cases.js";
import { holderCases } from "./holder-cases.js";
import { jobCases } from "./job-cases.js";
import { listCases } from "./list-cases.js";
import { movementCases } from "./movement-cases.js";
import { oversightCases } from "./oversight-cases.js";
import type { RefusalCase } from "./refusal-case.js";
import { walletActCases } from "./wallet-act-cases.js";
import { walletOpeningCases } from "./wallet-opening-cases.js";
import { walletReadCases } from "./wallet-read-cases.js";

/** Every refusal that is tested by a table. */
export const allCases: readonly RefusalCase[] = [
  ...movementCases,
  ...holderCases,
  ...assetCases,
  ...walletOpeningCases,
  ...walletActCases,
  ...walletReadCases,
  ...getCases,
  ...listCases,
  ...holdCases,
  ...jobCases,
  ...anomalyCases,
  ...oversightCases,
  ...checkpointCases,
];
