import type { Isolation } from "../../src/db/session.js";
import type { EngineLimits } from "../../src/engine/limits.js";
import { givenHolders, openEngine, type TestEngine } from "./engine.js";
import { expectOracles } from "./oracles.js";
import { openSession, type TestDatabase, testDatabase } from "./postgres.js";

type StrangerSession = Awaited<ReturnType<typeof openSession>>;

/** What the tests of one suite share. Filled before the first of them. */
export interface Suite {
  readonly database: TestDatabase;
  /** The engine of one service process. */
  readonly engine: TestEngine;
  /** The engine of another service process on the same database. */
  readonly other: TestEngine;
  /** A superuser's session that watches the others. */
  readonly watcher: StrangerSession;
  /** A session of somebody else on the same database, as its owner. Closed after the test. */
  stranger(): Promise<StrangerSession>;
}

/** Gives the suite that calls it a database with holders and two engines, and checks the oracles after each test. */
export function useSuite(options: {
  holders: readonly string[];
  limits?: Partial<EngineLimits>;
  isolation?: Isolation;
}): Suite {
  const suite = {} as { -readonly [Name in keyof Suite]: Suite[Name] };
  const strangers: StrangerSession[] = [];

  before(async () => {
    suite.database = await testDatabase();
    suite.engine = await openEngine(suite.database.url, options.limits, options.isolation);
    suite.other = await openEngine(suite.database.url, options.limits, options.isolation);
    suite.watcher = await openSession(suite.database.superuserUrl);
    await givenHolders(suite.engine, options.holders);
  });
  afterEach(async () => {
    await Promise.all(strangers.splice(0).map((stranger) => stranger.end()));
    await expectOracles(suite.database.url);
  });
  after(async () => {
    await Promise.all([suite.engine.close(), suite.other.close(), suite.watcher.end()]);
  });

  suite.stranger = async () => {
    const stranger = await openSession(suite.database.ownerUrl);
    strangers.push(stranger);
    return stranger;
  };
  return suite;
}
