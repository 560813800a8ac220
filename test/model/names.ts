import { SystemRole } from "../../src/gen/wallet/v1/wallet_pb.js";
import type { Target, WalletRef } from "./command.js";

/** An id that nothing has. */
const nowhere = "0197a000-0000-7000-8000-000000000000";

/** The long names of one sequence, which the service knows, and the short ones of the model. */
export class Names {
  readonly prefix: string;
  readonly #ids = new Map<string, string>();
  readonly #names = new Map<string, string>();

  /** @param prefix what sets the sequence apart from all others on the same service: letters and digits. */
  constructor(prefix: string) {
    this.prefix = prefix;
  }

  asset(code: string): string {
    return `${this.prefix}_${code}`;
  }

  holder(name: string): string {
    return `${this.prefix}-${name}`;
  }

  email(name: string): string {
    return name === "" ? "" : `${name}@${this.prefix}.example`;
  }

  key(name: string): string {
    return `${this.prefix}:${name}`;
  }

  reference(name: string): string {
    return name === "" ? "" : `${this.prefix}#${name}`;
  }

  /** The service's id of what the model calls by this name; that of nothing where there is none. */
  id(name: string): string {
    return this.#ids.get(name) ?? nowhere;
  }

  /** The model's name of an asset, holder, reference or id. What the service alone knows stays as it is. */
  short(long: string): string {
    const known = this.#names.get(long);
    if (known !== undefined) return known;
    return long.startsWith(this.prefix) ? long.slice(this.prefix.length + 1) : long;
  }

  /** Remembers the id that the service gave to what the model calls by this name. The first one counts. */
  learn(name: string, id: string | undefined): void {
    if (id === undefined || id === "" || name === "" || this.#ids.has(name)) return;
    this.#ids.set(name, id);
    this.#names.set(id, name);
  }

  knows(name: string): boolean {
    return this.#ids.has(name);
  }

  /** A wallet as a request names it. */
  ref(ref: WalletRef) {
    if ("holder" in ref) return { ref: { case: "holderId" as const, value: this.holder(ref.holder) } };
    return { ref: { case: "walletId" as const, value: this.id(ref.wallet) } };
  }

  /** A wallet or system wallet as a leg or a split names it. */
  target(target: Target) {
    if ("role" in target) return { case: "systemRole" as const, value: roleNumbers[target.role] };
    return { case: "wallet" as const, value: this.ref(target) };
  }
}

const roleNumbers = { REVENUE: SystemRole.REVENUE, PROMOTIONS: SystemRole.PROMOTIONS };
