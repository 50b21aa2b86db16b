import type { Clock, Probe, ProbeResult } from '@dreamnet/contracts';
import { systemClock } from '@dreamnet/kit';
import { isAnswer } from '../answered.js';
import { parseHttpUrl, publicUrl } from '../http/address.js';
import { exchangeHttp, type HttpAnswer } from '../http/exchange.js';
import { failureReason } from '../http/http-probe.js';
import { mediaTypeOf } from '../http/media-type.js';
import type { MetricFamily, ParsedExposition } from './exposition.js';
import { readOpenMetrics } from './openmetrics.js';
import { readPrometheusText } from './prometheus-text.js';
import { type Reading, readInTurns } from './reading-steps.js';
import {
  type MetricCondition,
  type MetricSelector,
  parseCondition,
  parseSelector,
  selectValue,
} from './selector.js';

/** The largest page read: some ten thousand lines. A page cut in the middle would be read wrong, so it is refused. */
const PAGE_LIMIT_BYTES = 8 * 1024 * 1024;
const ACCEPT = 'application/openmetrics-text; version=1.0.0, text/plain; version=0.0.4; q=0.5, */*; q=0.1';

export interface PrometheusProbeOptions {
  url: string;
  /** Metrics to take, by the name they are to have here; the value selects them: `app_queue{queue="mail"}`. */
  metrics?: Readonly<Record<string, string>>;
  /** Must hold for the answer to be good, such as `app_up == 1`. Without it a page that can be read is good. */
  up?: string;
  /** Default 1000. */
  timeoutMs?: number;
  clock?: Clock;
}

/**
 * A probe that scrapes a page of metrics in either text format, takes some of them along and judges by one.
 *
 * @returns A probe that never throws and settles by its own deadline.
 * @throws DN_HTTP_BAD_URL, DN_METRIC_SELECTOR at once.
 */
export function prometheusProbe(options: PrometheusProbeOptions): Probe {
  const url = parseHttpUrl(options.url);
  const clock = options.clock ?? systemClock();
  const wanted = Object.entries(options.metrics ?? {}).map(
    ([name, text]) => [name, parseSelector(text)] as const,
  );
  const up = options.up === undefined ? undefined : parseCondition(options.up);
  const asked = `GET ${publicUrl(url)}`;
  return async (signal) => {
    const startedMs = clock.monotonic();
    const settle = (result: ProbeResult): ProbeResult => ({
      ...result,
      latencyMs: clock.monotonic() - startedMs,
      evidence: { asked, ...result.evidence },
    });
    try {
      const timeoutMs = options.timeoutMs ?? 1000;
      const headers = { accept: ACCEPT };
      const answer = await exchangeHttp({
        url,
        clock,
        signal,
        timeoutMs,
        headers,
        limitBytes: PAGE_LIMIT_BYTES,
      });
      const page = answer.status === 200 ? await readInTurns(readPage(answer), { clock, signal }) : undefined;
      return settle(judgePage(answer, page, { wanted, up }));
    } catch (thrown) {
      return settle({ ok: false, isAnswered: isAnswer(thrown), reason: failureReason(thrown) });
    }
  };
}

interface Judged {
  wanted: readonly (readonly [string, MetricSelector])[];
  up: MetricCondition | undefined;
}

function judgePage(
  answer: HttpAnswer,
  page: ParsedExposition | undefined,
  { wanted, up }: Judged,
): ProbeResult {
  const bad = (reason: string, evidence: Record<string, unknown> = {}): ProbeResult => ({
    ok: false,
    isAnswered: true,
    reason,
    evidence: { status: answer.status, ...evidence },
  });
  if (answer.status !== 200) return bad(`answered ${answer.status}, expected 200`);
  if (page === undefined)
    return bad(`answered ${answer.body.length} bytes of metrics, which were not read in the time for it`);
  if (!page.isAccepted) return bad(`its metrics cannot be read: line ${page.line}: ${page.why}`);
  const { metrics, missing } = take(page.families, wanted);
  const evidence = { families: page.families.length, ...(missing.length > 0 && { missing }) };
  const value = up && selectValue(page.families, up.selector);
  const problem = up === undefined ? undefined : problemOf(up, value);
  const reason = up === undefined ? `answered ${page.families.length} metrics` : `${up.text}: it is ${value}`;
  const verdict = problem === undefined ? { ok: true, isAnswered: true, reason } : bad(problem);
  return { ...verdict, evidence: { status: answer.status, ...evidence }, metrics };
}

function problemOf(up: MetricCondition, value: number | undefined): string | undefined {
  if (value === undefined) return `there is no ${up.selector.text} among its metrics`;
  return up.holds(value) ? undefined : `expected ${up.text}; it is ${value}`;
}

function readPage({ headers, body }: HttpAnswer): Reading<ParsedExposition> {
  const text = body.toString('utf8');
  const isOpenMetrics = mediaTypeOf(headers['content-type']) === 'application/openmetrics-text';
  return isOpenMetrics ? readOpenMetrics(text) : readPrometheusText(text);
}

function take(
  families: readonly MetricFamily[],
  wanted: readonly (readonly [string, MetricSelector])[],
): { metrics: Record<string, number>; missing: string[] } {
  const found: [string, number][] = [];
  const missing: string[] = [];
  for (const [name, selector] of wanted) {
    const value = selectValue(families, selector);
    if (value === undefined) missing.push(name);
    else found.push([name, value]);
  }
  return { metrics: Object.fromEntries(found), missing };
}
