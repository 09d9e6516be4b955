import type { ApiKeyWithSecret } from '@chatiq/contracts/team';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import type { ApiKey, IntegrationsApi, NewApiKey } from './integrations-api.ts';

/** The keys of one organisation. */
export class ApiKeyBoard {
	organization = $state.raw('');
	keys = $state.raw<readonly ApiKey[] | null>(null);
	failure = $state.raw<FailureCode | null>(null);
	busy = $state.raw<string | null>(null);

	readonly #api: IntegrationsApi;

	constructor(api: IntegrationsApi) {
		this.#api = api;
	}

	async show(organization: string): Promise<void> {
		if (organization !== this.organization) this.keys = null;
		this.organization = organization;
		await this.refresh();
	}

	async refresh(): Promise<void> {
		const asked = this.organization;
		try {
			const keys = await this.#api.apiKeys(asked);
			if (asked === this.organization) [this.keys, this.failure] = [keys, null];
		} catch (error) {
			if (asked === this.organization) this.failure = codeOf(error);
		}
	}

	/** Makes a key; a repeat with its id, after a lost answer, brings another secret of the same key. */
	async add(key: Omit<NewApiKey, 'organization_id'>): Promise<ApiKeyWithSecret | FailureCode> {
		try {
			const made = await this.#api.addApiKey({ ...key, organization_id: this.organization });
			await this.refresh();
			return made;
		} catch (error) {
			return codeOf(error);
		}
	}

	async revoke(id: string): Promise<FailureCode | null> {
		this.busy = id;
		try {
			await this.#api.revokeApiKey(id);
			await this.refresh();
			return null;
		} catch (error) {
			return codeOf(error);
		} finally {
			this.busy = null;
		}
	}
}
