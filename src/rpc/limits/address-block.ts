import { isIPv6 } from "node:net";

const groupsAll = 8;
const groupsOfNetwork = 4;

/**
 * What addresses are counted by: an IPv4 address by itself, an IPv6 address by the /64 it is in, because a single
 * customer has all of that. Anything else is counted by itself.
 */
export function addressBlock(address: string): string {
  const [bare = ""] = address
    .toLowerCase()
    .replace(/^::ffff:(?=\d+\.)/, "")
    .split("%");
  if (!isIPv6(bare)) return bare;
  const [head = "", tail = ""] = bare.split("::");
  const [before, after] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array.from({ length: groupsAll - before.length - after.length }, () => "0");
  const groups = [...before, ...zeros, ...after].slice(0, groupsOfNetwork);
  return `${groups.join(":")}::/64`;
}

/** The same of the other end of a connection, which is an address and a port. */
export function peerBlock(peer: string): string {
  const colon = peer.lastIndexOf(":");
  return addressBlock(colon === -1 ? peer : peer.slice(0, colon));
}

const groupsOf = (part: string): string[] => (part === "" ? [] : part.split(":"));
