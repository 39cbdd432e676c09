/** The process cannot start. The message is one plain sentence for the person at the terminal: no stack is shown. */
export class StartError extends Error {}

const causes = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'it is on a read-only file system'],
  ['ENOTDIR', 'part of its path is a file'],
  ['EEXIST', 'a file is in its place'],
  ['ENOENT', 'it cannot be made there'],
  ['ENOSPC', 'the disk is full'],
  ['ECONNREFUSED', 'connection refused'],
  ['ENOTFOUND', 'unknown host name'],
  ['EAI_AGAIN', 'unknown host name'],
  ['ETIMEDOUT', 'no answer'],
  ['ECONNRESET', 'the connection was cut'],
]);

/** The reason of a failed system call or connection in plain words. */
export function explainCause(error: unknown): string {
  const { code, message, errors } = (error ?? {}) as { code?: unknown; message?: unknown; errors?: unknown };
  // Connecting to a name with several addresses fails with one error for each.
  if (Array.isArray(errors) && errors.length > 0) return explainCause(errors[0]);
  const known = typeof code === 'string' ? causes.get(code) : undefined;
  return (
    known ?? (typeof message === 'string' && message !== '' ? message.replace(/\.$/, '') : 'unknown reason')
  );
}
