import type { ErrorTable } from '@dreamnet/contracts';
import { createErrors } from '@dreamnet/kit';

/** Every error of the vault. None ever carries a secret value. */
export const VAULT_ERRORS = {
  DN_VAULT_INVALID_KEY: {
    template:
      'That is not a vault key: use 1 to 120 letters, digits, dots, dashes and underscores, beginning with a letter or digit',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_VAULT_INVALID_VALUE: {
    template: 'The value for vault key {key} is refused: {reason}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_VAULT_KEY_MISSING: {
    template:
      'The master key {path} is gone but secrets encrypted with it are still there; put the key back from a backup, or remove {records} and set the secrets again',
    httpStatus: 500,
    isRetryable: false,
  },
  DN_VAULT_KEY_EXPOSED: {
    template: '{path} can be used by others (mode {mode}); run: chmod {wanted} {path}',
    httpStatus: 500,
    isRetryable: false,
  },
  DN_VAULT_KEY_DAMAGED: {
    template: 'The master key {path} is cut short or altered; put it back from a backup',
    httpStatus: 500,
    isRetryable: false,
  },
  DN_VAULT_LOCKED: {
    template:
      'The vault is locked: its key {path} is under a passphrase; give it with: dreamnet secrets unlock < FILE, or name it as vault.passphrase in the fleet file',
    httpStatus: 423,
    isRetryable: true,
  },
  DN_VAULT_WRONG_PASSPHRASE: {
    template: 'That is not the passphrase the master key {path} is under',
    httpStatus: 403,
    isRetryable: false,
  },
  DN_VAULT_PASSPHRASE_UNFIT: {
    template: 'The vault does not take that passphrase: {reason}',
    httpStatus: 400,
    isRetryable: false,
  },
  DN_VAULT_WRONG_KEY: {
    template: 'Secret {key} (version {version}) was encrypted with another master key than {path}',
    httpStatus: 500,
    isRetryable: false,
  },
  DN_VAULT_RECORD_DAMAGED: {
    template:
      'Secret {key} (version {version}) cannot be read: {path} is {reason}; set it again, or put the file back from a backup',
    httpStatus: 500,
    isRetryable: false,
  },
  DN_VAULT_TAMPERED: {
    template:
      'Secret {key} (version {version}) in {path} was altered after it was written; set it again and find out who changed it',
    httpStatus: 500,
    isRetryable: false,
  },
  DN_VAULT_CONTENDED: {
    template: 'Secret {key} was being written by others all the time; try again',
    httpStatus: 409,
    isRetryable: true,
  },
  DN_VAULT_STORAGE_FAILED: {
    template: 'The vault could not {operation} {path}: {reason}',
    httpStatus: 500,
    isRetryable: true,
  },
} as const satisfies ErrorTable;

export const vaultError = createErrors(VAULT_ERRORS);
