import { parseExactly } from '../json-rpc/exact-json.js';
import { isRecord, type JsonRecord } from '../json-rpc/json.js';

/** One tool as the server describes it. */
export interface McpTool {
  name: string;
  title?: string;
  description?: string;
  /** JSON Schema of the arguments. */
  inputSchema: JsonRecord;
  /** The server's own hints, such as `idempotentHint` and `readOnlyHint`; unverified. */
  annotations?: JsonRecord;
}

/** What a tool gave. `isError`: the tool ran and failed; that is an outcome, not a broken connection. */
export interface McpToolResult {
  content: readonly JsonRecord[];
  structuredContent?: unknown;
  /** `_meta`: what the server says beside the result, such as what it used. */
  meta?: JsonRecord;
  isError: boolean;
}

/** A tool of a listing, or undefined when the entry is not one. */
export function readTool(value: unknown): McpTool | undefined {
  if (!isRecord(value) || typeof value.name !== 'string') return undefined;
  return {
    name: value.name,
    ...(typeof value.title === 'string' && { title: value.title }),
    ...(typeof value.description === 'string' && { description: value.description }),
    inputSchema: isRecord(value.inputSchema) ? value.inputSchema : { type: 'object' },
    ...(isRecord(value.annotations) && { annotations: value.annotations }),
  };
}

/** A tool result as it came, or undefined when it is not one. */
export function readToolResult(value: unknown): McpToolResult | undefined {
  if (!isRecord(value)) return undefined;
  const content = value.content ?? [];
  if (!Array.isArray(content) || !content.every(isRecord)) return undefined;
  return {
    content,
    ...(value.structuredContent === undefined ? {} : { structuredContent: value.structuredContent }),
    ...(isRecord(value._meta) && { meta: value._meta }),
    isError: value.isError === true,
  };
}

/**
 * The plain value in a tool result, for callers that do not care about content blocks: the structured content; else
 * the joined text, parsed when all of it is one JSON object or array whose every number comes through, and exactly as it
 * is otherwise; else the blocks as they are.
 */
export function toolOutput(result: McpToolResult): unknown {
  if (result.structuredContent !== undefined) return result.structuredContent;
  const text = textOf(result);
  return text === undefined ? result.content : (parseExactly(text) ?? text);
}

/** What a tool says of its failure: its text as it is, else what it gave, as JSON. */
export function toolFailure(result: McpToolResult): string {
  return textOf(result) || JSON.stringify(result.structuredContent ?? result.content);
}

/** Undefined when there is a block of another kind among the texts. */
function textOf({ content }: McpToolResult): string | undefined {
  const texts = content.map((block) => (block.type === 'text' ? block.text : undefined));
  return texts.every((text) => typeof text === 'string') ? texts.join('\n') : undefined;
}
