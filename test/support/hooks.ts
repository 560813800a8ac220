import { startPostgres, stopPostgres } from "./postgres.js";

export const mochaGlobalSetup = startPostgres;
export const mochaGlobalTeardown = stopPostgres;
