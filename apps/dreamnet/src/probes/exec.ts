import type { Clock, Probe, ProbeResult } from '@dreamnet/contracts';
import { commandSchema } from './command.js';
import { type Expectation, probeKind } from './probe-kind.js';
import { type ShortLivedChild, startShortLived } from './short-lived-child.js';

/** The first so many bytes of what a command prints are kept; the rest is read and dropped, so that it never blocks. */
const OUTPUT_LIMIT_BYTES = 16 * 1024;
/** As much of the last line as goes into a reason. */
const SHOWN = 200;

/** Runs a command; good is the exit code 0 unless `expect` says otherwise. */
export const execKind = probeKind({
  key: 'exec',
  schema: commandSchema,
  expects: ['exitCode', 'output'],
  create: (command, settings) => {
    const { clock, timeoutMs, expect } = settings;
    const start = () => startShortLived(command, settings);
    return execProbe({ command, start, clock, timeoutMs, expect });
  },
});

interface ExecProbe {
  command: readonly string[];
  start: () => ShortLivedChild;
  clock: Clock;
  timeoutMs: number;
  expect: Expectation;
}

function execProbe(options: ExecProbe): Probe {
  const { clock, timeoutMs } = options;
  return (signal) =>
    new Promise((resolve) => {
      const startedMs = clock.monotonic();
      const child = options.start();
      const output = collect(child);
      const settle = (
        verdict: Pick<ProbeResult, 'ok' | 'isAnswered' | 'reason'>,
        more: object = {},
      ): void => {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        // Whatever it left running would pile up, once per question.
        child.end();
        const evidence = { ran: options.command[0], ...more, output: output.text().slice(-SHOWN) };
        resolve({ ...verdict, latencyMs: clock.monotonic() - startedMs, evidence });
      };
      const late = (reason: string) => settle({ ok: false, isAnswered: false, reason });
      const onAbort = () => late('cancelled before it ended');
      const timer = clock.setTimeout(
        () => late(`did not end within ${timeoutMs} ms; it was killed with all it started`),
        timeoutMs,
      );
      child.process.once('error', ({ message }) => late(`could not be started: ${message}`));
      // Not `close`: a child it left behind may hold the pipes open for ever.
      child.process.once('exit', (code, killedBy) => {
        const exit = { code, killedBy };
        output.whenQuiet(() => settle(judge(exit, output.text(), options.expect), { exitCode: code }));
      });
      child.process.stdin.end();
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
}

function judge(
  { code, killedBy }: { code: number | null; killedBy: string | null },
  output: string,
  { exitCode = 0, output: wanted }: Expectation,
): Pick<ProbeResult, 'ok' | 'isAnswered' | 'reason'> {
  if (code === null) return { ok: false, isAnswered: true, reason: `was ended by ${killedBy}` };
  const lastLine = output.trimEnd().split('\n').at(-1) ?? '';
  const said = lastLine === '' ? '' : `: ${lastLine.slice(0, SHOWN)}`;
  if (code !== exitCode)
    return { ok: false, isAnswered: true, reason: `exit code ${code}, expected ${exitCode}${said}` };
  if (wanted !== undefined && !output.includes(wanted))
    return {
      ok: false,
      isAnswered: true,
      reason: `exit code ${code}, without ${JSON.stringify(wanted)} in its output`,
    };
  return { ok: true, isAnswered: true, reason: `exit code ${code}${said}` };
}

function collect({ process: child }: ShortLivedChild) {
  const parts: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer): void => {
    const room = OUTPUT_LIMIT_BYTES - size;
    if (room <= 0) return;
    const kept = chunk.subarray(0, room);
    size += kept.length;
    parts.push(kept);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  return {
    text: (): string => Buffer.concat(parts).toString('utf8'),
    /** What was printed before the exit may still be in the pipe: it is read in the turns that follow. */
    whenQuiet: (go: () => void): void => {
      setImmediate(() => setImmediate(go));
    },
  };
}
