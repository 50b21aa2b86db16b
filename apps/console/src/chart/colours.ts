import { useSyncExternalStore } from 'react';

const NAMES = ['text', 'soft', 'faint', 'line', 'accent', 'good', 'warn', 'bad', 'surface'] as const;
export type Colour = (typeof NAMES)[number];
export type Colours = Readonly<Record<Colour, string>>;

const dark = matchMedia('(prefers-color-scheme: dark)');

/** Is the page dark? Changes with the system. */
export function useIsDark(): boolean {
  return useSyncExternalStore(
    (listener) => {
      dark.addEventListener('change', listener);
      return () => dark.removeEventListener('change', listener);
    },
    () => dark.matches,
  );
}

/** The theme's colours as a canvas takes them: it cannot read the style sheet's names. */
export function coloursOf(element: HTMLElement): Colours {
  const probe = element.appendChild(document.createElement('i'));
  const read = (name: Colour) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Record<Colour, string>;
  probe.remove();
  return colours;
}

/** The same colour, see-through; a computed colour is always `rgb(...)`. */
export function faded(colour: string, alpha: number): string {
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}
