import { encodeEnvelope } from "@connectrpc/connect/protocol";

/** How an HTTP request carries its message, as its content type says. */
export interface HttpFraming {
  /** How the message is encoded. */
  readonly format: "binary" | "json";
  /** Whether the message has an envelope of five bytes before it. */
  readonly enveloped: boolean;
  /** The header that names the compression. */
  readonly encodingHeader: "content-encoding" | "grpc-encoding" | "connect-content-encoding";
}

/** The framing of a Connect or gRPC-Web content type; undefined for any other. */
export function httpFraming(contentType: string | null): HttpFraming | undefined {
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase();
  switch (type) {
    case "application/proto":
      return { format: "binary", enveloped: false, encodingHeader: "content-encoding" };
    case "application/json":
      return { format: "json", enveloped: false, encodingHeader: "content-encoding" };
    case "application/grpc-web":
    case "application/grpc-web+proto":
      return { format: "binary", enveloped: true, encodingHeader: "grpc-encoding" };
    case "application/grpc-web+json":
      return { format: "json", enveloped: true, encodingHeader: "grpc-encoding" };
    case "application/connect+proto":
      return { format: "binary", enveloped: true, encodingHeader: "connect-content-encoding" };
    case "application/connect+json":
      return { format: "json", enveloped: true, encodingHeader: "connect-content-encoding" };
    default:
      return undefined;
  }
}

/** A request body that holds one message with no field set. */
export async function* emptyMessage({ format, enveloped }: HttpFraming): AsyncIterable<Uint8Array> {
  const message = new TextEncoder().encode(format === "json" ? "{}" : "");
  yield enveloped ? encodeEnvelope(0, message) : message;
}
