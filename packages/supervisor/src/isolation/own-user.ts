import { readFileSync } from 'node:fs';
import type { ProcessUser } from '@dreamnet/contracts';

/** A user, or in words why there is none. */
export type UserOutcome = { ok: true; user: ProcessUser } | { ok: false; problem: string };

/** Numbers no account has: the range systemd keeps for users it makes up. @source systemd.exec(5), DynamicUser= */
const FIRST_DYNAMIC = 61_184;
const LAST_DYNAMIC = 65_519;

/** Gives out users; a dynamic one belongs to one process as long as the supervisor lives. */
export class OwnUsers {
  readonly #instanceId: string;
  readonly #readAccounts: () => string;
  readonly #given = new Map<string, number>();

  /** @param readAccounts The text of /etc/passwd. */
  constructor(instanceId: string, readAccounts = () => readFileSync('/etc/passwd', 'utf8')) {
    this.#instanceId = instanceId;
    this.#readAccounts = readAccounts;
  }

  /** @param wanted A name, a number, or `dynamic`. */
  find(wanted: string, processId: string): UserOutcome {
    const accounts = parseAccounts(this.#readAccounts());
    if (wanted === 'dynamic') return this.#dynamic(processId, new Set(accounts.map(({ uid }) => uid)));
    const isNumber = /^\d{1,9}$/.test(wanted);
    const account = accounts.find(({ name, uid }) => (isNumber ? uid === Number(wanted) : name === wanted));
    if (account) return { ok: true, user: { uid: account.uid, gid: account.gid } };
    if (isNumber) return { ok: true, user: { uid: Number(wanted), gid: Number(wanted) } };
    return { ok: false, problem: `there is no user '${wanted}' on this machine` };
  }

  /** The same process gets the same number again after a restart of the daemon, unless another one has it by then. */
  #dynamic(processId: string, taken: ReadonlySet<number>): UserOutcome {
    const known = this.#given.get(processId);
    if (known !== undefined) return { ok: true, user: { uid: known, gid: known } };
    const used = new Set([...this.#given.values(), ...taken]);
    const size = LAST_DYNAMIC - FIRST_DYNAMIC + 1;
    const first = hash(`${this.#instanceId}/${processId}`) % size;
    for (let step = 0; step < size; step += 1) {
      const uid = FIRST_DYNAMIC + ((first + step) % size);
      if (used.has(uid)) continue;
      this.#given.set(processId, uid);
      return { ok: true, user: { uid, gid: uid } };
    }
    return { ok: false, problem: `all ${size} numbers for made-up users are taken` };
  }
}

function parseAccounts(text: string): { name: string; uid: number; gid: number }[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid, gid] = line.split(':');
    return uid === undefined || gid === undefined ? [] : [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
