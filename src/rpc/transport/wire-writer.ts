/** The wire types that the contract needs, with their numbers in protobuf's encoding. */
export const wireType = { varint: 0, delimited: 2 } as const;

/** No single number takes more. */
const varintBytesMax = 10;
/** Texts of at most this many characters are copied here; longer ones are worth a call of the runtime's own code. */
const shortText = 64;

/** Collects the bytes of one message after the other. What was returned stays as it is. */
export class WireWriter {
  #bytes = Buffer.allocUnsafeSlow(16_384);
  #size = 0;
  readonly #halves = new DataView(new ArrayBuffer(8));

  /** Begins a message. What was written before, finished or not, is forgotten. */
  begin(): void {
    this.#size = 0;
  }

  /** The message written since it was begun, in memory of its own. */
  written(): Buffer {
    const message = Buffer.allocUnsafe(this.#size);
    this.#bytes.copy(message, 0, 0, this.#size);
    return message;
  }

  /** @param value a whole number from 0 to 2^32 - 1. */
  varint(value: number): void {
    this.#reserve(varintBytesMax);
    this.#put(value);
  }

  /** @throws RangeError when it is not a signed integer of 32 bits. Below zero it is written as 64 bits. */
  int32(value: number): void {
    if (value !== (value | 0)) throw new RangeError(`${value} is not an integer of 32 bits`);
    if (value < 0) this.int64(BigInt(value));
    else this.varint(value);
  }

  /** @throws RangeError when it is not a signed integer of 64 bits. */
  int64(value: bigint): void {
    if (value >= 0n && value <= 0xffff_ffffn) {
      this.varint(Number(value));
      return;
    }
    if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} is not an integer of 64 bits`);
    this.#halves.setBigInt64(0, value);
    let high = this.#halves.getUint32(0);
    let low = this.#halves.getUint32(4);
    this.#reserve(varintBytesMax);
    while (high > 0 || low > 127) {
      this.#bytes[this.#size++] = (low & 127) | 128;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#bytes[this.#size++] = low;
  }

  /** Text with its length before it. */
  text(value: string): void {
    if (value.length <= shortText && this.#asciiText(value)) return;
    const size = Buffer.byteLength(value);
    this.varint(size);
    this.#reserve(size);
    this.#size += this.#bytes.write(value, this.#size);
  }

  /** Bytes with their length before them. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#size);
    this.#size += value.length;
  }

  /** What `write` writes, with its length before it. Most of it is short, so room is left for one byte of length. */
  delimited<T>(write: (value: T) => void, value: T): void {
    this.#reserve(1);
    const begin = ++this.#size;
    write(value);
    const size = this.#size - begin;
    if (size > 127) this.#makeWay(begin, size);
    this.#size = begin - 1;
    this.#put(size);
    this.#size += size;
  }

  /** Moves the last `size` bytes on, to where they are when their length is before them. */
  #makeWay(begin: number, size: number): void {
    const lengthBytes = Math.ceil((32 - Math.clz32(size)) / 7);
    this.#reserve(lengthBytes);
    this.#bytes.copyWithin(begin - 1 + lengthBytes, begin, begin + size);
  }

  /** Writes it and returns true if it is all ASCII, as identifiers are: then it has as many bytes as characters. */
  #asciiText(value: string): boolean {
    const { length } = value;
    this.#reserve(1 + length);
    const bytes = this.#bytes;
    let at = this.#size;
    bytes[at++] = length;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 127) return false;
      bytes[at++] = code;
    }
    this.#size = at;
    return true;
  }

  #put(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#size++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#size++] = rest;
  }

  #reserve(more: number): void {
    const needed = this.#size + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * needed);
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }
}
