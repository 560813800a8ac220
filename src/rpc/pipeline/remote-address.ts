const mappedPrefix = "::ffff:";

/**
 * The address of a connection's other end, without the port, which says nothing once the connection is gone. An IPv4
 * address that came by an IPv6 socket is written as what it is.
 *
 * @param peer the address as the listener tells it: `address:port`, or a word where there is none.
 */
export function remoteAddressOf(peer: string): string {
  const colon = peer.lastIndexOf(":");
  const address = colon < 0 ? peer : peer.slice(0, colon);
  return address.startsWith(mappedPrefix) ? address.slice(mappedPrefix.length) : address;
}
