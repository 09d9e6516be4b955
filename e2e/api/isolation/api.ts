import type { Backend } from '../../support/backend.ts';
import type { Actor } from './actors.ts';
import type { Secrets } from './secrets.ts';

export interface Answer {
	status: number;
	text: string;
	/** The body, or null when it is empty or no JSON. */
	body: unknown;
	headers: Headers;
	/** Of an error: SQLSTATE or PostgREST's own. */
	code: string | null;
	/** Of an error: an ErrorCode when SQL refused. */
	message: string | null;
}

export interface Ask {
	method?: string;
	body?: unknown;
	headers?: Record<string, string>;
}

// More at once only wait for each other on two cores.
const atOnce = 12;

/** The API as each actor reaches it: plain requests, so that a client library hides nothing. */
export class Api {
	readonly #backend: Backend;
	readonly #tokens: Partial<Record<Actor, string>>;
	readonly #secrets: Secrets;
	readonly #waiting: (() => void)[] = [];
	#free = atOnce;
	/** How many requests were sent. */
	sent = 0;

	/** Answers that carried what the actor must not see, whatever was asked. */
	readonly leaks: string[] = [];

	constructor(backend: Backend, tokens: Partial<Record<Actor, string>>, secrets: Secrets) {
		this.#backend = backend;
		this.#tokens = tokens;
		this.#secrets = secrets;
	}

	token(actor: Actor): string | undefined {
		return this.#tokens[actor];
	}

	credentials(actor: Actor): Record<string, string> {
		const { publishableKey, secretKey } = this.#backend;
		const token = this.#tokens[actor];
		return {
			apikey: actor === 'svc' ? secretKey : publishableKey,
			...(token === undefined ? {} : { authorization: `Bearer ${token}` })
		};
	}

	/** `path` is below the project's URL: `rest/v1/…`, `storage/v1/…`. */
	ask(actor: Actor, path: string, options: Ask = {}): Promise<Answer> {
		return this.#whenFree(async () => {
			const { body, method = body === undefined ? 'GET' : 'POST', headers = {} } = options;
			this.sent++;
			const response = await fetch(`${this.#backend.url}/${path}`, {
				method,
				headers: {
					...this.credentials(actor),
					...(body === undefined ? {} : { 'content-type': 'application/json' }),
					...headers
				},
				...(body === undefined
					? {}
					: { body: typeof body === 'string' ? body : JSON.stringify(body) })
			});
			const answer = await read(response);
			this.#search(actor, `${method} ${path} ${JSON.stringify(body)}`, answer);
			return answer;
		});
	}

	/** What the actor named itself is no news. */
	#search(actor: Actor, question: string, { text }: Answer): void {
		for (const secret of this.#secrets[actor] ?? []) {
			if (!text.includes(secret) || question.includes(secret)) continue;
			this.leaks.push(`${actor} learned ${secret} from ${question}`);
		}
	}

	async #whenFree<Result>(run: () => Promise<Result>): Promise<Result> {
		if (this.#free > 0) this.#free--;
		else await new Promise<void>((resolve) => this.#waiting.push(resolve));
		try {
			return await run();
		} finally {
			const next = this.#waiting.shift();
			if (next) next();
			else this.#free++;
		}
	}
}

async function read(response: Response): Promise<Answer> {
	const text = await response.text();
	const body = parse(text);
	const error = response.ok ? null : (body as { code?: unknown; message?: unknown } | null);
	return {
		status: response.status,
		text,
		body,
		headers: response.headers,
		code: typeof error?.code === 'string' ? error.code : null,
		message: typeof error?.message === 'string' ? error.message : null
	};
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return null;
	}
}
