import type { Export } from '@chatiq/contracts/exports';
import { LiveList } from '#lib/lists/live-list.svelte.ts';
import type { ExportApi, NewExport } from './supabase-exports.ts';

const everyMs = 2_000;

/** The exports of one organisation, followed while one is being written. */
export class Exports extends LiveList<string, Export> {
	readonly #api: ExportApi;

	constructor(api: ExportApi) {
		super({
			everyMs,
			read: async (organization) => ({
				...{ rows: await api.list(organization), full: false, note: null }
			}),
			moves: (rows) => rows.some(({ state }) => state === 'waiting' || state === 'running')
		});
		this.#api = api;
	}

	start = (about: NewExport) => this.done(about.id, () => this.#api.start(this.query ?? '', about));
	remove = (id: string) => this.done(id, () => this.#api.remove(id));
	link = (path: string, name: string) => this.#api.link(path, name);
}
