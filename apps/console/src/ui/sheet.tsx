import { X } from 'lucide-react';
import { type MouseEvent, type ReactNode, useId, useLayoutEffect, useRef } from 'react';

interface SheetProps {
  isOpen: boolean;
  onClose: () => void;
  title: ReactNode;
  /** A sentence below the title. */
  about: ReactNode;
  children: ReactNode;
}

/** A page over the page; Escape closes it, and the focus goes back to where it came from. */
export function Sheet({ isOpen, ...shown }: SheetProps) {
  return isOpen ? <OpenSheet {...shown} /> : null;
}

/** The browser's own dialog: it keeps the focus inside, and what is behind it cannot be reached meanwhile. */
function OpenSheet({ onClose, title, about, children }: Omit<SheetProps, 'isOpen'>) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Closed while it is still on the page: only then the browser gives the focus back.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way, and the browser's own
    <dialog
      ref={dialog}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-about`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => isBeside(event) && onClose()}
      className="fixed inset-x-2 top-2 bottom-auto m-0 mx-auto max-h-[calc(100dvh-1rem)] w-auto max-w-2xl flex-col overflow-hidden rounded-lg border border-line bg-surface text-text shadow-2xl backdrop:bg-black/50 open:flex sm:top-[8vh] sm:max-h-[84vh]"
    >
      <header className="flex shrink-0 items-center gap-2 border-b border-line px-4 py-3">
        <div className="min-w-0">
          <h2 id={`${id}-title`} className="text-base font-semibold break-words">
            {title}
          </h2>
          <p id={`${id}-about`} className="text-xs text-faint">
            {about}
          </p>
        </div>
        <button
          type="button"
          onClick={onClose}
          aria-label="Close"
          className="ml-auto inline-flex size-8 shrink-0 items-center justify-center rounded text-soft hover:bg-raised"
        >
          <X aria-hidden size={16} />
        </button>
      </header>
      <div className="overflow-y-auto">{children}</div>
    </dialog>
  );
}

/** A press on the dialog itself and outside its box is one on what lies behind it. */
function isBeside({ target, currentTarget, clientX, clientY }: MouseEvent<HTMLDialogElement>): boolean {
  if (target !== currentTarget) return false;
  const { left, right, top, bottom } = currentTarget.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}
