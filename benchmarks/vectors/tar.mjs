import { gunzipSync } from 'node:zlib';

const BLOCK_BYTES = 512;
const REGULAR_FILE = /^[0\0]$/;

/** The regular files of a gzipped tar archive (ustar): path → bytes. */
export function readTarGz(archive) {
  const tar = gunzipSync(archive);
  const files = new Map();
  for (let at = 0; at + BLOCK_BYTES <= tar.length && tar[at] !== 0; ) {
    const field = (offset, length) =>
      tar.toString('latin1', at + offset, at + offset + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(field(124, 12), 8);
    const prefix = field(345, 155);
    const path = prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`;
    const begin = at + BLOCK_BYTES;
    if (REGULAR_FILE.test(tar.toString('latin1', at + 156, at + 157)))
      files.set(path, tar.subarray(begin, begin + size));
    at = begin + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return files;
}
