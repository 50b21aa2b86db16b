import { DOMAIN_FACTORS } from '@dreamnet/contracts';

/** What alerts about the program itself are about. */
export const SELF = 'dreamnet';

/** Alerts on a domain's score are about the domain under its own name, those about the program under its: nobody else has these. */
export const RESERVED_NAMES: readonly string[] = [...Object.keys(DOMAIN_FACTORS), SELF];

/** Does the name stand for something else than a subsystem? */
export function isReservedName(name: string): boolean {
  return RESERVED_NAMES.includes(name);
}
