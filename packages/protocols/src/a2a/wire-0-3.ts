import { isRecord, type JsonRecord } from '../json-rpc/json.js';
import { readMetadata, readParts, readTaskReply } from './task-state.js';
import type { A2aPart, A2aWire } from './wire.js';

/**
 * A2A 0.3 over JSON-RPC, for agents that are not yet on 1.0: `kind` tells results and parts apart, roles and states
 * are lower case.
 *
 * @source A2A 0.3.0 §7
 */
export const wire03: A2aWire = {
  version: '0.3',
  methods: { send: 'message/send', get: 'tasks/get', cancel: 'tasks/cancel' },
  sendParams: (messageId, part) => ({
    message: { kind: 'message', messageId, role: 'user', parts: [writePart(part)] },
    configuration: { blocking: false },
  }),
  readReply: (result) => {
    if (isRecord(result) && result.kind === 'message')
      return { kind: 'message', parts: readParts(result.parts, readPart), metadata: readMetadata(result) };
    return readTaskReply(result, readPart);
  },
  readTask: (result) => readTaskReply(result, readPart),
};

function writePart(part: A2aPart): JsonRecord {
  if (part.kind === 'text') return { kind: 'text', text: part.text };
  // 0.3 allows objects only as data; anything else is wrapped, as the 1.0 migration rules do.
  if (part.kind === 'data')
    return { kind: 'data', data: isRecord(part.data) ? part.data : { value: part.data } };
  return { kind: 'file', file: part.file };
}

function readPart(part: JsonRecord): A2aPart {
  if (part.kind === 'text' && typeof part.text === 'string') return { kind: 'text', text: part.text };
  if (part.kind === 'data') return { kind: 'data', data: part.data };
  return { kind: 'file', file: isRecord(part.file) ? part.file : part };
}
