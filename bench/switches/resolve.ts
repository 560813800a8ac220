import type { InitializeHook, ResolveHook } from "node:module";

/** URLs of modules, each with that of the module to load in its place. */
export type Swaps = readonly (readonly [string, string])[];

const swapped = new Map<string, string>();

/** Called by Node.js, in the thread that it resolves imports in. */
export const initialize: InitializeHook<Swaps> = (swaps) => {
  for (const [module, by] of swaps) swapped.set(module, by);
};

/** The module that takes a place imports the original one, for all that stays as it is. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const resolved = await next(specifier, context);
  const by = swapped.get(resolved.url);
  return by === undefined || by === context.parentURL ? resolved : { ...resolved, url: by };
};
