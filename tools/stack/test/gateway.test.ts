import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGateway, type Gateway, type Services } from '../src/gateway.ts';
import { answer, pathOf, type Route } from '../src/gateway/answer.ts';
import { consoleRoute } from '../src/gateway/console.ts';
import { readSiteKey, Shop } from '../src/gateway/shop.ts';
import { StaticFiles } from '../src/gateway/static-files.ts';
import { createProject } from './support/project-fixture.ts';

const loader = `/* ${'a loader that compresses well '.repeat(40)} */`;
const project = createProject({
	'widget/widget.js': loader,
	'widget/widget/panel-B3fk20aZ.js': 'export const panel = 1;',
	'widget/widget/logo.png': 'not really',
	'secret.txt': 'outside of the folder',
	'build/handler.js': `export function handler(request, response, next) {
		if (request.url === '/nothing') return next();
		response.setHeader('x-env', process.env.SUPABASE_URL ?? '');
		response.end(request.headers['x-forwarded-proto'] + ' ' + request.url);
	}`,
	'supabase/demo.json': '{ "site_key": "site_<demo>" }'
});

/** Says which part of the stack got the request, in place of that part. */
const named =
	(name: string): Route =>
	(request, response) =>
		answer(request, response, { status: 200, body: `${name} ${pathOf(request)}` });

let gateway: Gateway;
let services: Services;

beforeAll(async () => {
	gateway = await openGateway({ port: 0 });
	services = {
		api: {
			fetch: async (request, { peerAddress }) =>
				new Response(`api ${request.method} ${peerAddress} ${await request.text()}`)
		},
		realtime: {
			handle: named('realtime'),
			upgrade: (_, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\nhello')
		},
		functions: { handle: named('functions'), upgrade: (_, socket) => socket.destroy() },
		widget: new StaticFiles(join(project.root, 'widget')),
		shop: new Shop({
			directory: join(import.meta.dirname, '../../../apps/shop'),
			widgetUrl: `${gateway.url}/widget.js`,
			siteKey: () => readSiteKey(join(project.root, 'supabase/demo.json'))
		}),
		console: await consoleRoute(join(project.root, 'build/handler.js'), {
			SUPABASE_URL: gateway.url
		})
	};
});
afterAll(async () => {
	await gateway.close();
	project.remove();
});

/** Unlike `fetch` it sends paths and Host as they are and does not decompress. */
async function raw(path: string, headers: Record<string, string> = {}, method = 'GET') {
	const response = await new Promise<IncomingMessage>((resolve, reject) => {
		httpRequest({ host: '127.0.0.1', port: gateway.port, path, headers, method }, resolve)
			.on('error', reject)
			.end();
	});
	const chunks: Buffer[] = [];
	for await (const chunk of response) chunks.push(chunk as Buffer);
	return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

it('answers 503 until the stack is up', async () => {
	const { status, headers } = await raw('/rest/v1/anything');
	expect([status, headers['retry-after']]).toEqual([503, '1']);
	gateway.serve(services);
	expect((await raw('/rest/v1/anything')).status).toBe(200);
});

describe('routes', () => {
	it.each(['/rest/v1/messages', '/auth/v1/token', '/storage/v1/object/x'])(
		'%s to the API with body and peer address',
		async (path) => {
			const response = await fetch(gateway.url + path, { method: 'POST', body: 'тіло' });
			expect(await response.text()).toBe('api POST 127.0.0.1 тіло');
		}
	);

	it.each([
		['/realtime/v1/api/broadcast', 'realtime'],
		['/functions/v1/boot', 'functions'],
		['/functions/v1', 'functions']
	])('%s to %s', async (path, part) => {
		expect((await raw(path)).body.toString()).toBe(`${part} ${path}`);
	});

	it.each(['/', '/inbox/1?filter=open', '/restaurant', '/rest/v1x', '/widgets', '/missing.js'])(
		'%s to the console',
		async (path) => {
			const { body, headers } = await raw(path, { 'x-forwarded-proto': 'https' });
			expect(body.toString()).toBe(`http ${path}`);
			expect(headers['x-env']).toBe(gateway.url);
		}
	);

	it('404 when the console passes', async () => {
		expect((await raw('/nothing')).status).toBe(404);
	});

	it('the console to one origin', async () => {
		const { status, headers } = await raw('/inbox?a=1', { host: `localhost:${gateway.port}` });
		expect([status, headers.location]).toEqual([307, `${gateway.url}/inbox?a=1`]);
	});

	it('websocket upgrades to Realtime only', async () => {
		const upgrade = async (path: string) => {
			const socket = connect(gateway.port, '127.0.0.1');
			socket.write(
				`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`
			);
			let text = '';
			for await (const chunk of socket) text += String(chunk);
			return text;
		};
		expect(await upgrade('/realtime/v1/websocket?vsn=2.0.0')).toMatch(/101.*hello/s);
		expect(await upgrade('/elsewhere')).toContain('404');
	});

	it('an error inside a part as 500, not as a broken connection', async () => {
		const console = services.console;
		services.console = () => {
			throw new Error('on purpose');
		};
		expect((await raw('/')).status).toBe(500);
		services.console = console;
	});
});

it('says that the console is not built', async () => {
	const route = await consoleRoute(join(project.root, 'nowhere/handler.js'), {});
	const console = services.console;
	services.console = route;
	const { status, body } = await raw('/');
	expect([status, body.toString().includes('npm run build')]).toEqual([503, true]);
	services.console = console;
});

describe('the widget', () => {
	it.each([
		['br', brotliDecompressSync],
		['gzip', gunzipSync]
	])('is compressed with %s, revalidated, and open to any origin', async (encoding, decompress) => {
		const { headers, body } = await raw('/widget.js', { 'accept-encoding': encoding });
		expect(headers).toMatchObject({
			'content-encoding': encoding,
			'content-type': 'text/javascript; charset=utf-8',
			'cache-control': 'no-cache',
			'access-control-allow-origin': '*',
			vary: 'accept-encoding'
		});
		expect(body.length).toBeLessThan(loader.length / 4);
		expect(decompress(body).toString()).toBe(loader);
		const again = await raw('/widget.js', {
			'accept-encoding': encoding,
			'if-none-match': headers.etag ?? ''
		});
		expect([again.status, again.body.length]).toEqual([304, 0]);
	});

	it('is sent plain to who cannot decompress', async () => {
		for (const headers of [{}, { 'accept-encoding': 'br;q=0, identity' }]) {
			const plain = await raw('/widget.js', headers);
			expect(plain.headers['content-encoding']).toBeUndefined();
			expect(plain.body.toString()).toBe(loader);
		}
	});

	it('serves hashed chunks for ever', async () => {
		const { status, headers } = await raw('/widget/panel-B3fk20aZ.js');
		expect([status, headers['cache-control']]).toEqual([
			200,
			'public, max-age=31536000, immutable'
		]);
	});

	it('answers HEAD without a body and other methods with 405', async () => {
		const head = await raw('/widget.js', {}, 'HEAD');
		expect([head.status, head.headers['content-length'], head.body.length]).toEqual([
			200,
			String(loader.length),
			0
		]);
		expect((await raw('/widget.js', {}, 'POST')).status).toBe(405);
		expect((await raw('/widget.js', {}, 'OPTIONS')).status).toBe(204);
	});

	it('is served anew after a rebuild', async () => {
		project.write('widget/widget/late.js', 'one');
		expect((await raw('/widget/late.js')).body.toString()).toBe('one');
		project.write('widget/widget/late.js', 'second');
		expect((await raw('/widget/late.js')).body.toString()).toBe('second');
	});

	it.each([
		'/widget/../../secret.txt',
		'/widget/%2e%2e/secret.txt',
		'/widget/..%2fsecret.txt',
		'/widget/%'
	])('does not leave its folder for %s', async (path) => {
		const { status, body } = await raw(path);
		expect([status, body.toString()]).toEqual([404, 'Not found']);
	});
});

describe('the shop', () => {
	it.each([
		['/shop/', 'en', 'Roasted on Tuesdays, brewed by Friday'],
		['/shop/?lang=uk', 'uk', 'У вівторок смажимо'],
		['/shop/ethiopia-guji?lang=uk', 'uk', 'Ефіопія Гуджі']
	])('%s embeds the widget as a customer would', async (path, language, text) => {
		const { status, body } = await raw(path);
		const html = body.toString();
		expect(status).toBe(200);
		expect(html).toContain(`<html lang="${language}">`);
		expect(html).toContain(text);
		expect(html).toContain(
			`<script async src="${gateway.url}/widget.js" data-site-key="site_&lt;demo&gt;"></script>`
		);
		expect(html).not.toContain('{{');
	});

	it('has its files and nothing else', async () => {
		expect((await raw('/shop/shop.css')).headers['content-type']).toContain('text/css');
		for (const path of ['/shop/en.json', '/shop/frame', '/shop/../secret.txt', '/shop/none'])
			expect((await raw(path)).status).toBe(404);
		expect((await raw('/shop')).headers.location).toBe('/shop/');
	});

	it('is there before the demo site is', () => {
		expect(readSiteKey(join(project.root, 'none.json'))).toBeNull();
	});
});

it('lets requests under way finish before it closes', async () => {
	const closing = await openGateway({ port: 0 });
	const held = Promise.withResolvers<undefined>();
	const asked = Promise.withResolvers<undefined>();
	closing.serve({
		...services,
		functions: {
			upgrade: (_, socket) => socket.destroy(),
			handle: (request, response) => {
				asked.resolve(undefined);
				void held.promise.then(() => answer(request, response, { status: 200, body: 'done' }));
			}
		}
	});
	const slow = fetch(`${closing.url}/functions/v1/slow`);
	await asked.promise;
	const drained = closing.drain();
	expect((await fetch(closing.url)).status).toBe(503);
	held.resolve(undefined);
	expect(await (await slow).text()).toBe('done');
	await drained;
	await closing.close();
	await expect(fetch(closing.url)).rejects.toThrow('fetch failed');
});

describe('a busy port', () => {
	it('is named together with its holder and the way out', async () => {
		await expect(openGateway({ port: gateway.port })).rejects.toThrow(
			new RegExp(
				`Port ${gateway.port} is already in use by PID ${process.pid}.*npm start -- --port 54400`,
				's'
			)
		);
	});

	it('is noticed when only the IPv6 side of localhost is taken', async (context) => {
		const foreign = createServer();
		const listening = await new Promise<boolean>((resolve) => {
			foreign.once('error', () => resolve(false));
			foreign.listen(0, '::1', () => resolve(true));
		});
		if (!listening) return context.skip('this machine has no IPv6 loopback');
		const { port } = foreign.address() as AddressInfo;
		await expect(openGateway({ port })).rejects.toThrow(`Port ${port} is already in use`);
		foreign.close();
	});
});
