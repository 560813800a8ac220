import type { Databases } from "../databases.js";
import type { LoadGenerator } from "../load/load.js";
import type { Entry } from "./entry.js";

/** How long to measure, and how often. */
export interface Effort {
  /** Whether the whole bench is to be done in two minutes. */
  readonly quick: boolean;
  readonly rounds: number;
  /** How long a server that was just started runs under load before it is measured: its code is not compiled yet. */
  readonly settleMs: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** The connections that a baseline is tried with. */
  readonly poolSizes: readonly number[];
}

/** What every scenario is given. */
export interface Bench {
  readonly effort: Effort;
  /** The database server of the whole run; scenarios work on copies. */
  readonly databases: Databases;
  /** The load generator, in a process of its own. */
  readonly load: LoadGenerator;
  /** Tells how far it is: one line. */
  readonly say: (line: string) => void;
  /** Remembers what is to be undone, the last first, however the run ends. */
  readonly undo: (step: () => Promise<unknown>) => void;
}

/** Something that is measured beside its baseline, in turns, with the oracles checked at the end. */
export interface Scenario {
  /** Its letter in the report. */
  readonly id: string;
  readonly name: string;
  /** @throws when an oracle is broken or a client saw what the ledger has not: the run is void. */
  run(bench: Bench): Promise<Entry[]>;
}
