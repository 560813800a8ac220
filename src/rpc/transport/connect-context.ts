import { createContextKey } from "@connectrpc/connect";
import { type RequestBody, unreadBody } from "../pipeline/request-body.js";

/** The request message, which the HTTP listener has read but not decoded. */
export const bodyKey = createContextKey<RequestBody>(unreadBody);

/** The address of the other end of the connection. */
export const peerKey = createContextKey("");
