/** What belongs together comes together: by then a message is there as well as what it changes in the list. */
const togetherMs = 50;
const patienceMs = 100;
const waiting: (() => void)[] = [];

function runAll(): void {
	for (const run of waiting.splice(0)) {
		try {
			run();
		} catch (error) {
			reportError(error);
		}
	}
}

/** Not while a frame is due. */
function plan(): void {
	// Safari has no such thing.
	if (typeof requestIdleCallback === 'function')
		requestIdleCallback(runAll, { timeout: patienceMs });
	else setTimeout(runAll);
}

/** Runs things, in their order, when the frame that is due has been drawn: what is before the operator's eyes goes first. */
export function afterFrame(run: () => void): void {
	waiting.push(run);
	// A page that nobody sees draws no frames, and without a browser there are none.
	if (typeof document === 'undefined' || document.hidden) runAll();
	else if (waiting.length === 1) setTimeout(plan, togetherMs);
}
