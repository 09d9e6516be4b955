import { LiveList } from '#lib/lists/live-list.svelte.ts';
import type { ApiKey, IntegrationsApi, NewApiKey } from './integrations-api.ts';

const everyMs = 30_000;

/** The keys of one organisation. */
export class ApiKeyBoard extends LiveList<string, ApiKey> {
	readonly #api: IntegrationsApi;

	constructor(api: IntegrationsApi) {
		super({
			everyMs,
			read: async (organization) => ({
				...{ rows: await api.apiKeys(organization), full: false, note: null }
			})
		});
		this.#api = api;
	}

	/** Makes a key; a repeat with its id, after a lost answer, brings another secret of the same key. */
	add = (key: Omit<NewApiKey, 'organization_id'>) =>
		this.change(key.key_id, () =>
			this.#api.addApiKey({ ...key, organization_id: this.query ?? '' })
		);

	revoke = (id: string) => this.done(id, () => this.#api.revokeApiKey(id));
}
