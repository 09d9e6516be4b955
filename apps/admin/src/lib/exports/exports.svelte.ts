import type { Export } from '@chatiq/contracts/exports';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import type { ExportApi, NewExport } from './supabase-exports.ts';

const everyMs = 2_000;

/** The exports of one organisation, followed while one is being written. */
export class Exports {
	list = $state.raw<readonly Export[] | null>(null);
	failure = $state.raw<FailureCode | null>(null);
	busy = $state(false);

	readonly #api: ExportApi;
	#organization = '';
	#asked = 0;

	constructor(api: ExportApi) {
		this.#api = api;
	}

	readonly writing = $derived(
		(this.list ?? []).some(({ state }) => state === 'waiting' || state === 'running')
	);

	async show(organization: string): Promise<void> {
		if (organization !== this.#organization) this.list = null;
		this.#organization = organization;
		await this.refresh();
	}

	async refresh(): Promise<void> {
		const asked = ++this.#asked;
		try {
			const list = await this.#api.list(this.#organization);
			if (asked === this.#asked) [this.list, this.failure] = [list, null];
		} catch (error) {
			if (asked === this.#asked) this.failure = codeOf(error);
		}
	}

	start = (about: NewExport) => this.#change(() => this.#api.start(this.#organization, about));
	remove = (id: string) => this.#change(() => this.#api.remove(id));
	link = (path: string, name: string) => this.#api.link(path, name);

	/** Looks again and again while something is written and somebody sees it; call the result to stop. */
	connect(): () => void {
		const timer = setInterval(() => {
			if (this.writing && document.visibilityState === 'visible') void this.refresh();
		}, everyMs);
		return () => clearInterval(timer);
	}

	async #change(run: () => Promise<void>): Promise<FailureCode | null> {
		this.busy = true;
		try {
			await run();
			return null;
		} catch (error) {
			return codeOf(error);
		} finally {
			await this.refresh();
			this.busy = false;
		}
	}
}
