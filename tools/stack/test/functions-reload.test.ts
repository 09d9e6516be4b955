import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveFunctions, type FunctionsServer } from './support/functions-server.ts';
import { createProject } from './support/project-fixture.ts';

const entry = (name: string) =>
	`[functions.${name}]\nverify_jwt = false\nentrypoint = "../functions/${name}/index.ts"\n`;
const config = ['one', 'two', 'broken'].map(entry).join('');
const project = createProject({
	'supabase/config.toml': config,
	'functions/.env': 'COLOUR=red\n',
	'functions/_shared/text.ts': `export const text = 'first';`,
	'functions/one/index.ts': `
		import { text } from '../_shared/text.ts';
		export default { async fetch(request: Request) {
			if (request.method === 'POST') await request.text();
			return new Response(text + ' ' + Deno.env.get('COLOUR'));
		} };`,
	'functions/two/index.ts': `export default { fetch: () => new Response('two') };`,
	'functions/broken/index.ts': `export default { fetch( => };`
});
let server: FunctionsServer;

beforeAll(async () => {
	server = await serveFunctions(project.root);
});
afterAll(async () => {
	await server.close();
	project.remove();
});

async function get(name: string): Promise<string> {
	const response = await fetch(`${server.url}/${name}`);
	return response.ok ? response.text() : String(response.status);
}

it('restarts what imports a changed file, within a second, and nothing else', async () => {
	expect(await get('one')).toBe('first red');
	expect(await get('two')).toBe('two');
	const two = server.functions.pid('two');
	project.write('functions/_shared/text.ts', `export const text = 'second';`);
	await expect.poll(() => get('one'), { interval: 50 }).toBe('second red');
	expect(await get('two')).toBe('two');
	expect(server.functions.pid('two')).toBe(two);
});

it('lets a request under way finish on the code that it began with', async () => {
	project.write('functions/_shared/text.ts', `export const text = 'old';`);
	await expect.poll(() => get('one')).toBe('old red');
	const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
	const writer = writable.getWriter();
	const answer = fetch(`${server.url}/one`, {
		method: 'POST',
		body: readable,
		duplex: 'half'
	} as RequestInit);
	await writer.write(new TextEncoder().encode('begun'));
	const before = server.functions.pid('one') ?? 0;
	project.write('functions/_shared/text.ts', `export const text = 'new';`);
	await expect.poll(() => get('one')).toBe('new red');
	await writer.close();
	expect(await (await answer).text()).toBe('old red');
	// Done, the old process leaves.
	const lives = () => {
		try {
			return process.kill(before, 0);
		} catch {
			return false;
		}
	};
	await expect.poll(lives).toBe(false);
});

it('gives a changed secret to functions', async () => {
	project.write('functions/.env', 'COLOUR=blue\n');
	await expect.poll(() => get('one')).toBe('new blue');
});

it('answers 503 for a function with a syntax error alone, until it is mended', async () => {
	expect(await get('broken')).toBe('503');
	expect(await get('two')).toBe('two');
	project.write('functions/broken/index.ts', `export default { fetch: () => new Response('ok') };`);
	await expect.poll(() => get('broken')).toBe('ok');
	project.write('functions/broken/index.ts', `export default { fetch( => };`);
	await expect.poll(() => get('broken')).toBe('503');
});

it('serves what is added to config.toml, stops serving what is removed, and outlives a bad edit', async () => {
	expect(await get('three')).toBe('404');
	project.write('functions/three/index.ts', `export default { fetch: () => new Response('3') };`);
	project.write('supabase/config.toml', config + entry('three'));
	await expect.poll(() => get('three')).toBe('3');
	project.write('supabase/config.toml', '[functions.');
	await expect.poll(() => server.log.join('\n')).toContain('functions stay as they are');
	expect(await get('three')).toBe('3');
	project.write('supabase/config.toml', config);
	await expect.poll(() => get('three')).toBe('404');
	rmSync(join(project.root, 'functions/three'), { recursive: true });
});
