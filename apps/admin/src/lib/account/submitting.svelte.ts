import type { SubmitFunction } from '$app/forms';

/** A form that is on its way: its button waits, a lost connection is said, focus goes to what went wrong. */
export class Submitting {
	busy = $state(false);
	unreachable = $state(false);
	/** Where the failure is shown. */
	notice = $state<HTMLElement>();
	readonly #reset: boolean;

	constructor({ reset = false }: { reset?: boolean } = {}) {
		this.#reset = reset;
	}

	/** For `use:enhance`. */
	readonly enhance: SubmitFunction = () => {
		this.busy = true;
		this.unreachable = false;
		return async ({ result, update }) => {
			this.busy = false;
			if (result.type === 'error') this.unreachable = true;
			// Who is signed in, and in which language, may have changed: the next page is drawn anew.
			else if (result.type === 'redirect') location.assign(result.location);
			else await update({ reset: this.#reset && result.type === 'success' });
			this.notice?.focus();
		};
	};
}
