import { parseBytes } from '@packhouse/kernel';
import { z } from 'zod';

/** `on`, `true`, `1`, `yes` and their opposites. */
export function flag(byDefault: boolean) {
  return z
    .string()
    .toLowerCase()
    .pipe(z.enum(['1', 'true', 'on', 'yes', '0', 'false', 'off', 'no'], { error: 'use on or off' }))
    .transform((word) => ['1', 'true', 'on', 'yes'].includes(word))
    .default(byDefault);
}

/** A whole number within bounds. */
export function integer(min: number, max: number) {
  return z
    .string()
    .regex(/^\d+$/, { error: 'use a whole number' })
    .transform(Number)
    .pipe(
      z
        .number()
        .min(min, { error: `use at least ${min}` })
        .max(max, { error: `use at most ${max}` }),
    );
}

/** A size: plain bytes or with a decimal unit, as in `256MB`. */
export function byteSize() {
  return z
    .string()
    .refine((text) => parseBytes(text) !== null, { error: 'use a size such as 256MB' })
    .transform((text) => parseBytes(text) ?? 0);
}

/** An http or https URL without a trailing slash. */
export function httpUrl() {
  return z
    .string()
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
      error: 'use an http or https URL',
    })
    .transform((text) => text.replace(/\/+$/, ''));
}

/** Words separated by commas; none by default. */
export function wordList() {
  return z
    .string()
    .default('')
    .transform((text) => text.split(',').map((word) => word.trim().toLowerCase()))
    .transform((words) => words.filter((word) => word !== ''));
}
