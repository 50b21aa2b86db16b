import type { Clock } from '@dreamnet/contracts';
import { DreamnetError, sleep } from '@dreamnet/kit';
import { CLIENT_INFO, SHORT_ANSWER_LIMIT_BYTES } from '../client-info.js';
import { protocolsError } from '../errors.js';
import { depthProblem, isRecord, type JsonRecord } from '../json-rpc/json.js';
import type { RpcReply } from '../json-rpc/pending-requests.js';
import type { McpChannel, McpEra } from './channel.js';

/** The modern revision this client speaks. */
export const MODERN_VERSION = '2026-07-28';

/** The legacy revisions this client speaks, newest first. */
export const LEGACY_VERSIONS: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

/** Codes only a modern server uses: header mismatch, missing client capability, unsupported version. */
const MODERN_ERROR_CODES: readonly number[] = [-32020, -32021, -32022];

/** What was found out about a server. Pass it as `prior` at the next start of the same program: no second guess. */
export interface McpVerdict {
  era: McpEra;
  version: string;
  serverInfo: { name: string; version: string };
  capabilities: JsonRecord;
}

export interface NegotiateOptions {
  clock: Clock;
  prior?: Pick<McpVerdict, 'era'>;
  /** How long a server may leave `server/discover` unanswered before `initialize` is sent too. */
  discoverTimeoutMs: number;
  connectTimeoutMs: number;
  signal?: AbortSignal;
}

/** Statuses that say who may ask, and nothing about the era. */
const LOCKED_OUT: readonly unknown[] = [401, 403];

type Discovery = McpVerdict | { era: 'unknown'; because: string };

/**
 * Finds the era of a server and shakes hands. Modern is tried first; a refusal, or silence for `discoverTimeoutMs`,
 * brings `initialize`. A server that was only slow to start may still answer the first question: the first conclusive
 * answer decides. With a prior verdict `legacy` the order is turned round.
 *
 * @throws DN_MCP_HANDSHAKE_FAILED, DN_MCP_NO_COMMON_VERSION, DN_MCP_TIMEOUT, DN_MCP_CLOSED, DN_MCP_CANCELLED
 * @source MCP 2026-07-28, basic/transports/stdio and streamable-http, "Backward Compatibility"
 */
export async function negotiate(channel: McpChannel, options: NegotiateOptions): Promise<McpVerdict> {
  const verdict =
    options.prior?.era === 'legacy'
      ? await legacyFirst(channel, options)
      : await modernFirst(channel, options);
  channel.adopt(verdict.version, verdict.era);
  if (verdict.era === 'legacy') await channel.notify('notifications/initialized', {});
  return verdict;
}

/** Params of a modern request: who asks and in which revision goes with every one. */
export function withModernMeta(params: JsonRecord): JsonRecord {
  return {
    ...params,
    _meta: {
      'io.modelcontextprotocol/protocolVersion': MODERN_VERSION,
      'io.modelcontextprotocol/clientInfo': CLIENT_INFO,
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  };
}

async function modernFirst(channel: McpChannel, options: NegotiateOptions): Promise<McpVerdict> {
  const giveUp = new AbortController();
  const signals = options.signal ? [options.signal, giveUp.signal] : [giveUp.signal];
  const discovery = discover(channel, options.connectTimeoutMs, AbortSignal.any(signals));
  // When `initialize` wins, the losing question ends in a rejection nobody waits for.
  discovery.catch(() => undefined);
  const patience = sleep(options.clock, options.discoverTimeoutMs, giveUp.signal).then(
    () => 'silent' as const,
  );
  try {
    const first = await Promise.race([discovery, patience]);
    if (first === 'silent') return await eitherAnswer(discovery, channel, options);
    return first.era === 'unknown' ? await initialize(channel, options) : first;
  } finally {
    giveUp.abort();
  }
}

async function legacyFirst(channel: McpChannel, options: NegotiateOptions): Promise<McpVerdict> {
  const reply = await channel.request('initialize', initializeParams(), waitOf(options));
  if (reply.ok) return readInitialize(reply.result);
  const discovery = await discover(channel, options.connectTimeoutMs, options.signal);
  if (discovery.era !== 'unknown') return discovery;
  throw handshakeFailed(`'initialize' was refused: ${reply.error.message}`);
}

/**
 * Both questions are under way. A modern server answers the first and refuses the second, in one breath: a refusal
 * waits a little for the other answer.
 */
function eitherAnswer(
  discovery: Promise<Discovery>,
  channel: McpChannel,
  options: NegotiateOptions,
): Promise<McpVerdict> {
  const modern = modernOnly(discovery);
  const greeted = initialize(channel, options).catch(async (refused: unknown) => {
    const late = sleep(options.clock, options.discoverTimeoutMs, options.signal).then(() => undefined);
    const found = await Promise.race([modern, late]);
    if (found === undefined) throw DreamnetError.from(refused);
    return found;
  });
  return Promise.race([modern, greeted]);
}

/** Resolves for a modern verdict and otherwise never: `initialize` then decides alone. */
function modernOnly(discovery: Promise<Discovery>): Promise<McpVerdict> {
  return new Promise((resolve) => {
    discovery.then(
      (found) => found.era !== 'unknown' && resolve(found),
      () => undefined,
    );
  });
}

async function discover(channel: McpChannel, timeoutMs: number, signal?: AbortSignal): Promise<Discovery> {
  const wait = { timeoutMs, limitBytes: SHORT_ANSWER_LIMIT_BYTES, ...(signal && { signal }) };
  try {
    const reply = await channel.request('server/discover', withModernMeta({}), wait);
    return reply.ok ? readDiscover(reply.result) : readDiscoverRefusal(reply);
  } catch (thrown) {
    const error = DreamnetError.from(thrown);
    // Over HTTP a legacy server refuses what it does not know by status alone; who is not let in stays refused.
    if (error.code !== 'DN_HTTP_REFUSED' || LOCKED_OUT.includes(error.details.status)) throw error;
    return { era: 'unknown', because: error.message };
  }
}

function readDiscover(result: unknown): Discovery {
  refuseTooDeep('server/discover', result);
  if (!isRecord(result) || !isStringArray(result.supportedVersions))
    return { era: 'unknown', because: 'the answer to server/discover names no versions' };
  if (!result.supportedVersions.includes(MODERN_VERSION)) return withoutModern(result.supportedVersions);
  const meta = isRecord(result._meta) ? result._meta : {};
  return {
    era: 'modern',
    version: MODERN_VERSION,
    serverInfo: readServerInfo(meta['io.modelcontextprotocol/serverInfo']),
    capabilities: isRecord(result.capabilities) ? result.capabilities : {},
  };
}

function readDiscoverRefusal(reply: RpcReply & { ok: false }): Discovery {
  const { code, message, data } = reply.error;
  if (!MODERN_ERROR_CODES.includes(code)) return { era: 'unknown', because: message };
  const supported = isRecord(data) && isStringArray(data.supported) ? data.supported : undefined;
  if (supported && !supported.includes(MODERN_VERSION)) return withoutModern(supported);
  throw handshakeFailed(`'server/discover' was refused: ${message} (JSON-RPC code ${code})`);
}

/** A server that lists versions, but not ours: `initialize` is worth a try only for a version both know. */
function withoutModern(theirs: readonly string[]): Discovery {
  if (theirs.some((version) => LEGACY_VERSIONS.includes(version)))
    return { era: 'unknown', because: `it speaks ${theirs.join(', ')}` };
  throw noCommonVersion(theirs.join(', '));
}

async function initialize(channel: McpChannel, options: NegotiateOptions): Promise<McpVerdict> {
  const reply = await channel.request('initialize', initializeParams(), waitOf(options));
  if (!reply.ok)
    throw handshakeFailed(
      `'initialize' was refused: ${reply.error.message} (JSON-RPC code ${reply.error.code})`,
    );
  return readInitialize(reply.result);
}

function readInitialize(result: unknown): McpVerdict {
  refuseTooDeep('initialize', result);
  if (!isRecord(result) || typeof result.protocolVersion !== 'string')
    throw handshakeFailed("the answer to 'initialize' has no protocolVersion");
  if (!LEGACY_VERSIONS.includes(result.protocolVersion)) throw noCommonVersion(result.protocolVersion);
  return {
    era: 'legacy',
    version: result.protocolVersion,
    serverInfo: readServerInfo(result.serverInfo),
    capabilities: isRecord(result.capabilities) ? result.capabilities : {},
  };
}

/** What the server says of itself is kept and shown. @throws DN_MCP_HANDSHAKE_FAILED */
function refuseTooDeep(method: string, result: unknown): void {
  const problem = depthProblem(result);
  if (problem !== undefined) throw handshakeFailed(`the answer to '${method}' cannot be used: ${problem}`);
}

function initializeParams(): JsonRecord {
  return { protocolVersion: LEGACY_VERSIONS[0], capabilities: {}, clientInfo: CLIENT_INFO };
}

function waitOf(options: NegotiateOptions) {
  const { connectTimeoutMs: timeoutMs, signal } = options;
  return { timeoutMs, limitBytes: SHORT_ANSWER_LIMIT_BYTES, ...(signal && { signal }) };
}

function readServerInfo(value: unknown): { name: string; version: string } {
  const info = isRecord(value) ? value : {};
  return {
    name: typeof info.name === 'string' ? info.name : 'unnamed',
    version: typeof info.version === 'string' ? info.version : 'unknown',
  };
}

function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function handshakeFailed(reason: string) {
  return protocolsError('DN_MCP_HANDSHAKE_FAILED', { reason, delivered: true });
}

function noCommonVersion(theirs: string) {
  const ours = [MODERN_VERSION, ...LEGACY_VERSIONS].join(', ');
  return protocolsError('DN_MCP_NO_COMMON_VERSION', { theirs, ours, delivered: true });
}
