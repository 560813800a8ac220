// A service process reduced to its database, to be killed by the tests: `node child.js <dataDir>`. Prints what
// PostgreSQL writes as it comes, then "started <url>". Ends only when it is killed.
import { startEmbedded } from "../../src/embedded/embedded.js";

const [, , dataDir] = process.argv;
if (!dataDir) throw new Error("usage: child.ts <dataDir>");
try {
  const database = await startEmbedded({ dataDir, log: (line) => console.log(line) });
  console.log(`started ${database.ownerUrl}`);
} catch (error) {
  console.log(`failed ${error instanceof Error ? error.message : error}`);
}
