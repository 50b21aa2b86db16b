import type { Clock, PostedAlert } from '@dreamnet/contracts';
import type { AlertDelivery, PostRefusal } from '@dreamnet/dreamnet-os-core';
import { DreamnetError } from '@dreamnet/kit';
import { programError } from '../../errors.js';
import { VERSION } from '../../version.js';
import { checkUnfolding } from '../json-unfolding.js';
import {
  type Answer,
  type ApiRoute,
  emptyAnswer,
  jsonAnswer,
  jsonTextAnswer,
  refusalAnswer,
  textAnswer,
} from './exchange.js';
import { readPostedAlerts } from './posted-alerts.js';
import { readAlertQuery } from './query.js';
import { refusal } from './refusal.js';
import { alertChunks, groupChunks } from './shown-alerts.js';
import { silenceRoutes } from './silence-routes.js';

/** What Alertmanager's API is answered from. */
export interface AlertmanagerParts {
  delivery: AlertDelivery;
  clock: Clock;
  /** Epoch ms. */
  startedAt: number;
  /** The configuration as it may be shown: without secrets. */
  shownConfig: () => string;
  isReady: () => boolean;
  /** Puts the file as it is now in force. @throws When it cannot be; the old one then stays in force. */
  reload: () => Promise<void>;
  /** Told when alerts are refused because as many as may be held are. */
  onFull?: (message: string) => void;
  /** Told of each batch of alerts, and how many there are. */
  onPosted?: (alerts: number) => void;
  /** Told when a list is so long that it goes out in pieces. */
  onLongAnswer?: () => void;
}

/** A Prometheus sends far less at once; a listing that was saved and is posted again may be large. */
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;
/** Problems named in one answer; what is wrong with one alert is mostly wrong with all. */
const SHOWN_PROBLEMS = 10;
/** So many alerts are taken in within some milliseconds. */
const MOST_AT_ONCE = 1000;
/** Alerts that nobody repeats end within minutes. */
const RETRY_AFTER_SECONDS = 60;

/**
 * Alertmanager's API v2 with its lifecycle pages, so that Prometheus, amtool and dashboards need not know whom they talk to.
 *
 * @source Alertmanager, api/v2/openapi.yaml
 */
export function alertmanagerRoutes(parts: AlertmanagerParts): readonly ApiRoute[] {
  return [
    ...lifecycleRoutes(parts),
    ...alertRoutes(parts),
    ...silenceRoutes(parts.delivery.silences),
    ...statusRoutes(parts),
  ];
}

function lifecycleRoutes(parts: AlertmanagerParts): readonly ApiRoute[] {
  const isReady = () => (parts.isReady() ? textAnswer('OK') : textAnswer('Starting', 503));
  const reload = async () => {
    try {
      await parts.reload();
      return textAnswer('');
    } catch (thrown) {
      const { code, message } = DreamnetError.from(thrown);
      return textAnswer(`failed to reload config: ${code}: ${message}\n`, 500);
    }
  };
  return [
    { method: 'GET', path: '/-/healthy', access: 'open', answer: () => textAnswer('OK') },
    { method: 'GET', path: '/-/ready', access: 'open', answer: isReady },
    { method: 'POST', path: '/-/reload', access: 'writing', answer: reload },
  ];
}

function alertRoutes(parts: AlertmanagerParts): readonly ApiRoute[] {
  const { delivery } = parts;
  const post: ApiRoute['answer'] = ({ body }) => {
    checkUnfolding(body ?? '');
    const read = readPostedAlerts(body);
    if (!read.ok) return refusalAnswer(read.refusal);
    parts.onPosted?.(read.alerts.length);
    if (read.alerts.length <= MOST_AT_ONCE) return answerPosted(parts, delivery.post(read.alerts));
    return postInParts(delivery, read.alerts).then((refused) => answerPosted(parts, refused));
  };
  const list: ApiRoute['answer'] = ({ query }) => {
    const read = readAlertQuery(query);
    return read.ok
      ? inChunks(parts, alertChunks(delivery.eachAlert(read.query)))
      : refusalAnswer(read.refusal);
  };
  const listGroups: ApiRoute['answer'] = ({ query }) => {
    const read = readAlertQuery(query);
    return read.ok ? inChunks(parts, groupChunks(delivery.groups(read.query))) : refusalAnswer(read.refusal);
  };
  const path = '/api/v2/alerts';
  return [
    { method: 'POST', path, access: 'writing', bodyLimitBytes: BODY_LIMIT_BYTES, answer: post },
    { method: 'GET', path, access: 'reading', answer: list },
    { method: 'GET', path: `${path}/groups`, access: 'reading', answer: listGroups },
  ];
}

/** A file of 100,000 alerts takes a second to take in: whoever else asks or is to be told does not wait for it. */
async function postInParts(
  delivery: AlertDelivery,
  alerts: readonly PostedAlert[],
): Promise<readonly PostRefusal[]> {
  const refused: PostRefusal[] = [];
  for (let first = 0; first < alerts.length; first += MOST_AT_ONCE) {
    for (const one of delivery.post(alerts.slice(first, first + MOST_AT_ONCE)))
      refused.push({ ...one, index: first + one.index });
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return refused;
}

function answerPosted(parts: AlertmanagerParts, refused: readonly PostRefusal[]): Answer {
  if (refused.length === 0) return emptyAnswer;
  const full = refused.filter(({ isFull }) => isFull).length;
  return full > 0 ? answerFull(parts, full) : refusalAnswer(refusal(400, problemsText(refused)));
}

/** Alertmanager has no such limit and so no words for it. */
function answerFull(parts: AlertmanagerParts, refused: number): Answer {
  const { code, message } = programError('DN_ALERTS_FULL', { refused, limit: parts.delivery.room().limit });
  parts.onFull?.(message);
  const answer = refusalAnswer({ status: 503, body: { code: 503, message: `${code}: ${message}` } });
  return { ...answer, headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } };
}

function problemsText(refused: readonly PostRefusal[]): string {
  const shown = refused.slice(0, SHOWN_PROBLEMS).map(({ problem }) => problem);
  if (refused.length > shown.length) shown.push(`and ${refused.length - shown.length} more`);
  return shown.join('; ');
}

/** A short list goes out as one text; a long one as it is made. */
function inChunks({ onLongAnswer }: AlertmanagerParts, chunks: Generator<Buffer>): Answer {
  const first = chunks.next();
  const second = chunks.next();
  if (first.done) return jsonTextAnswer('[]\n');
  if (second.done) return jsonTextAnswer(first.value.toString());
  onLongAnswer?.();
  const all = function* () {
    yield first.value;
    yield second.value;
    yield* chunks;
  };
  return jsonTextAnswer(all());
}

function statusRoutes(parts: AlertmanagerParts): readonly ApiRoute[] {
  const receivers = () => jsonAnswer(parts.delivery.receivers().map((name) => ({ name })));
  const status = () =>
    jsonAnswer({
      cluster: { peers: [], status: 'disabled' },
      config: { original: parts.shownConfig() },
      uptime: new Date(parts.startedAt).toISOString(),
      versionInfo: {
        branch: 'dreamnet',
        buildDate: '',
        buildUser: '',
        goVersion: '',
        revision: '',
        version: VERSION,
      },
    });
  return [
    { method: 'GET', path: '/api/v2/receivers', access: 'reading', answer: receivers },
    { method: 'GET', path: '/api/v2/status', access: 'reading', answer: status },
  ];
}
