/** One row of a package's error table. `{name}` in the template is filled from `details`. */
export interface ErrorRow {
  readonly template: string;
  readonly httpStatus: number;
  readonly isRetryable: boolean;
}

/** Codes are `DN_<AREA>_<WHAT>`. */
export type ErrorTable = Readonly<Record<`DN_${string}`, ErrorRow>>;

/** An error on the wire and in `--json`. */
export interface ErrorBody {
  code: string;
  message: string;
  retryable: boolean;
  details: Readonly<Record<string, unknown>>;
}
