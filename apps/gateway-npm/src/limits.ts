import { MB } from '@packhouse/kernel';

/** A whole document comes back when a version of it is deprecated or unpublished. */
export const MAX_DOCUMENT = 32 * MB;
