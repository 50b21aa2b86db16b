// Values as agents and services report them. Each maker gives a function of the second.

/** Uniform in 0..1, the same in every run. */
export function createRandom(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    // Two draws: doubles with all their bits in use, as Math.random() gives them.
    const high = (state >>> 0) / 2 ** 32;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return high + (state >>> 0) / 2 ** 64;
  };
}

const gaussian = (random) => random() + random() + random() + random() - 2;

/** The kinds of the mixture, an equal share of subsystems each. */
export const KINDS = {
  'counter of requests': (random) => {
    let total = Math.floor(random() * 1e6);
    return () => {
      total += Math.max(0, Math.round(20 + 8 * gaussian(random)));
      return total;
    };
  },
  'CPU share, 2 decimals': (random) => (second) =>
    Math.round(Math.max(0, 35 + 15 * Math.sin(second / 300) + 6 * gaussian(random)) * 100) / 100,
  'resident bytes, by pages': (random) => {
    let pages = 30_000 + Math.floor(random() * 50_000);
    return () => {
      pages += Math.round(12 * gaussian(random));
      return pages * 4096;
    };
  },
  'latency in ms, all bits': (random) => () => Math.exp(3 + 0.6 * gaussian(random)),
  'queue length': (random) => {
    let length = 3;
    return () => {
      length = Math.max(0, length + Math.round(1.2 * gaussian(random)));
      return length;
    };
  },
};

/** Noise with every bit of a double in use: nothing can be saved but sign and exponent. The worst there is. */
const noise = (random) => () => 100 * random();

/** One value source per subsystem. @param kind 'mixed', 'noise', or part of a kind's name */
export function createSources(count, kind) {
  const named = Object.entries(KINDS).filter(([name]) => kind === 'mixed' || name.includes(kind));
  const makers = kind === 'noise' ? [noise] : named.map(([, make]) => make);
  if (makers.length === 0) throw new RangeError(`no values of kind '${kind}'`);
  return Array.from({ length: count }, (_, index) => {
    const random = createRandom(index + 1);
    const next = makers[index % makers.length](random);
    // An agent reports on its own timer: some ms late each time, never early.
    const late = () => Math.floor(-1.5 * Math.log(1 - random()));
    return { name: `agent-${index}`, next, late, phaseMs: Math.floor(random() * 1000) };
  });
}
