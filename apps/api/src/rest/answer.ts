/** An answer that is more than a value with the declared status. */
export class Answer {
  constructor(
    /** Null: the declared success status. */
    readonly status: number | null,
    /** JSON, or a stream or text where the declaration names a `contentType`; undefined: an empty answer. */
    readonly body?: unknown,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}
