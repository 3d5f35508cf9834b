/** Every number that bounds a sweep, its unit in its name. */

/** Images in one request, without `batch`: enough that the request itself costs little in comparison. */
export const DEFAULT_BATCH = 100;
/** Requests under way at once: while one is answered, the next one is read and the last one is compared. */
export const BATCHES_IN_FLIGHT = 3;
/** What one request may carry, base64 counted: below MAX_BODY_BYTES with room for the query. */
export const MAX_BATCH_BYTES = 12 * 1024 * 1024;
/** Before a request without an answer is asked again: a side that crashed may have been restarted by then. */
export const RETRY_DELAYS_MS: readonly number[] = Object.freeze([1_000, 4_000, 10_000]);
/** Rows that the report keeps of each pair: those that drift furthest. All are in the results file. */
export const WORST_ROWS = 20;
/** Rows that the report keeps of those without an answer. */
export const FAILED_ROWS = 20;
/** Violated certificates that the report keeps with all their bits. */
export const KEPT_VIOLATIONS = 20;
/** An image that the report shows as it was found. */
export const MAX_SHOWN_IMAGE_BYTES = 256 * 1024;
