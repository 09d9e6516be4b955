/** How many at once: a key that is pressed meanwhile does not wait for more. */
const atOnce = 3;

const waiting = new Set<() => void>();
let planned = false;

function plan(): void {
	planned = true;
	// Safari has no such thing.
	if (typeof requestIdleCallback === 'function') requestIdleCallback(run, { timeout: 1000 });
	else setTimeout(run, 50);
}

function run(): void {
	planned = false;
	for (const start of [...waiting].slice(0, atOnce)) start();
	if (waiting.size > 0) plan();
}

/** A part of something drawn by the dozen that nobody needs in its first frame: it comes when the page rests. */
export class Unhurried {
	ready = $state(false);

	/** Its turn comes; call the result to give up on it. */
	readonly wait = (): (() => void) => {
		if (!this.ready) waiting.add(this.now);
		if (!planned && waiting.size > 0) plan();
		return () => waiting.delete(this.now);
	};

	/** Somebody goes for it. */
	readonly now = (): void => {
		waiting.delete(this.now);
		this.ready = true;
	};
}
