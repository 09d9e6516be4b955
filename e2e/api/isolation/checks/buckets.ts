import { randomUUID } from 'node:crypto';
import { actorCodes, type Actor } from '../actors.ts';
import type { Answer, Api } from '../api.ts';
import type { BucketCells } from '../cells.ts';
import type { Context } from '../context.ts';
import { fillGrid, type Cell, type Grid } from '../grid.ts';
import type { World } from '../world.ts';

/** The content of a file and the type it is sent with. */
export interface File {
	bucket: string;
	path: string;
	type: string;
}

const commands = { list, read, sign, upload, overwrite, remove };

export type BucketCommand = keyof typeof commands;

/** These leave the file changed to those who come after. */
const changing: BucketCommand[] = ['overwrite', 'remove'];

export const bucketCommands = Object.keys(commands) as BucketCommand[];

interface Question {
	bucket: string;
	about: BucketCells;
	command: BucketCommand;
	asked?: readonly Actor[];
}

/** Every actor tries the command on the file of each line; the service puts it there and looks at it afterwards. */
export async function askBucket(
	{ world }: Context,
	{ bucket, about, command, asked = actorCodes }: Question
): Promise<Grid> {
	await about.prepare?.(world);
	const places = Object.keys(about[command]);
	const fileOf = (place: string) => ({ bucket, path: about.path(world, place), type: about.type });
	const files = new Map(places.map((place) => [place, fileOf(place)]));
	for (const file of files.values()) await put(world.api, 'svc', file, 'mine');
	const ask = (place: string, actor: Actor) =>
		commands[command](world, files.get(place) ?? fileOf(place), actor);
	return changing.includes(command) ? fillInTurn(places, ask, asked) : fillGrid(places, ask, asked);
}

async function list({ api }: World, file: File, actor: Actor): Promise<Cell> {
	const slash = file.path.lastIndexOf('/');
	const prefix = file.path.slice(0, Math.max(0, slash));
	const answer = await api.ask(actor, `storage/v1/object/list/${file.bucket}`, {
		body: { prefix, limit: 1000 }
	});
	return answer.text.includes(file.path.slice(slash + 1)) ? '+' : '-';
}

async function read({ api }: World, file: File, actor: Actor): Promise<Cell> {
	const { text } = await api.ask(actor, `storage/v1/object/authenticated/${urlOf(file)}`);
	return text === contentOf('mine') ? '+' : '-';
}

/** Asks for a link, then opens it as a passer-by. */
async function sign({ api }: World, file: File, actor: Actor): Promise<Cell> {
	const { body } = await api.ask(actor, `storage/v1/object/sign/${urlOf(file)}`, {
		body: { expiresIn: 60 }
	});
	const link = (body as { signedURL?: unknown } | null)?.signedURL;
	if (typeof link !== 'string') return '-';
	const { text } = await api.ask('pas', `storage/v1${link}`);
	return text === contentOf('mine') ? '+' : '?';
}

/** A new file beside the one of the line. */
async function upload({ api }: World, file: File, actor: Actor): Promise<Cell> {
	const beside = { ...file, path: file.path.replace(/[^/]+$/, `${randomUUID()}.json`) };
	await put(api, actor, beside, 'theirs', false);
	const stored = (await look(api, beside)).text === contentOf('theirs');
	if (stored) await api.ask('svc', `storage/v1/object/${urlOf(beside)}`, { method: 'DELETE' });
	return stored ? '+' : '-';
}

async function overwrite({ api }: World, file: File, actor: Actor): Promise<Cell> {
	await put(api, 'svc', file, 'mine');
	await put(api, actor, file, 'theirs');
	await api.ask(actor, `storage/v1/object/${urlOf(file)}`, {
		method: 'PUT',
		body: contentOf('theirs'),
		headers: { 'content-type': file.type }
	});
	return (await look(api, file)).text === contentOf('mine') ? '-' : '+';
}

async function remove({ api }: World, file: File, actor: Actor): Promise<Cell> {
	await put(api, 'svc', file, 'mine');
	await api.ask(actor, `storage/v1/object/${urlOf(file)}`, { method: 'DELETE' });
	await api.ask(actor, `storage/v1/object/${file.bucket}`, {
		method: 'DELETE',
		body: { prefixes: [file.path] }
	});
	return (await look(api, file)).text === contentOf('mine') ? '-' : '+';
}

export function look(api: Api, file: File): Promise<Answer> {
	return api.ask('svc', `storage/v1/object/authenticated/${urlOf(file)}`);
}

export function put(
	api: Api,
	actor: Actor,
	file: File,
	content: string,
	upsert = true
): Promise<Answer> {
	return api.ask(actor, `storage/v1/object/${urlOf(file)}`, {
		method: 'POST',
		body: contentOf(content),
		headers: { 'content-type': file.type, 'x-upsert': String(upsert) }
	});
}

export function contentOf(content: string): string {
	return JSON.stringify({ content });
}

export function urlOf({ bucket, path }: { bucket: string; path: string }): string {
	return `${bucket}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** One actor at a time on the file of each line. */
async function fillInTurn(
	names: string[],
	ask: (name: string, actor: Actor) => Promise<Cell>,
	asked: readonly Actor[]
): Promise<Grid> {
	const cells = new Map<string, Cell>();
	await Promise.all(
		names.map(async (name) => {
			for (const actor of asked) cells.set(`${name} ${actor}`, await ask(name, actor));
		})
	);
	return fillGrid(
		names,
		(name, actor) => Promise.resolve(cells.get(`${name} ${actor}`) ?? '?'),
		asked
	);
}
