/** Names under which people keep what nobody else may see. `PWD` alone is a folder. */
const SECRET_NAME =
  /(^|_)(KEY|PASS|CREDENTIALS?|PAT|DSN)$|(TOKEN|SECRET|PASSWORD|PASSWD|_PWD)$|(API|PRIVATE|SECRET)_?KEY/i;
/**
 * A password within an address, such as a database's. Digits and what cannot follow in a password are a port. Longer ones
 * are none: looking for the end of each that has none would take forever in a file made for that.
 */
const PASSWORD = /(?<before>:\/\/[^/\s:@]*):(?!\d{1,5}(?:[/?#,;|&)\]}\\]|$))(?<password>[^\s@"'<>]{1,256})@/;
const PASSWORDS = new RegExp(PASSWORD, 'g');
/** What stands where a password would: `${NAME}`; in a line for a shell `$NAME` and `$(command)`, too. */
const PLACEHOLDER = /^\$\{[^{}]*\}$/;
const SHELL_PLACEHOLDER = /^\$(\w+|\{\w+\}|\([^()]*\))$/;

/** Whether the name of a variable says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Whether there is an address with a password in it; a placeholder in its place is none. */
export function hasPassword(text: string, isShell = false): boolean {
  return withoutPasswords(text, isShell) !== text;
}

/** The text with every address in it as it is without its password. */
export function withoutPasswords(text: string, isShell = false): string {
  const placeholder = isShell ? SHELL_PLACEHOLDER : PLACEHOLDER;
  return text.replace(PASSWORDS, (whole, before: string, password: string) =>
    placeholder.test(password) ? whole : `${before}@`,
  );
}
