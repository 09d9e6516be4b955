import { loadPart } from './load-part.ts';

/** A part of the console that is loaded when it is first wanted, and stays. */
export class LazyPart<Loaded> {
	loaded = $state.raw<Loaded | null>(null);

	readonly #load: () => Promise<Loaded>;

	constructor(load: () => Promise<Loaded>) {
		this.#load = load;
	}

	/** Whether it is there; that it is not has been told. */
	async want(): Promise<boolean> {
		this.loaded ??= await loadPart(this.#load);
		return this.loaded !== null;
	}
}
