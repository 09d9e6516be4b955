import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const Project = z.object({ name: z.string(), status: z.string(), region: z.string() });
const ApiKeys = z.array(
	z.object({ name: z.string(), type: z.string().nullish(), api_key: z.string().nullish() })
);
const Secrets = z.array(z.object({ name: z.string(), value: z.string().nullish() }));
const SigningKeys = z.object({
	keys: z.array(z.object({ id: z.string(), status: z.string(), algorithm: z.string() }))
});
const AuthConfig = z.looseObject({
	site_url: z.string().nullish(),
	uri_allow_list: z.string().nullish()
});
const Functions = z.array(z.object({ slug: z.string(), status: z.string().nullish() }));
const Poolers = z.array(
	z.object({
		db_user: z.string(),
		db_host: z.string(),
		db_name: z.string(),
		database_type: z.string()
	})
);

const attempts = 5;
const firstDelayMs = 200;

/** A refusal of the management API, in its own words. */
export class ManagementError extends Error {
	readonly status: number;
	constructor(status: number, what: string, answer: string) {
		super(`${what}: ${status} ${answer.slice(0, 500)}`);
		this.status = status;
	}
}

/** The few calls of Supabase's management API that a deployment needs. All may be repeated. */
export class ManagementApi {
	readonly #base: string;
	readonly #token: string;
	readonly #delayMs: number;

	constructor(options: { apiUrl: string; ref: string; accessToken: string; delayMs?: number }) {
		this.#base = `${options.apiUrl}/v1/projects/${options.ref}`;
		this.#token = options.accessToken;
		this.#delayMs = options.delayMs ?? firstDelayMs;
	}

	project = async () => Project.parse(await this.#call('GET', ''));
	apiKeys = async () => ApiKeys.parse(await this.#call('GET', '/api-keys?reveal=true'));
	secrets = async () => Secrets.parse(await this.#call('GET', '/secrets'));
	functions = async () => Functions.parse(await this.#call('GET', '/functions'));
	authConfig = async () => AuthConfig.parse(await this.#call('GET', '/config/auth'));
	poolers = async () => Poolers.parse(await this.#call('GET', '/config/database/pooler'));

	signingKeys = async () =>
		SigningKeys.parse(await this.#call('GET', '/config/auth/signing-keys')).keys;

	setSecret = async (name: string, value: string) => {
		await this.#call('POST', '/secrets', [{ name, value }]);
	};

	setAuthConfig = async (config: Record<string, unknown>) => {
		await this.#call('PATCH', '/config/auth', config);
	};

	addSigningKey = async (privateJwk: Record<string, unknown>) => {
		const body = { algorithm: 'ES256', status: 'standby', private_jwk: privateJwk };
		await this.#call('POST', '/config/auth/signing-keys', body);
	};

	/** The service has bad moments; a busy or broken answer is asked again. */
	async #call(method: string, path: string, body?: unknown): Promise<unknown> {
		for (let attempt = 1; ; attempt++) {
			const failure = await this.#attempt(method, path, body).catch((error: unknown) => error);
			if (!(failure instanceof Error)) return failure;
			const hopeless =
				failure instanceof ManagementError && failure.status < 500 && failure.status !== 429;
			if (hopeless || attempt === attempts) throw failure;
			await sleep(this.#delayMs * 2 ** (attempt - 1));
		}
	}

	async #attempt(method: string, path: string, body: unknown): Promise<unknown> {
		const response = await fetch(this.#base + path, {
			method,
			headers: {
				authorization: `Bearer ${this.#token}`,
				...(body === undefined ? {} : { 'content-type': 'application/json' })
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
			signal: AbortSignal.timeout(30_000)
		});
		const text = await response.text();
		if (!response.ok) throw new ManagementError(response.status, `${method} ${path}`, text);
		return text === '' ? null : JSON.parse(text);
	}
}
