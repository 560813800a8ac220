/**
 * Where something stands in the order of its stream: a transaction by its position and id, a change of a wallet by the
 * version alone.
 */
export interface Place {
  readonly position: bigint;
  /** Decides between equal positions. Lower-case text of a UUID sorts as PostgreSQL sorts the UUID. */
  readonly id: string;
}

/** What a stream consists of. */
export interface Placed {
  readonly place: Place;
}

export function isAfter(one: Place, other: Place): boolean {
  return one.position === other.position ? one.id > other.id : one.position > other.position;
}

const lowestId = "00000000-0000-0000-0000-000000000000";

/** Behind everything below this position, before everything at it. */
export function placeBefore(position: bigint): Place {
  return { position, id: lowestId };
}

/** Behind the change of a wallet that made this version. */
export function placeOfVersion(version: bigint): Place {
  return { position: version, id: "" };
}
