import { WalletError } from "../../ledger/wallet-error.js";
import type { Check } from "./check.js";
import { digestOf, keysOf, tokenOf } from "./token.js";

const pageSizeDefault = 50;
const pageSizeMax = 500;

/** The forms of the sort keys. */
export const sortKeys = {
  /** Microseconds since 1970, up to the year 2286. */
  time: /^\d{1,16}$/,
  /** A number of the database. */
  sequence: /^\d{1,18}$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /** The id of a holder, or the code of an asset. */
  text: /^[^\p{Cc}]{1,64}$/u,
} as const;

/** Where a page begins: behind the last element of the page before, whose sort keys these are. */
export type Position = readonly string[];

export interface Page {
  readonly size: number;
  readonly after: Position | null;
  /** Cuts what was read (one element more than the page, if there is one) and makes the token of the next page. */
  cut<Element>(
    read: readonly Element[],
    positionOf: (element: Element) => Position,
  ): {
    elements: readonly Element[];
    nextPageToken: string;
  };
}

/**
 * The page that a list request asks for. A token is bound to the query it came from: with other filters it would
 * point into another list.
 *
 * @param query what the request filters by, and who asks.
 * @param forms what the sort keys of this list look like.
 * @throws PAGE_TOKEN_INVALID
 */
export function decodePage(
  check: Check,
  request: { pageSize: number; pageToken: string },
  query: readonly unknown[],
  forms: readonly RegExp[],
): Page {
  check.that(request.pageSize >= 0, "page_size", "must not be negative; 0 means 50");
  check.done();
  const size = request.pageSize === 0 ? pageSizeDefault : Math.min(request.pageSize, pageSizeMax);
  const digest = digestOf(query);
  return {
    size,
    after: request.pageToken === "" ? null : positionOf(request.pageToken, digest, forms),
    cut: (read, positionOfElement) => {
      const elements = read.slice(0, size);
      const last = elements.at(-1);
      const nextPageToken =
        read.length > size && last !== undefined ? tokenOf(digest, positionOfElement(last)) : "";
      return { elements, nextPageToken };
    },
  };
}

/** The position of a list that is sorted by time and id. */
export function timeAndId({ after }: Page): { time: bigint; id: string } | null {
  const [time, id] = after ?? [];
  return time === undefined || id === undefined ? null : { time: BigInt(time), id };
}

function positionOf(token: string, digest: string, forms: readonly RegExp[]): Position {
  const position = keysOf(token, digest, forms);
  if (position !== null) return position;
  throw new WalletError(
    "PAGE_TOKEN_INVALID",
    "page_token is not one that this query gave out. Use next_page_token with the same filters, or start again without.",
  );
}
