import { Ledger1795219200000 } from "./1795219200000-ledger.js";

/** All migrations, oldest first. A list rather than a glob, so that the built service finds them wherever it runs. */
export const migrations = [Ledger1795219200000];
