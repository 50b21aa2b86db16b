import { hasPassword, isSecretName } from './secret-signs.js';

/** A variable that a command line sets, by a secret. */
export interface InlineSecret {
  readonly name: string;
  /** It is an address with a password in it, and its name does not say so. */
  readonly isAddress: boolean;
}

/** What a value may be made of where nothing is quoted around it. No alternative begins as another one does. */
const VALUE =
  '(?:[^\\s\'"\\\\|&;<>()$`]|\\\\[\\s\\S]|\'[^\']*\'|"(?:[^"\\\\]|\\\\[\\s\\S])*"|\\$\\{[^{}]*\\}|\\$\\([^()]*\\)|\\$(?![{(])|`[^`]*`)*';
const LEADING = new RegExp(`^\\s*(?<name>[A-Za-z_]\\w*)=(?<value>${VALUE})(?=\\s+[^\\s;&|])`);
/** An assignment, or what is quoted, or escaped, as a whole. */
const PIECES = new RegExp(
  `(?<=^|[\\s;&|(\`])([A-Za-z_]\\w*)=(${VALUE})|'[^']*'|"(?:[^"\\\\]|\\\\[\\s\\S])*"|\\\\[\\s\\S]`,
  'g',
);
/** An assignment within quotes, for another shell. */
const QUOTED = /(?<=^|[\s;&|('"])([A-Za-z_]\w*)=([^\s'"\\|&;<>()$`]+)/g;
/** It is looked up by the shell, and stands nowhere in the line. */
const LOOKED_UP = /^"?(\$\w+|\$\{\w+\}|\$\([^()]*\)|`[^`]*`)"?$/;

/**
 * Takes the values of secrets out of a command line for a shell: assignments before the command go, the others get the
 * variable of the same name, which whoever runs it must have. What they do stays as it was.
 */
export function withoutInlineSecrets(line: string): { line: string; secrets: readonly InlineSecret[] } {
  const secrets: InlineSecret[] = [];
  const isTaken = (name: string, value: string) => {
    const isNamed = isSecretName(name);
    if (value === '' || LOOKED_UP.test(value) || !(isNamed || hasPassword(value, true))) return false;
    secrets.push({ name, isAddress: !isNamed });
    return true;
  };
  let kept = '';
  let rest = line;
  for (let found = LEADING.exec(rest); found; found = LEADING.exec(rest)) {
    const { name = '', value = '' } = found.groups ?? {};
    if (!isTaken(name, value)) kept += found[0];
    rest = rest.slice(found[0].length);
  }
  const replaced = rest.replace(PIECES, (whole, name: string | undefined, value: string) => {
    if (name !== undefined) return isTaken(name, value) ? `${name}="$${name}"` : whole;
    // Within double quotes the shell around would fill the variable in, for everybody to read.
    const variable = whole.startsWith('"') ? '\\$' : '"$';
    const end = whole.startsWith('"') ? '' : '"';
    if (!/^['"]/.test(whole)) return whole;
    return whole.replace(QUOTED, (one, inner: string, text: string) =>
      isTaken(inner, text) ? `${inner}=${variable}${inner}${end}` : one,
    );
  });
  return { line: (kept + replaced).trim(), secrets };
}
