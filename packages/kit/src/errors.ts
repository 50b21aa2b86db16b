import type { ErrorBody, ErrorRow, ErrorTable } from '@dreamnet/contracts';
import { cutText } from './cut-text.js';

/** The brand survives two copies of this package in one process, where `instanceof` would not. */
const BRAND = Symbol.for('dreamnet.error');

/** What somebody else's exception says is kept up to here, in characters: it goes into events and records. */
const LONGEST_FOREIGN_MESSAGE = 4000;

/** How an unexpected throw is reported: our mistake, not the caller's. */
export const KIT_ERRORS = {
  DN_KIT_UNEXPECTED: { template: '{message}', httpStatus: 500, isRetryable: false },
  DN_KIT_RECORD_DROPPED: {
    template: "The record '{record}' can never be stored and was left out, the others were not: {because}",
    httpStatus: 500,
    isRetryable: false,
  },
} as const satisfies ErrorTable;

const UNEXPECTED: ErrorRow = KIT_ERRORS.DN_KIT_UNEXPECTED;

export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The only error class of the project. Told apart by `code`, never by its text. */
export class DreamnetError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly httpStatus: number;
  readonly details: ErrorDetails;

  constructor(code: string, row: ErrorRow, details: ErrorDetails = {}, cause?: unknown) {
    super(fill(row.template, details), cause === undefined ? undefined : { cause });
    this.name = 'DreamnetError';
    this.code = code;
    this.retryable = row.isRetryable;
    this.httpStatus = row.httpStatus;
    this.details = details;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Is it ours, even from another copy of this package? */
  static is(value: unknown): value is DreamnetError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  /** Anything thrown, as one of ours: ours as it is, the rest as `DN_KIT_UNEXPECTED`, its text cut at 4000 characters, with the cause kept. */
  static from(value: unknown): DreamnetError {
    if (DreamnetError.is(value)) return value;
    const message = cutText(value instanceof Error ? value.message : String(value), LONGEST_FOREIGN_MESSAGE);
    return new DreamnetError('DN_KIT_UNEXPECTED', UNEXPECTED, { message }, value);
  }

  toJSON(): ErrorBody {
    return { code: this.code, message: this.message, retryable: this.retryable, details: this.details };
  }
}

/**
 * The error factory of one package.
 *
 * @param table Every code the package can raise.
 * @returns `error(code, details, cause?)`, which knows only the table's codes.
 */
export function createErrors<T extends ErrorTable>(table: T) {
  return (code: keyof T & string, details?: ErrorDetails, cause?: unknown): DreamnetError =>
    new DreamnetError(code, table[code as keyof ErrorTable] ?? UNEXPECTED, details, cause);
}

function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = details[name];
    return value === undefined ? whole : typeof value === 'string' ? value : JSON.stringify(value);
  });
}
