/** The part of a reading that comes from /proc/PID/stat. */
export interface StatFields {
  ppid: number;
  session: number;
  startTicks: number;
  /** Of itself and of children it has waited for. */
  cpuTicks: number;
  residentPages: number;
  threads: number;
  hasEnded: boolean;
}

/** The part that comes from /proc/PID/io. */
export interface IoFields {
  /** Moved by system calls: files, pipes, terminals, most sockets. */
  ioBytes: number;
  /** Of these, what went to or came from a disk. */
  diskBytes: number;
}

/** A process of which nothing was read. */
export const PROCESS_FIELDS: StatFields = {
  ...{ ppid: 0, session: 0, startTicks: 0, cpuTicks: 0, residentPages: 0, threads: 0 },
  hasEnded: false,
};

const [CLOSING, SPACE, NEWLINE, ZERO, NINE, MINUS] = [0x29, 0x20, 0x0a, 0x30, 0x39, 0x2d];
const [ZOMBIE, DEAD] = [0x5a, 0x58];
/** Numbers of the fields in proc(5), and how many there are to read. */
const FIELD = { ppid: 4, session: 6, utime: 14, stime: 15, cutime: 16, cstime: 17, threads: 20 } as const;
const START_FIELD = 22;
const RESIDENT_FIELD = 24;

/** Of one line; used again for each, for nothing here waits. */
const fields = new Float64Array(RESIDENT_FIELD + 1);

/**
 * Reads a line of /proc/PID/stat without making strings: a fleet's round reads hundreds of them.
 *
 * @returns false when it is no such line; then `into` is as it was.
 * @source proc_pid_stat(5)
 */
export function scanStat(bytes: Uint8Array, length: number, into: StatFields): boolean {
  // The name stands in brackets and may hold brackets and spaces itself.
  let at = length - 1;
  while (at >= 0 && bytes[at] !== CLOSING) at -= 1;
  const state = bytes[at + 2];
  if (at < 0 || state === undefined) return false;
  let field = 3;
  at += 3;
  while (at < length && field < RESIDENT_FIELD) {
    field += 1;
    at += 1;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at += 1;
    let value = 0;
    for (; at < length; at += 1) {
      const digit = bytes[at] as number;
      if (digit < ZERO || digit > NINE) break;
      value = value * 10 + digit - ZERO;
    }
    fields[field] = isNegative ? -value : value;
  }
  if (field < RESIDENT_FIELD) return false;
  const of = (number: number) => fields[number] as number;
  into.ppid = of(FIELD.ppid);
  into.session = of(FIELD.session);
  into.cpuTicks = of(FIELD.utime) + of(FIELD.stime) + of(FIELD.cutime) + of(FIELD.cstime);
  into.threads = of(FIELD.threads);
  into.startTicks = of(START_FIELD);
  into.residentPages = of(RESIDENT_FIELD);
  // A zombie with other threads has only lost its first one.
  into.hasEnded = state === DEAD || (state === ZOMBIE && into.threads <= 1);
  return true;
}

/** The order of the lines of /proc/PID/io. */
const IO_LINES = { rchar: 0, wchar: 1, readBytes: 4, writeBytes: 5 } as const;
const lines = new Float64Array(8);

/** Reads /proc/PID/io: seven lines `name: number`. @source proc_pid_io(5) */
export function scanIo(bytes: Uint8Array, length: number, into: IoFields): void {
  let line = 0;
  let value = 0;
  for (let at = 0; at < length && line < lines.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte >= ZERO && byte <= NINE) value = value * 10 + byte - ZERO;
    else if (byte === NEWLINE) {
      lines[line] = value;
      line += 1;
      value = 0;
    } else if (byte !== SPACE) value = 0;
  }
  const of = (number: number) => lines[number] as number;
  into.ioBytes = of(IO_LINES.rchar) + of(IO_LINES.wchar);
  into.diskBytes = of(IO_LINES.readBytes) + of(IO_LINES.writeBytes);
}
