import { describe, expect, it } from 'vitest';
import { howAndWhyItEnded, howItEnded } from '../src/index.js';

const EXIT = { isKnown: true, code: null, signal: null };

describe('how a process ended, in words', () => {
  it('an exit code, or the signal that ended it', () => {
    expect(howItEnded({ ...EXIT, code: 0 })).toBe('exit code 0');
    expect(howItEnded({ ...EXIT, signal: 'SIGKILL' })).toBe('signal SIGKILL');
  });

  it('one that never ran is told by why; a code is never made up for it', () => {
    expect(howItEnded(EXIT)).toBe('it did not start');
    expect(howItEnded({ ...EXIT, reason: 'no such program' })).toBe('no such program');
  });

  it('nothing is claimed of an end that nobody saw', () => {
    expect(howItEnded({ ...EXIT, isKnown: false, code: 0 })).toBe('nobody saw how it ended');
  });

  it('the reason stands behind it', () => {
    expect(howAndWhyItEnded({ ...EXIT, signal: 'SIGKILL', reason: 'out of memory' })).toBe(
      'signal SIGKILL (out of memory)',
    );
    expect(howAndWhyItEnded({ ...EXIT, reason: 'no such program' })).toBe(
      'it did not start: no such program',
    );
    expect(howAndWhyItEnded({ ...EXIT, code: 3 })).toBe('exit code 3');
  });
});
