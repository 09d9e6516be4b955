/** What the edge runtime offers beside Deno: work that goes on after the answer. */
declare const EdgeRuntime: { waitUntil(work: Promise<unknown>): void };
