import { isRecord, type JsonRecord } from '../json-rpc/json.js';
import { readMetadata, readParts, readTaskReply } from './task-state.js';
import type { A2aPart, A2aWire } from './wire.js';

/**
 * A2A 1.0 over JSON-RPC. The result of SendMessage wraps its kind (`{task}` or `{message}`), parts are told apart by
 * their members.
 *
 * @source A2A 1.0 §9.4, specification/a2a.proto
 */
export const wire10: A2aWire = {
  version: '1.0',
  methods: { send: 'SendMessage', get: 'GetTask', cancel: 'CancelTask', list: 'ListTasks' },
  sendParams: (messageId, part) => ({
    message: { messageId, role: 'ROLE_USER', parts: [writePart(part)] },
    configuration: { returnImmediately: true },
  }),
  readReply: (result) => {
    if (!isRecord(result)) return undefined;
    if (isRecord(result.message))
      return {
        kind: 'message',
        parts: readParts(result.message.parts, readPart),
        metadata: readMetadata(result.message),
      };
    return readTaskReply(result.task, readPart);
  },
  readTask: (result) => readTaskReply(result, readPart),
};

function writePart(part: A2aPart): JsonRecord {
  if (part.kind === 'text') return { text: part.text };
  return part.kind === 'data' ? { data: part.data } : part.file;
}

function readPart(part: JsonRecord): A2aPart {
  if (typeof part.text === 'string') return { kind: 'text', text: part.text };
  return 'data' in part ? { kind: 'data', data: part.data } : { kind: 'file', file: part };
}
