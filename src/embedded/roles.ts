import { Client } from "pg";
import type { Credentials } from "./credentials.js";

/** Names that the rest of the service, and its migrations, rely on. */
export const names = {
  database: "wallet",
  owner: "wallet_owner",
  service: "wallet_service",
  superuser: "postgres",
} as const;

/** The URL of one role. Passwords are base64url, so nothing in it needs escaping. */
export function roleUrl(
  port: number,
  role: string,
  password: string,
  database: string = names.database,
): string {
  return `postgresql://${role}:${password}@127.0.0.1:${port}/${database}`;
}

/**
 * Makes the two roles and the database, as far as they are missing. Each statement stands for itself, so a start that
 * was killed between two of them is finished by the next one.
 */
export async function ensureRoles(port: number, credentials: Credentials): Promise<void> {
  const client = new Client({
    connectionString: roleUrl(port, names.superuser, credentials.superuser, "postgres"),
    connectionTimeoutMillis: 30_000,
    options: "-c log_min_error_statement=panic", // A failing statement is logged, and these hold passwords.
  });
  client.on("error", () => undefined); // The query in flight rejects as well.
  await client.connect();
  try {
    await ensureRole(client, names.owner, credentials.owner);
    await ensureRole(client, names.service, credentials.service);
    const { rowCount } = await client.query("select from pg_database where datname = $1", [names.database]);
    if (rowCount === 0)
      await client.query(`create database ${names.database} owner ${names.owner} template template0`);
    if (await isOpenToPublic(client)) {
      // One query string is one transaction.
      await client.query(`
        revoke all on database postgres, template1, ${names.database} from public;
        grant connect on database ${names.database} to ${names.service};`);
    }
  } finally {
    await client.end();
  }
}

async function ensureRole(client: Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query("select from pg_roles where rolname = $1", [role]);
  if (rowCount === 0)
    await client.query(`create role ${role} login password ${client.escapeLiteral(password)}`);
}

/** A database without an access list has the built-in one: everybody may connect and make temporary tables. */
async function isOpenToPublic(client: Client): Promise<boolean> {
  const { rowCount } = await client.query("select from pg_database where datname = $1 and datacl is null", [
    names.database,
  ]);
  return rowCount !== 0;
}
