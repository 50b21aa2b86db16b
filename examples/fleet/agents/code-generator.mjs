// From the name and fields of a type to TypeScript: an interface and a type guard that checks exactly it.

/** The input does not describe a type; the message says what to change. */
export class InvalidTypeError extends Error {}

const CHECKS = {
  string: (at) => `typeof ${at} === 'string'`,
  number: (at) => `typeof ${at} === 'number' && Number.isFinite(${at})`,
  boolean: (at) => `typeof ${at} === 'boolean'`,
  date: (at) => `${at} instanceof Date && !Number.isNaN(${at}.getTime())`,
};
const NAME = /^[A-Za-z_$][\w$]*$/;
const LONGEST_FIELD_LIST = 500;

/** 'number[]?' → {base: 'number', isList: true, isOptional: true} */
function parseType(field, written) {
  const match = /^(\w+)(\[\])?(\?)?$/.exec(String(written));
  if (!match || !Object.hasOwn(CHECKS, match[1])) {
    const known = Object.keys(CHECKS).join(', ');
    throw new InvalidTypeError(
      `field '${field}' has type '${written}'; use ${known}, with [] for a list and ? when optional`,
    );
  }
  return { base: match[1], isList: match[2] !== undefined, isOptional: match[3] !== undefined };
}

function parseFields(fields) {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new InvalidTypeError('fields must be an object of field name to type');
  }
  const entries = Object.entries(fields);
  if (entries.length > LONGEST_FIELD_LIST)
    throw new InvalidTypeError(`more than ${LONGEST_FIELD_LIST} fields`);
  return entries.map(([field, written]) => {
    if (!NAME.test(field)) throw new InvalidTypeError(`'${field}' is not a field name`);
    return { field, ...parseType(field, written) };
  });
}

function declaration({ field, base, isList, isOptional }) {
  const type = base === 'date' ? 'Date' : base;
  return `  ${field}${isOptional ? '?' : ''}: ${type}${isList ? '[]' : ''};`;
}

function check({ field, base, isList, isOptional }) {
  const at = `record.${field}`;
  const test = isList
    ? `Array.isArray(${at}) && ${at}.every((item) => ${CHECKS[base]('item')})`
    : CHECKS[base](at);
  return `    ${isOptional ? `(${at} === undefined || (${test}))` : `(${test})`}`;
}

/**
 * @param {unknown} request `{name, fields: {field: type}}`
 * @returns {{name: string, code: string}}
 * @throws {InvalidTypeError}
 */
export function generate(request) {
  const { name, fields } = Object(request);
  if (typeof name !== 'string' || !/^[A-Z]\w*$/.test(name)) {
    throw new InvalidTypeError('name must be a word that begins with a capital letter');
  }
  const parsed = parseFields(fields);
  const checks = parsed.length === 0 ? '    true' : parsed.map(check).join(' &&\n');
  const code = [
    `export interface ${name} {`,
    ...parsed.map(declaration),
    '}',
    '',
    `export function is${name}(value: unknown): value is ${name} {`,
    "  if (typeof value !== 'object' || value === null) return false;",
    '  const record = value as Record<string, unknown>;',
    '  return (',
    checks,
    '  );',
    '}',
    '',
  ].join('\n');
  return { name, code };
}
