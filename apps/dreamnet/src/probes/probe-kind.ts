import type { Clock, Probe } from '@dreamnet/contracts';
import { z } from 'zod';

/** What an answer is expected to be, as the fleet file says it. */
export const expectSchema = z.strictObject({
  /** The HTTP status, or the lowest and highest that mean well. */
  status: z
    .union([z.int().min(100).max(599), z.tuple([z.int().min(100).max(599), z.int().min(100).max(599)])])
    .optional(),
  /** A text the HTTP body contains. */
  body: z.string().min(1).optional(),
  /** The exit code of a command. Default 0. */
  exitCode: z.int().min(0).max(255).optional(),
  /** A text that what the command prints contains. */
  output: z.string().min(1).optional(),
});
export type Expectation = z.output<typeof expectSchema>;

/** What probes are made with. */
export interface ProbeHost {
  clock: Clock;
  /** Where relative paths and commands of probes begin: the folder of the fleet file. */
  folder: string;
  /** All variables that a command of a probe gets. */
  environment: Readonly<Record<string, string>>;
  /** Whose commands they are, for the next daemon should this one be killed; without it they are found by nobody then. */
  owner?: string;
}

/** What one probe is made with. */
export interface ProbeSettings extends ProbeHost {
  timeoutMs: number;
  expect: Expectation;
}

/** One way to ask: the key under `probe`, what stands there, and what is made of it. */
export interface ProbeKind<K extends string = string, S extends z.ZodType = z.ZodType> {
  readonly key: K;
  readonly schema: S;
  /** What of `expect` means something here. */
  readonly expects: readonly (keyof Expectation)[];
  /** Its addresses, paths and selectors are checked by the schema already: making it does not throw. */
  create(config: z.output<S>, settings: ProbeSettings): Probe;
}

/** Says of one object that it is a kind of probe, keeping its types. */
export function probeKind<K extends string, S extends z.ZodType>(kind: ProbeKind<K, S>): ProbeKind<K, S> {
  return kind;
}
