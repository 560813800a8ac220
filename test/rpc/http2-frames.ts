/** A header of HTTP/2, as name and value. */
export type Field = readonly [name: string, value: string];

const frameTypes = { data: 0, headers: 1, settings: 4 } as const;
const endStream = 1;
const endHeaders = 4;

/** The bytes of a connection whose only request is this unary gRPC call, with headers that no client would send. */
export function rawGrpcCall(path: string, fields: readonly Field[]): Buffer {
  const usual: Field[] = [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "x"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
  ];
  const head = Buffer.concat([...usual, ...fields].map(literal));
  return Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    frame(frameTypes.settings, 0, 0, Buffer.alloc(0)),
    frame(frameTypes.headers, endHeaders, 1, head),
    frame(frameTypes.data, endStream, 1, Buffer.alloc(5)),
  ]);
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

// HPACK's plainest form: a literal that is not indexed, without Huffman coding.
function literal([name, value]: Field): Buffer {
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

function text(value: string): Buffer {
  const bytes = [];
  let rest = Buffer.byteLength(value);
  if (rest >= 127) {
    bytes.push(127);
    for (rest -= 127; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
  }
  return Buffer.concat([Buffer.from([...bytes, rest]), Buffer.from(value)]);
}
