import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
	method: string;
	path: string;
	body: string;
}

interface DeployedFunction {
	slug: string;
	verify_jwt: boolean;
	entrypoint: string;
	/** Path in the project → content. */
	files: Map<string, string>;
}

/** A project as Supabase's management API shows it, as far as a deployment looks. */
export interface Project {
	ref: string;
	token: string;
	status: string;
	publishableKey: string;
	secretKey: string;
	secrets: Map<string, string>;
	signingKeys: { id: string; algorithm: string; status: string; public_jwk: unknown }[];
	auth: { site_url: string; uri_allow_list: string };
	functions: Map<string, DeployedFunction>;
}

/**
 * Stands in for https://api.supabase.com on the loopback: answers in the forms of its published
 * description, keeps what it is given, remembers every call, and fails when told to.
 */
export class ManagementApi {
	readonly project: Project;
	readonly calls: Call[] = [];
	/** Answers with a status instead of doing the work; null lets the call through. */
	fault: (call: Call) => number | null = () => null;

	readonly #server = createServer((request, response) => {
		void readBody(request).then(async (bytes) => {
			const path = (request.url ?? '').replace(`/v1/projects/${this.project.ref}`, '');
			const call = { method: request.method ?? '', path, body: bytes.toString('latin1') };
			this.calls.push(call);
			const authorized = request.headers.authorization === `Bearer ${this.project.token}`;
			const failure = authorized ? this.fault(call) : 401;
			const answer = failure === null ? await this.#answer(call, request, bytes) : undefined;
			const done = call.method === 'POST' ? 201 : 200;
			response.writeHead(failure ?? (answer === undefined ? 404 : done), {
				'content-type': 'application/json'
			});
			response.end(JSON.stringify(answer ?? { message: 'The service says no' }));
		});
	});

	constructor(project: Omit<Project, 'secrets' | 'signingKeys' | 'auth' | 'functions'>) {
		this.project = {
			...project,
			secrets: new Map(),
			signingKeys: [],
			auth: { site_url: 'http://localhost:3000', uri_allow_list: 'https://old.example.com' },
			functions: new Map()
		};
	}

	async listen(): Promise<string> {
		this.#server.listen(0, '127.0.0.1');
		await once(this.#server, 'listening');
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	close(): void {
		this.#server.closeAllConnections();
		this.#server.close();
	}

	/** Calls since the last look that changed something. */
	takeWrites(): string[] {
		return this.calls
			.splice(0)
			.filter(({ method }) => method !== 'GET')
			.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`);
	}

	async #answer(
		{ method, path, body }: Call,
		request: IncomingMessage,
		bytes: Buffer
	): Promise<unknown> {
		const { project } = this;
		switch (`${method} ${path.split('?')[0] ?? ''}`) {
			case 'GET ':
				return describeProject(project);
			case 'GET /api-keys':
				return [
					{ name: 'default', type: 'publishable', api_key: project.publishableKey },
					{ name: 'default', type: 'secret', api_key: project.secretKey }
				];
			case 'GET /secrets':
				return [...project.secrets].map(([name, value]) => ({ name, value: sha256(value) }));
			case 'POST /secrets':
				for (const { name, value } of JSON.parse(body) as { name: string; value: string }[])
					project.secrets.set(name, value);
				return {};
			case 'GET /config/auth/signing-keys':
				return { keys: project.signingKeys };
			case 'POST /config/auth/signing-keys':
				return this.#addKey(JSON.parse(body) as NewKey);
			case 'GET /config/auth':
				return project.auth;
			case 'PATCH /config/auth':
				return Object.assign(
					project.auth,
					JSON.parse(bytes.toString()) as Partial<Project['auth']>
				);
			case 'GET /functions':
				return [...project.functions.values()].map(describeFunction);
			case 'POST /functions/deploy':
				return this.#deploy(request, bytes);
			case 'PUT /functions':
				return { functions: JSON.parse(body) as unknown };
			default:
				return undefined;
		}
	}

	#addKey({ algorithm, status, private_jwk }: NewKey) {
		const publicJwk = Object.fromEntries(
			Object.entries(private_jwk).filter(([name]) => name !== 'd')
		);
		const key = { id: private_jwk.kid, algorithm, status, public_jwk: publicJwk };
		this.project.signingKeys.push(key);
		return key;
	}

	/** As `functions deploy --use-api` uploads: the files and a description of them. */
	async #deploy(request: IncomingMessage, bytes: Buffer) {
		const form = await new Response(new Uint8Array(bytes), {
			headers: { 'content-type': request.headers['content-type'] ?? '' }
		}).formData();
		const metadata = JSON.parse(form.get('metadata') as string) as {
			entrypoint_path: string;
			verify_jwt: boolean;
			name: string;
		};
		const files = new Map<string, string>();
		for (const file of form.getAll('file'))
			if (file instanceof File) files.set(file.name, await file.text());
		const deployed = {
			slug: metadata.name,
			verify_jwt: metadata.verify_jwt,
			entrypoint: metadata.entrypoint_path,
			files
		};
		this.project.functions.set(metadata.name, deployed);
		return describeFunction(deployed);
	}
}

interface NewKey {
	algorithm: string;
	status: string;
	private_jwk: { d: string; kid: string };
}

function describeProject({ ref, status }: Project) {
	return {
		id: ref,
		ref,
		organization_id: 'org',
		organization_slug: 'org',
		name: 'Stand-in',
		region: 'eu-central-1',
		created_at: '2026-01-01T00:00:00Z',
		status,
		database: {
			host: `db.${ref}.supabase.co`,
			version: '17.4.1.1',
			postgres_engine: '17',
			release_channel: 'ga'
		}
	};
}

function describeFunction({ slug, verify_jwt, entrypoint }: DeployedFunction) {
	return {
		id: slug,
		slug,
		name: slug,
		status: 'ACTIVE',
		version: 1,
		created_at: 1,
		updated_at: 1,
		verify_jwt,
		import_map: false,
		entrypoint_path: entrypoint
	};
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}

function sha256(text: string): string {
	return createHash('sha256').update(text).digest('hex');
}
