import type { Clock, Probe, ProbeResult } from '@dreamnet/contracts';
import { DreamnetError, systemClock } from '@dreamnet/kit';
import { isAnswer } from '../answered.js';
import { parseHttpUrl, publicUrl } from './address.js';
import { exchangeHttp, type HttpAnswer } from './exchange.js';

/** A health endpoint's body matters little: what is longer is cut here and still counts. */
const PROBE_BODY_LIMIT_BYTES = 64 * 1024;

export interface HttpProbeOptions {
  url: string;
  /** Default 1000. */
  timeoutMs?: number;
  /** The status that means well, or the lowest and highest that do. Default `[200, 299]`. */
  expectStatus?: number | readonly [number, number];
  /** A text the body must contain, within its first 64 KiB. */
  expectBody?: string;
  headers?: Readonly<Record<string, string>>;
  clock?: Clock;
}

/**
 * A probe that GETs a URL and judges the status. Each asking has a socket of its own, so that a half-open server
 * cannot hide behind an old connection; redirects are not followed: a redirect is an answer like another.
 *
 * @returns A probe that never throws and settles by its own deadline.
 * @throws DN_HTTP_BAD_URL at once, when the URL is none.
 */
export function httpProbe(options: HttpProbeOptions): Probe {
  const { expectStatus = [200, 299], expectBody } = options;
  return judgedProbe(options, (answer) => {
    const judged = judgeStatus(answer, expectStatus);
    const verdict = judged.ok ? judgeBody(judged, answer, expectBody) : judged;
    return { verdict, evidence: { bodyBytes: answer.body.length } };
  });
}

/** What an answer means, and what of it is evidence beside its status. */
export type JudgeAnswer = (answer: HttpAnswer) => {
  verdict: Omit<ProbeResult, 'latencyMs' | 'evidence'>;
  evidence?: object;
};

/** A probe that GETs a URL as `httpProbe` does, for a protocol with a judgement of its own. */
export function judgedProbe(
  options: Pick<HttpProbeOptions, 'url' | 'timeoutMs' | 'headers' | 'clock'>,
  judge: JudgeAnswer,
): Probe {
  const url = parseHttpUrl(options.url);
  const clock = options.clock ?? systemClock();
  const asked = `GET ${publicUrl(url)}`;
  return async (signal) => {
    const startedMs = clock.monotonic();
    const settle = (verdict: ReturnType<JudgeAnswer>['verdict'], more: object): ProbeResult => ({
      ...verdict,
      latencyMs: clock.monotonic() - startedMs,
      evidence: { asked, ...more },
    });
    try {
      const answer = await exchangeHttp({
        url,
        clock,
        signal,
        timeoutMs: options.timeoutMs ?? 1000,
        ...(options.headers && { headers: options.headers }),
        limitBytes: PROBE_BODY_LIMIT_BYTES,
        onLimit: 'cut',
      });
      const { verdict, evidence } = judge(answer);
      return settle(verdict, { status: answer.status, ...evidence });
    } catch (thrown) {
      return settle({ ok: false, isAnswered: isAnswer(thrown), reason: failureReason(thrown) }, {});
    }
  };
}

/**
 * Why a round trip failed, short enough for a table cell: the `reason` the error carries, else its message.
 */
export function failureReason(thrown: unknown): string {
  const error = DreamnetError.from(thrown);
  if (error.code === 'DN_HTTP_CANCELLED') return 'cancelled before an answer came';
  return typeof error.details.reason === 'string' ? error.details.reason : error.message;
}

function judgeBody(verdict: Verdict, answer: HttpAnswer, expected: string | undefined): Verdict {
  if (expected === undefined || answer.body.includes(expected)) return verdict;
  return {
    ...verdict,
    ok: false,
    reason: `${verdict.reason}, without ${JSON.stringify(expected)} in the body`,
  };
}

type Verdict = Pick<ProbeResult, 'ok' | 'isAnswered' | 'reason'>;

function judgeStatus(answer: HttpAnswer, expected: number | readonly [number, number]): Verdict {
  const [low, high] = typeof expected === 'number' ? [expected, expected] : expected;
  const ok = answer.status >= low && answer.status <= high;
  const wanted = low === high ? `${low}` : `${low} to ${high}`;
  const reason = ok ? `answered ${answer.status}` : `answered ${answer.status}, expected ${wanted}`;
  return { ok, isAnswered: true, reason };
}
