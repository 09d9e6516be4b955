import { loadPart } from './load-part.ts';

/** A part of the console that is loaded when it is first wanted, and stays. */
export class LazyPart<Loaded> {
	loaded = $state.raw<Loaded | null>(null);
	/** It was wanted and could not be had. */
	failed = $state(false);

	readonly #load: () => Promise<Loaded>;

	constructor(load: () => Promise<Loaded>) {
		this.#load = load;
	}

	/** Has it ready for when it could not be had any more. Nobody has asked for it, so nobody is told of a failure. */
	async prepare(): Promise<void> {
		try {
			this.loaded ??= await this.#load();
		} catch (error) {
			console.warn('a part of the console is not ready', error);
		}
	}

	/** Whether it is there; that it is not has been told. */
	async want(): Promise<boolean> {
		this.loaded ??= await loadPart(this.#load);
		this.failed = this.loaded === null;
		return !this.failed;
	}
}
