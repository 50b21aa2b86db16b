import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { DreamnetError } from '@dreamnet/kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { programError } from '../errors.js';
import { loadOtlpCodec, type OtlpCodec, type OtlpSignal } from '../ingest/otlp/otlp-codec.js';
import type { ExportOutcome, OtlpIntake } from '../ingest/otlp/otlp-intake.js';
import type { MetricsRequest, TracesRequest } from '../ingest/otlp/otlp-messages.js';
import { checkOtlpShape } from '../ingest/otlp/otlp-shape.js';
import { UNPACKED_LIMIT_BYTES } from './body-budget.js';
import { checkUnfolding } from './json-unfolding.js';

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
/** The endpoint may be given with or without a folder of its own. */
const FOLDERS = ['', '/otlp'];
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
const INVALID_ARGUMENT = 3;
const UNIMPLEMENTED = 12;
const UNAVAILABLE = 14;

type Unpack = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;
const ENCODINGS: Readonly<Record<string, Unpack>> = {
  gzip: promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip),
  deflate: promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate),
};

/**
 * OTLP/HTTP for metrics and traces, in protobuf and JSON; answers and errors in the form of the request.
 *
 * @source https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function addOtlpRoutes(app: FastifyInstance, intake: OtlpIntake): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser([PROTOBUF, JSON_TYPE], { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    for (const folder of FOLDERS) {
      for (const signal of ['metrics', 'traces'] as const)
        scope.post(
          `${folder}/v1/${signal}`,
          { config: { role: 'agent' }, bodyLimit: BODY_LIMIT_BYTES },
          (request, reply) => takeExport(request, reply, { signal, intake }),
        );
      scope.post(`${folder}/v1/logs`, { config: { role: 'agent' } }, async (request, reply) => {
        const error = programError('DN_API_NOT_FOUND', { kind: 'OTLP signal that is taken:', name: 'logs' });
        return answerStatus(request, reply, { error, code: UNIMPLEMENTED });
      });
    }
  });
}

async function takeExport(
  request: FastifyRequest,
  reply: FastifyReply,
  { signal, intake }: { signal: OtlpSignal; intake: OtlpIntake },
): Promise<FastifyReply> {
  let outcome: ExportOutcome;
  try {
    const message = await readMessage(request, signal);
    const agent = request.caller?.agent;
    outcome =
      signal === 'metrics'
        ? await intake.metrics(message as MetricsRequest, agent)
        : await intake.traces(message as TracesRequest, agent);
  } catch (thrown) {
    return answerStatus(request, reply, { error: asRefusal(thrown), code: INVALID_ARGUMENT });
  }
  const { rejected, message, retry } = outcome;
  if (retry !== undefined) {
    // SDKs try again after 429 and 503 only.
    void reply.header('retry-after', '1');
    return answerStatus(request, reply, { error: retry, code: UNAVAILABLE });
  }
  if (!isProtobuf(request)) {
    const field = signal === 'metrics' ? 'rejectedDataPoints' : 'rejectedSpans';
    const partial =
      rejected > 0 ? { partialSuccess: { [field]: String(rejected), errorMessage: message } } : {};
    return reply.code(200).type(JSON_TYPE).send(JSON.stringify(partial));
  }
  const codec = await loadOtlpCodec();
  return reply
    .code(200)
    .type(PROTOBUF)
    .send(Buffer.from(codec.encodeAnswer(signal, rejected, message)));
}

/** What JSON holds in the wrong place within a point (a number for a text) shows when it is used. */
function asRefusal(thrown: unknown): DreamnetError {
  if (DreamnetError.is(thrown)) return thrown;
  const why = `not as OTLP says: ${DreamnetError.from(thrown).message}`;
  return programError('DN_API_BAD_INPUT', { where: 'body', why }, thrown);
}

async function readMessage(
  request: FastifyRequest,
  signal: OtlpSignal,
): Promise<MetricsRequest | TracesRequest> {
  const bytes = await unpack(request);
  if (isProtobuf(request)) return decode(await loadOtlpCodec(), signal, bytes);
  checkUnfolding(bytes);
  const message = parseJson(bytes);
  checkOtlpShape(signal, message);
  return message as MetricsRequest | TracesRequest;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (thrown) {
    throw programError('DN_API_BAD_INPUT', { where: 'body', why: DreamnetError.from(thrown).message });
  }
}

function decode(codec: OtlpCodec, signal: OtlpSignal, bytes: Buffer): MetricsRequest | TracesRequest {
  try {
    return codec.decode(signal, bytes);
  } catch (thrown) {
    if (DreamnetError.is(thrown)) throw thrown;
    const why = `no OTLP ${signal}: ${DreamnetError.from(thrown).message}`;
    throw programError('DN_API_BAD_INPUT', { where: 'body', why });
  }
}

async function unpack(request: FastifyRequest): Promise<Buffer> {
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return bytes;
  const unpacked = Object.hasOwn(ENCODINGS, encoding) ? ENCODINGS[encoding] : undefined;
  if (!unpacked) throw programError('DN_API_BAD_INPUT', { where: 'content-encoding', why: 'expected gzip' });
  try {
    return await unpacked(bytes, { maxOutputLength: UNPACKED_LIMIT_BYTES });
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
      throw programError('DN_API_TOO_LARGE', { limit: UNPACKED_LIMIT_BYTES });
    throw programError('DN_API_BAD_INPUT', { where: 'body', why: DreamnetError.from(thrown).message });
  }
}

/** An error in the form of the request: google.rpc.Status. */
async function answerStatus(
  request: FastifyRequest,
  reply: FastifyReply,
  { error, code }: { error: DreamnetError; code: number },
): Promise<FastifyReply> {
  const text = `${error.code}: ${error.message}`;
  void reply.code(code === UNAVAILABLE && error.httpStatus !== 429 ? 503 : error.httpStatus);
  if (!isProtobuf(request)) return reply.type(JSON_TYPE).send(JSON.stringify({ code, message: text }));
  const codec = await loadOtlpCodec();
  return reply.type(PROTOBUF).send(Buffer.from(codec.encodeStatus(code, text)));
}

function isProtobuf(request: FastifyRequest): boolean {
  return (request.headers['content-type'] ?? '').startsWith(PROTOBUF);
}
