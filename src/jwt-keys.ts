import type { Config } from "./config.js";
import { openJwtSecret } from "./embedded/jwt-secret.js";
import type { TokenKeys } from "./rpc/access/token-keys.js";

/** The keys that tokens are verified with: the configured ones, or those of the embedded mode. */
export async function tokenKeysOf(config: Config): Promise<TokenKeys> {
  return config.tokenKeys ?? { secret: await openJwtSecret(config.dataDir) };
}
