/** W3C WebDriver over HTTP: as much of it as a walk needs. */
export class WebDriver {
	readonly #session: string;

	private constructor(session: string) {
		this.#session = session;
	}

	static async start(server: string, capabilities: object): Promise<WebDriver> {
		const body = { capabilities: { alwaysMatch: capabilities } };
		const { sessionId } = await command<{ sessionId: string }>('POST', `${server}/session`, body);
		return new WebDriver(`${server}/session/${sessionId}`);
	}

	post<Answer>(path: string, body: object = {}): Promise<Answer> {
		return command<Answer>('POST', `${this.#session}/${path}`, body);
	}

	/** The value of an expression in the page. */
	run<Answer>(expression: string): Promise<Answer> {
		return this.post('execute/sync', { script: `return ${expression}`, args: [] });
	}

	/** Keys and pointer as the person has them, also what lies in a shadow root. */
	act(source: object): Promise<void> {
		return this.post('actions', { actions: [source] });
	}

	async end(): Promise<void> {
		await command('DELETE', this.#session);
	}
}

async function command<Answer>(method: string, url: string, body?: object): Promise<Answer> {
	const response = await fetch(url, {
		method,
		...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
	});
	const { value } = (await response.json()) as { value: Answer };
	if (response.ok) return value;
	const { error, message } = value as { error: string; message: string };
	throw new Error(`${url}: ${error}: ${message}`);
}
