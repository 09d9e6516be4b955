/** Reads when the settings that new visitors get were made; null while there is no such file. */
export type ReadPublished = () => Promise<string | null>;

const firstPauseMs = 300;
const longestPauseMs = 5_000;
const patienceMs = 120_000;

/** Whether what was saved has reached the public settings file. Open widgets hear of it at the same moment. */
export class Publication {
	state = $state.raw<'unknown' | 'waiting' | 'live' | 'late'>('unknown');
	readonly #read: ReadPublished;
	readonly #wait: (ms: number) => Promise<void>;
	#followed = 0;

	constructor(read: ReadPublished, wait = (ms: number) => new Promise<void>((go) => setTimeout(go, ms))) {
		this.#read = read;
		this.#wait = wait;
	}

	/** Looks until the file is as new as this; a later save is followed instead of an earlier one. */
	async follow(savedAt: string): Promise<void> {
		const followed = ++this.#followed;
		this.state = 'waiting';
		let waited = 0;
		for (let pause = firstPauseMs; waited < patienceMs; pause = Math.min(pause * 1.5, longestPauseMs)) {
			const published = await this.#read().catch(() => null);
			if (followed !== this.#followed) return;
			if (published !== null && Date.parse(published) >= Date.parse(savedAt)) {
				this.state = 'live';
				return;
			}
			await this.#wait(pause);
			waited += pause;
		}
		if (followed === this.#followed) this.state = 'late';
	}

	stop(): void {
		this.#followed++;
	}
}
