import type pg from "pg";
import type { DataSource } from "typeorm";
import type { PostgresDriver } from "typeorm/driver/postgres/PostgresDriver.js";

/** The connections of one pool at this moment. */
export interface PoolFigures {
  /** At work for somebody. */
  readonly busy: number;
  readonly idle: number;
  /** How many wait for one. */
  readonly waiting: number;
}

/** Counts the connections of an open data source. It asks nobody. */
export function poolFigures({ driver }: DataSource): PoolFigures {
  const { totalCount, idleCount, waitingCount } = (driver as PostgresDriver).master as pg.Pool;
  return { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
}
