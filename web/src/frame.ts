/** Binary frames: uint32 length of the header, JSON header, then float32 columns. */

import type { Frame, FrameHeader, Question, SeriesKey } from "./types";

/** Decode one binary answer.
 *
 * Throws an Error with one line when the bytes are no frame: a length that does not fit, a header
 * that is no JSON, or columns that are cut short. */
export function decodeFrame(bytes: ArrayBuffer, question: Question): Frame {
  const header = frameHeader(bytes);
  const start = 4 + new DataView(bytes).getUint32(0, true);
  const n = header.n_times;
  const needed = start + 4 * n * (1 + header.series.length);
  if (bytes.byteLength < needed) {
    throw new Error(`a frame of ${bytes.byteLength} bytes came where ${needed} were announced`);
  }
  const numbers = new Float32Array(bytes, start, n * (1 + header.series.length));
  const columns = header.series.map((_, k) => numbers.subarray((k + 1) * n, (k + 2) * n));
  return frameOf(header, numbers.subarray(0, n), columns, question);
}

/** Read the header of a binary answer without its numbers. */
export function frameHeader(bytes: ArrayBuffer): FrameHeader {
  if (bytes.byteLength < 4) throw new Error("an empty frame came");
  const length = new DataView(bytes).getUint32(0, true);
  if (length % 4 !== 0 || 4 + length > bytes.byteLength) {
    throw new Error(`a frame of ${bytes.byteLength} bytes announces a header of ${length}`);
  }
  return JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length))) as FrameHeader;
}

/** Put a header and its columns together into a frame that finds its columns by name. */
export function frameOf(
  header: FrameHeader,
  times_h: Float32Array,
  columns: Float32Array[],
  question: Question,
): Frame {
  const where = new Map(header.series.map((key, k) => [nameOf(key), k]));
  return {
    ...header,
    times_h,
    columns,
    question,
    column: (arm, output, stat = "value") =>
      columns[where.get(nameOf({ arm, output, stat })) ?? -1],
  };
}

function nameOf(key: SeriesKey): string {
  return `${key.arm}\n${key.output}\n${key.stat}`;
}

/** The value of a column at a time, linear between samples; NaN outside or without a column. */
export function valueAt(
  times_h: ArrayLike<number>,
  column: ArrayLike<number> | undefined,
  time_h: number,
): number {
  if (!column || times_h.length === 0) return NaN;
  const last = times_h.length - 1;
  if (time_h < times_h[0]! || time_h > times_h[last]! * (1 + 1e-6)) return NaN;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times_h[middle]! <= time_h) low = middle;
    else high = middle;
  }
  const from = times_h[low]!;
  const to = times_h[high]!;
  if (to <= from) return column[high]!;
  const share = Math.min(1, Math.max(0, (time_h - from) / (to - from)));
  return column[low]! + share * (column[high]! - column[low]!);
}
