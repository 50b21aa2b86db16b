import { spawnSync } from 'node:child_process';

/** Of these two systemd says that they are nobody's. */
const NO_UIDS: ReadonlySet<number> = new Set([0xffff, 0xffff_ffff]);
const NAME = /^[^\s:/-][^\s:/]*$/;

/**
 * May systemd run a service as this user? A number need not be known to the machine; a name must be, from wherever it
 * takes its users (`/etc/passwd`, a directory service).
 *
 * @param searchPath Where `getent` is looked for; without it only `readAccounts` counts.
 * @param readAccounts The text of /etc/passwd.
 * @source systemd.exec(5), User=
 */
export function isKnownUser(user: string, searchPath: string, readAccounts: () => string): boolean {
  if (/^\d+$/.test(user)) return Number(user) <= 0xffff_ffff && !NO_UIDS.has(Number(user));
  if (!NAME.test(user)) return false;
  if (
    readAccounts()
      .split('\n')
      .some((line) => line.startsWith(`${user}:`))
  )
    return true;
  return spawnSync('getent', ['passwd', user], { env: { PATH: searchPath } }).status === 0;
}
