import type { PeerCertificate } from "node:tls";
import { createContextKey } from "@connectrpc/connect";
import { type RequestBody, unreadBody } from "../pipeline/request-body.js";

/** The request message, which the HTTP listener has read but not decoded. */
export const bodyKey = createContextKey<RequestBody>(unreadBody);

/** The address of the other end of the connection. */
export const peerKey = createContextKey("");

/** Gives the certificate of the other end of the connection, verified; undefined where callers have none. */
export const certificateKey = createContextKey<(() => PeerCertificate | undefined) | undefined>(undefined);

/** Aborts when the response is closed: at its end, or before it because the caller has gone away. */
export const goneKey = createContextKey<AbortSignal>(new AbortController().signal);
