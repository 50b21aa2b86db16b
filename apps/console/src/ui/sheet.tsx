import { X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import type { ReactNode } from 'react';

interface SheetProps {
  isOpen: boolean;
  onClose: () => void;
  title: ReactNode;
  /** A sentence below the title. */
  about: ReactNode;
  children: ReactNode;
}

/** A page over the page; Escape closes it, and the focus goes back to where it came from. */
export function Sheet({ isOpen, onClose, title, about, children }: SheetProps) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-20 bg-black/40" />
        <Dialog.Content className="fixed inset-x-2 top-2 z-30 mx-auto flex max-h-[calc(100dvh-1rem)] max-w-2xl flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-2xl sm:top-[8vh] sm:max-h-[84vh]">
          <header className="flex items-center gap-2 border-b border-line px-4 py-3">
            <div className="min-w-0">
              <Dialog.Title className="text-base font-semibold break-words">{title}</Dialog.Title>
              <Dialog.Description className="text-xs text-faint">{about}</Dialog.Description>
            </div>
            <Dialog.Close
              aria-label="Close"
              className="ml-auto inline-flex size-8 shrink-0 items-center justify-center rounded text-soft hover:bg-raised"
            >
              <X aria-hidden size={16} />
            </Dialog.Close>
          </header>
          <div className="overflow-y-auto">{children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
