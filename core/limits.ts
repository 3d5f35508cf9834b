/* Every limit, with its unit in its name. */

export const MAX_IMAGES_PER_QUERY = 10_000;
/** Images in one REST /parity request, whose names are in the URL: servers accept some 16 KB of it. */
export const MAX_REST_IMAGES = 1_000;
/** One HTTP request body: 10,000 digits as base64 pixels fit, a 50 MB upload does not. */
export const MAX_BODY_BYTES = 20 * 1024 * 1024;
/** A body between the two sides: the feeds of a part of a model, images to decode, or a batch of tensors. */
export const MAX_LINK_BODY_BYTES = 64 * 1024 * 1024;
/** One encoded image. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;
/** Width times height of an image that is not PNG: the origin decodes one at a time, at four bytes per pixel. */
export const MAX_IMAGE_PIXELS = 4096 * 4096;
/**
 * Width times height of a PNG, half as many at 16 bits per sample, checked in its header. Its data then inflates to 8 MiB
 * at most. The decoder was measured to hold that up to 4.3 times (growing output and its slice, joined stream, unfiltered
 * rows), 35 MiB; the file, its base64 and a copy without metadata take up to 28 MiB. That leaves half of a Worker's 128 MB
 * for the runtime and the model.
 */
export const MAX_PNG_PIXELS = 2 * 1024 * 1024;

export const MAX_QUERY_DEPTH = 16;
export const MAX_QUERY_ALIASES = 64;
/** The longest URL that the edge reads, 64 KiB, and 16 KiB of headers. */
export const MAX_HEADER_BYTES = 80 * 1024;
/** Brackets that are open at once; the parser's recursion ends here, before the depth can be counted. */
export const MAX_QUERY_BRACKETS = 100;
/** Each fragment may spread the next, so their number bounds recursion too. */
export const MAX_QUERY_FRAGMENTS = 64;
/** 10,000 image ids written into the query itself fit. */
export const MAX_QUERY_TOKENS = 50_000;
/** Items on a page of a long list, unless the caller says otherwise, and at most. */
export const PAGE_ITEMS = 100;
export const MAX_PAGE_ITEMS = 1_000;
/** Characters of a caller's own key for an input. */
export const MAX_KEY_CHARACTERS = 256;

/** Cached queries, parsed and validated, and the length of their texts, alone and together. */
export const MAX_CACHED_QUERIES = 200;
export const MAX_CACHED_QUERY_CHARACTERS = 8 * 1024;
export const MAX_CACHED_QUERIES_CHARACTERS = 128 * 1024;

/** Labels of one model; the largest public label sets have some 22,000. */
export const MAX_CLASSES = 100_000;
/** A model's file in the Worker, where its bytes, its session and the runtime share 128 MB. */
export const MAX_EDGE_MODEL_BYTES = 25 * 1024 * 1024;

/** A model that a Worker traces: its bytes, graph, marked copy and that copy's session come on top of the serving session. */
export const MAX_TRACED_EDGE_MODEL_BYTES = 8 * 1024 * 1024;
/** Intermediate values that a trace holds at once on each side. */
export const TRACE_SLICE_BYTES = 4 * 1024 * 1024;
/** One intermediate value of a trace. */
export const MAX_TRACED_VALUE_BYTES = 8 * 1024 * 1024;
/** Differing nodes that one trace runs alone and explains. */
export const MAX_NODES_ALONE = 200;
/** After this time, a trace runs no further nodes alone. */
export const TRACE_TIME_MS = 90_000;
/** Concurrent traces on one side: each holds slices on both. */
export const MAX_TRACES_AT_ONCE = 2;
/** When a request that was refused by the limit above should be retried. */
export const TRACE_RETRY_SECONDS = 5;
/** One part of a model on the other side, including a GPU's shader compilation. */
export const LINK_EVALUATE_TIMEOUT_MS = 120_000;

/** From a request's arrival to the start of its response, unless its header says otherwise, and at most. */
export const DEFAULT_DEADLINE_MS = 300_000;
export const MAX_DEADLINE_MS = 900_000;
/** A share of a large request on one backend: what a small one may have to wait for. */
export const TURN_MS = 50;
/** A software GPU is a hundred times as slow as the other backends, so its queue is this many times shorter. */
export const SOFTWARE_GPU_SHARE = 6;
/** How often a waiting request checks whether its turn has come, in case the one before it is gone. */
export const TURN_POLL_MS = 1_000;
/** How long a waiting turn keeps its place without a poll. */
export const TURN_LEASE_MS = 20_000;
/** Rows that one request prepares or sends before others get a turn on the thread. */
export const ROWS_BETWEEN_PAUSES = 64;

/** Concurrent sweeps on one side: each delays every other request by up to a batch. */
export const MAX_SWEEPS_AT_ONCE = 2;
/** When a request that was refused by the limit above should be retried. */
export const SWEEP_RETRY_SECONDS = 5;
/** A sweep whose reader takes no event for this long gives way to another. */
export const MAX_SWEEP_IDLE_MS = 60_000;
/** Images per report of a sweep, by default. */
export const SWEEP_BATCH = 100;

/** Certified inputs in one run of a session: more gains little and takes memory that a Worker lacks. */
export const MAX_ROWS_PER_RUN = 100;

/** The other side's status. Short: health must respond while the other side is down. */
export const LINK_STATUS_TIMEOUT_MS = 3_000;
/** How long a status waits for a backend's first attempt: well under LINK_STATUS_TIMEOUT_MS. */
export const STATUS_WAIT_MS = 1_500;
/** The other side's work: a fixed share, and one per image. */
export const LINK_INFER_TIMEOUT_MS = 30_000;
export const LINK_INFER_TIMEOUT_PER_IMAGE_MS = 100;
/** Tensors in one call to the other side: a Worker holds the body, and the session's copy of part of it. */
export const LINK_BATCH_BYTES = 2 * 1024 * 1024;
/** Concurrent calls of that kind: one is computed while the next arrives. */
export const LINK_BATCHES_AT_ONCE = 2;
/** A call that takes this long has the origin's liveness tested meanwhile, and again after each such time. */
export const LINK_PROBE_AFTER_MS = 2_000;
/** Liveness needs no inference and no queue. */
export const LINK_PROBE_TIMEOUT_MS = 3_000;
/** How often a silent side is tested. */
export const LINK_RETRY_MS = 5_000;
/** A call that lost its connection is repeated once, after this time and up to as long again. */
export const LINK_REPEAT_AFTER_MS = 50;
/** Decoding images on the origin. */
export const LINK_DECODE_TIMEOUT_MS = 20_000;

/** A peer's status, for which health waits. */
export const PEER_STATUS_TIMEOUT_MS = 3_000;
/** One call to a peer. */
export const PEER_CALL_TIMEOUT_MS = 10_000;
/** All calls to one peer in one request: a fixed share, and one per call, divided by the number of concurrent calls. */
export const PEER_TIMEOUT_MS = 30_000;
export const PEER_TIMEOUT_PER_CALL_MS = 400;
/** Concurrent calls to one peer, by default; a Worker may have six connections open. */
export const PEER_CALLS_AT_ONCE = 4;
/** The same for the `paragon` protocol: such a service may share one mutable network among its requests. */
export const PARAGON_CALLS_AT_ONCE = 1;
/** The most that PEERS may ask for. */
export const MAX_PEER_CALLS_AT_ONCE = 64;
/** How often a waiting call checks whether it may go, in case the call before it is gone. */
export const PEER_TURN_POLL_MS = 1_000;
/** How long a waiting or running call keeps its place without a poll; longer than PEER_CALL_TIMEOUT_MS. */
export const PEER_TURN_LEASE_MS = 20_000;
/** Differing answers of one peer that are requested again before they count as drift, the most serious first. */
export const MAX_REPEATED_QUESTIONS = 10;
/** One answer of a peer: the logits of MAX_CLASSES classes fit as text. */
export const MAX_PEER_BODY_BYTES = 4 * 1024 * 1024;

/** From the start of a GPU backend's process to its first result (a software adapter needs seconds). */
export const PROBE_TIMEOUT_MS = 60_000;

/** Tensors of a large model, or of any on a GPU, in one message to its host, so that calls share it and a hang is noticed. */
export const HOST_MESSAGE_IMAGES = 16;
/** A GPU process's response to one message, including shader compilation for the first. */
export const GPU_MESSAGE_TIMEOUT_MS = 120_000;
/** Pixels of all images in one call to the decoder, which decodes one after another: bounds its time. */
export const MAX_DECODED_PIXELS = 4 * MAX_IMAGE_PIXELS;
/** Concurrent images in libvips. The end of the process waits for them, and for those queued for Node's four threads. */
export const DECODES_AT_ONCE = 2;
/** How long a stopping origin waits for the typed errors of the requests that it ends. */
export const LAST_ANSWERS_MS = 500;
/** How long a host of sessions may take to leave native code when it is asked to end. */
export const HOST_EXIT_GRACE_MS = 2_000;
