import { anomalyCases } from "./anomaly-cases.js";
import { assetCases } from "./asset-cases.js";
import { describeRefusals } from "./describe-refusals.js";
import { holderCases } from "./holder-cases.js";
import { walletActCases } from "./wallet-act-cases.js";
import { walletOpeningCases } from "./wallet-opening-cases.js";

describeRefusals("an act on a holder", holderCases);
describeRefusals("an act on an asset", assetCases);
describeRefusals("an act on a wallet", [...walletOpeningCases, ...walletActCases]);
describeRefusals("a review of an anomaly", anomalyCases);
