import { Ledger1795219200000 } from "./1795219200000-ledger.js";
import { Movements1795305600000 } from "./1795305600000-movements.js";
import { Feed1795392000000 } from "./1795392000000-feed.js";
import { Queue1795478400000 } from "./1795478400000-queue.js";
import { Audit1795564800000 } from "./1795564800000-audit.js";
import { Anomalies1795651200000 } from "./1795651200000-anomalies.js";
import { Integrity1795737600000 } from "./1795737600000-integrity.js";
import { Checkpoints1795824000000 } from "./1795824000000-checkpoints.js";
import { Waits1795910400000 } from "./1795910400000-waits.js";
import { SystemWallets1795996800000 } from "./1795996800000-system-wallets.js";

/** All migrations, oldest first. A list rather than a glob, so that the built service finds them wherever it runs. */
export const migrations = [
  Ledger1795219200000,
  Movements1795305600000,
  Feed1795392000000,
  Queue1795478400000,
  Audit1795564800000,
  Anomalies1795651200000,
  Integrity1795737600000,
  Checkpoints1795824000000,
  Waits1795910400000,
  SystemWallets1795996800000,
];
