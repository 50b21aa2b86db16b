/** Numbers and texts, one after another. */
export interface BytesWriter {
  byte(value: number): void;
  float(value: number): void;
  double(value: number): void;
  /** At most 65,535 bytes of UTF-8. */
  text(value: string): void;
  /** All that was written. */
  done(): Uint8Array;
}

/** Reads what was written, in the same order; past the end everything is NaN or empty. */
export interface BytesReader {
  byte(): number;
  float(): number;
  double(): number;
  text(): string;
  /** Is exactly all of it read? */
  isAtEnd(): boolean;
}

const FIRST_BYTES = 2048;

/** An empty writer, which grows. */
export function createBytesWriter(): BytesWriter {
  let bytes = new Uint8Array(FIRST_BYTES);
  let view = new DataView(bytes.buffer);
  let end = 0;
  const grow = (by: number): number => {
    const at = end;
    end += by;
    if (end > bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * bytes.length));
      larger.set(bytes);
      bytes = larger;
      view = new DataView(bytes.buffer);
    }
    return at;
  };
  return {
    byte: (value) => view.setUint8(grow(1), value),
    float: (value) => view.setFloat32(grow(4), value),
    double: (value) => view.setFloat64(grow(8), value),
    text: (value) => {
      const encoded = new TextEncoder().encode(value);
      view.setUint16(grow(2), encoded.length);
      bytes.set(encoded, grow(encoded.length));
    },
    done: () => bytes.slice(0, end),
  };
}

/** A reader at the beginning. */
export function createBytesReader(bytes: Uint8Array): BytesReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const take = (by: number, read: (place: number) => number): number => {
    at += by;
    return at > bytes.length ? Number.NaN : read(at - by);
  };
  return {
    byte: () => take(1, (place) => view.getUint8(place)),
    float: () => take(4, (place) => view.getFloat32(place)),
    double: () => take(8, (place) => view.getFloat64(place)),
    text: () => {
      const length = take(2, (place) => view.getUint16(place)) || 0;
      at += length;
      return new TextDecoder().decode(bytes.subarray(at - length, at));
    },
    isAtEnd: () => at === bytes.length,
  };
}
