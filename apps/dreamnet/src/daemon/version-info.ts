import type { DreamNetVersionInfo } from '@dreamnet/contracts';

/** `1.2.3-rc.1` as the specification's version. Parts that are no numbers count as 0. */
export function readVersion(text: string): DreamNetVersionInfo {
  const [major = 0, minor = 0, patch = 0] = (text.split('-')[0] ?? '')
    .split('.')
    .map((part) => Number(part) || 0);
  return { major, minor, patch, label: text };
}
