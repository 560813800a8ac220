import { openDatabases } from "./databases.js";
import { startLoadGenerator } from "./load/load.js";
import type { Bench, Effort, Scenario } from "./report/scenario.js";
import { Undo } from "./undo.js";

/** What a run is made of, from the first database to the last server that is stopped. */
export interface Session {
  readonly bench: Bench;
  /** Runs a scenario and undoes what it leaves, so that nothing of it is beside the next one. */
  run(scenario: Scenario): ReturnType<Scenario["run"]>;
}

/**
 * Opens databases and the load generator, has `work` done, and undoes everything, after Ctrl-C as well. What makes `work`
 * fail is printed, and the process will end with 1.
 */
export async function inSession(effort: Effort, work: (session: Session) => Promise<void>): Promise<void> {
  const undo = new Undo();
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interrupted = true;
      undo.all().finally(() => process.exit(130));
    });
  }
  try {
    await work(await openSession(effort, undo));
  } catch (error) {
    // After Ctrl-C whatever was under way fails; that is no news, and the process ends when all is undone.
    if (interrupted) return;
    console.error("The run is void:", error);
    process.exitCode = 1;
  } finally {
    await undo.all();
  }
}

async function openSession(effort: Effort, undo: Undo): Promise<Session> {
  const began = performance.now();
  const say = (line: string): void =>
    console.log(`${`${Math.round((performance.now() - began) / 1_000)} s`.padStart(7)}  ${line}`);
  say("starting PostgreSQL, with 1,000 funded wallets");
  const opening = openDatabases();
  // Also while it is starting: what has begun is stopped when it is there. One that did not start left nothing.
  undo.add(() => opening.then(({ stop }) => stop()).catch(() => {}));
  const databases = await opening;
  const load = startLoadGenerator();
  undo.add(load.stop);
  const bench: Bench = { effort, databases, load, say, undo: undo.add };
  return {
    bench,
    async run(scenario) {
      const own = new Undo();
      undo.add(own.all);
      const sayOf = (line: string): void => say(`${scenario.id}  ${line}`);
      const entries = await scenario.run({ ...bench, say: sayOf, undo: own.add });
      await own.all();
      return entries;
    },
  };
}
