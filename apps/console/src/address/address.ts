/** The pages, in the order of the navigation. */
export const PAGES = ['overview', 'health', 'alerts', 'trends', 'logs'] as const;
export type PageName = (typeof PAGES)[number];

/** Where the reader is: the page, what of it, and what is chosen there. */
export interface Address {
  page: PageName;
  /** What comes after the page, decoded: `#/health/subsystem/ledger` has `['subsystem', 'ledger']`. */
  rest: readonly string[];
  query: Readonly<Record<string, string>>;
}

/**
 * Reads the part of the address after `#`. What is not understood leads to the overview, never to an error.
 *
 * @param hash With or without `#`.
 */
export function parseAddress(hash: string): Address {
  const [path = '', search = ''] = split(hash.replace(/^#/, ''), '?');
  const [first = '', ...rest] = path.split('/').filter((part) => part !== '');
  const page = PAGES.find((name) => name === first) ?? 'overview';
  return {
    page,
    rest: page === 'overview' ? [] : rest.map(decode),
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

/** The address as it stands behind the page's name; `parseAddress` reads it back. Empty values are left out. */
export function formatAddress({ page, rest, query }: Address): string {
  const path = page === 'overview' ? '#/' : `#/${[page, ...rest.map(encodeURIComponent)].join('/')}`;
  const chosen = Object.entries(query).filter(([, value]) => value !== '');
  return chosen.length === 0 ? path : `${path}?${new URLSearchParams(chosen)}`;
}

/** An address from its parts, to be put into a link. */
export function hrefOf(
  page: PageName,
  rest: readonly string[] = [],
  query: Readonly<Record<string, string>> = {},
): string {
  return formatAddress({ page, rest, query });
}

function split(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

/** A person may have typed it: a stray % stays as it is. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
