const KEY = 'dreamnet.token';

/**
 * The access token: from `#token=...` of the address, which is then taken out of it, or from an earlier visit in this tab.
 *
 * @returns Empty when there is none.
 */
export function takeToken(): string {
  // `#/alerts?...` is a page of the console, whatever its query says.
  const fragment = new URLSearchParams(location.hash.startsWith('#/') ? '' : location.hash.slice(1));
  const given = fragment.get('token');
  if (given === null) return sessionStorage.getItem(KEY) ?? '';
  history.replaceState(null, '', location.pathname + location.search);
  keepToken(given);
  return given;
}

/** Keeps the token until the tab is closed. */
export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token.trim());
}

/** The token in use; empty when there is none. */
export function currentToken(): string {
  return sessionStorage.getItem(KEY) ?? '';
}
