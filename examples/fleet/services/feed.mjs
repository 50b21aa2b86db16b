// feed (social): posts the state of the ledger every second and tells the daemon how it is by heartbeats over HTTP.
// Without the ledger it has nothing to post: it says so in its heartbeat, and recovers by itself when the ledger answers.
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createLog, onStop, refuse } from './service.mjs';

const log = createLog('feed');
const ledger = `http://127.0.0.1:${process.env.LEDGER_PORT ?? 7801}`;
const file = process.env.FEED_FILE ?? 'data/feed.jsonl';
const { DREAMNET_URL: daemon, DREAMNET_TOKEN: token, DREAMNET_AGENT: name = 'feed' } = process.env;
const POST_EVERY_MS = 1_000;
const HEARTBEAT_EVERY_MS = 1_000;
const LEDGER_TIMEOUT_MS = 800;
const RETRY_MS = { first: 250, longest: 5_000 };

const ended = new AbortController();
const state = { status: 'unknown', details: 'no post yet', posts: 0, inFlight: 0, postTimes: [] };

/** One post: what the ledger says about itself. */
async function post() {
  state.inFlight = 1;
  try {
    const response = await fetch(`${ledger}/healthz`, { signal: AbortSignal.timeout(LEDGER_TIMEOUT_MS) });
    const answer = await response.json();
    if (!response.ok) return become('error', `ledger answers ${response.status}: ${answer.details}`);
    appendFileSync(file, `${JSON.stringify({ at: Date.now(), text: `ledger: ${answer.details}` })}\n`);
    state.posts += 1;
    state.postTimes.push(Date.now());
    become('ok', 'posting');
  } catch (error) {
    become('error', `ledger does not answer: ${error.cause?.code ?? error.message}`);
  } finally {
    state.inFlight = 0;
  }
}

/** Logs only when something changes. */
function become(status, details) {
  if (status !== state.status) log(status === 'ok' ? 'working' : 'not-working', { details });
  Object.assign(state, { status, details });
}

function postsPerMinute() {
  const since = Date.now() - 60_000;
  state.postTimes = state.postTimes.filter((at) => at > since);
  return state.postTimes.length;
}

function report(seq) {
  return {
    subsystem: name,
    status: state.status,
    details: state.details,
    at: Date.now(),
    seq,
    inFlight: state.inFlight,
    progress: state.posts,
    metrics: { postsPerMinute: postsPerMinute(), posts: state.posts },
    ttlMs: 5 * HEARTBEAT_EVERY_MS,
  };
}

/** One heartbeat; returns what went wrong, empty when it arrived. */
async function heartbeat(seq) {
  try {
    const response = await fetch(`${daemon}/api/heartbeats`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(report(seq)),
      signal: AbortSignal.timeout(2_000),
    });
    await response.arrayBuffer();
    return response.ok ? '' : `status ${response.status}`;
  } catch (error) {
    return error.cause?.code ?? error.message;
  }
}

/** Heartbeats for ever. While the daemon is away: tries again after 0.25 s, doubling to 5 s, and goes on working. */
async function tell() {
  let retryMs = RETRY_MS.first;
  let lastProblem = '';
  for (let seq = 1; !ended.signal.aborted; seq += 1) {
    const problem = await heartbeat(seq);
    if (problem !== lastProblem)
      log(problem ? 'daemon-away' : 'daemon-answers', problem ? { because: problem } : {});
    await pause(problem ? retryMs : HEARTBEAT_EVERY_MS);
    retryMs = problem ? Math.min(retryMs * 2, RETRY_MS.longest) : RETRY_MS.first;
    lastProblem = problem;
  }
}

async function work() {
  while (!ended.signal.aborted) {
    await post();
    await pause(POST_EVERY_MS);
  }
}

/** A wait that SIGTERM ends early. */
const pause = (ms) => wait(ms, undefined, { signal: ended.signal }).catch((error) => error.name);

try {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, '');
} catch (error) {
  refuse(log, `${file}: ${error.message}`);
}
onStop((signal) => {
  log('stopping', { signal });
  ended.abort();
});
log('started', { pid: process.pid, ledger, heartbeats: daemon ?? 'off' });
await Promise.all([work(), daemon ? tell() : undefined]);
log('stopped', { posts: state.posts });
