import { createRequire } from 'node:module';
import { DreamnetError } from '@dreamnet/kit';
import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { schemaPatterns } from './schema-patterns.js';

type AjvModule = { Ajv2020: new (options: object) => Ajv2020 };
type Schema = Readonly<Record<string, unknown>>;

export type SchemaVerdict =
  | { ok: true }
  | { ok: false; kind: 'schema'; problem: string }
  | { ok: false; kind: 'value'; errors: readonly ErrorObject[] };

/** Compiled once per schema object; a schema that nobody holds any more goes with its validator. */
const compiled = new WeakMap<Schema, ValidateFunction | string>();
let ajv: Ajv2020 | undefined;

/**
 * Checks a value against a JSON Schema (draft 2020-12), whose patterns are RE2's. Never throws; remote references are not
 * loaded.
 */
export function checkAgainstSchema(schema: Schema, value: unknown): SchemaVerdict {
  const validate = compiled.get(schema) ?? compile(schema);
  if (typeof validate === 'string') return { ok: false, kind: 'schema', problem: validate };
  try {
    return validate(value)
      ? { ok: true }
      : { ok: false, kind: 'value', errors: [...(validate.errors ?? [])] };
  } catch (thrown) {
    return { ok: false, kind: 'schema', problem: DreamnetError.from(thrown).message };
  }
}

function compile(schema: Schema): ValidateFunction | string {
  let result: ValidateFunction | string;
  try {
    result = loadAjv().compile(schema);
  } catch (thrown) {
    result = DreamnetError.from(thrown).message;
  }
  compiled.set(schema, result);
  return result;
}

/** Loaded at the first schema, and synchronously, because gaps are answered synchronously. */
function loadAjv(): Ajv2020 {
  const load = createRequire(import.meta.url);
  ajv ??= new (load('ajv/dist/2020.js') as AjvModule).Ajv2020({
    allErrors: true,
    strict: false,
    validateFormats: false,
    addUsedSchema: false,
    code: { regExp: schemaPatterns },
  });
  return ajv;
}
