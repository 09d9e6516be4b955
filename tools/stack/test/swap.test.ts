import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	writeFileSync
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { finishSwap, keptIn, preparedIn, restorable, swap } from '../src/backup/swap.ts';
import { createProject } from './support/project-fixture.ts';

const project = createProject({});
afterAll(project.remove);

function folder(name: string): string {
	const data = join(project.root, name);
	for (const [where, text] of [
		[data, 'old'],
		[preparedIn(data), 'new']
	] as const) {
		for (const part of ['postgres', 'storage']) {
			mkdirSync(join(where, part), { recursive: true });
			writeFileSync(join(where, part, 'file'), text);
		}
		writeFileSync(join(where, 'keys.json'), text);
	}
	return data;
}

function content(directory: string): string[] {
	return restorable.map((name) =>
		readFileSync(
			name === 'keys.json' ? join(directory, name) : join(directory, name, 'file'),
			'utf8'
		)
	);
}

describe('the swap of a restore', () => {
	it('puts the new data in place and keeps the old', async () => {
		const data = folder('whole');
		writeFileSync(join(data, 'letter.txt'), 'not ours');
		await swap(data, restorable);
		expect(content(data)).toEqual(['new', 'new', 'new']);
		expect(content(keptIn(data))).toEqual(['old', 'old', 'old']);
		expect(readdirSync(data).sort()).toEqual(
			['before-restore', 'keys.json', 'letter.txt', 'postgres', 'storage'].sort()
		);
	});

	it('is finished by the next start, wherever it was killed', async () => {
		// Six renames; a kill after each of them.
		for (let done = 0; done <= 6; done++) {
			const data = folder(`killed-${done}`);
			mkdirSync(keptIn(data));
			writeFileSync(join(data, 'restore.json'), JSON.stringify(restorable));
			const renames = restorable.flatMap((name) => [
				() => renameSync(join(data, name), join(keptIn(data), name)),
				() => renameSync(join(preparedIn(data), name), join(data, name))
			]);
			for (const rename of renames.slice(0, done)) rename();
			await finishSwap(data);
			expect(content(data)).toEqual(['new', 'new', 'new']);
			expect(content(keptIn(data))).toEqual(['old', 'old', 'old']);
			expect(existsSync(join(data, 'restore.json'))).toBe(false);
		}
	});

	it('is not begun by what an unfinished unpacking left', async () => {
		const data = folder('unpacking');
		await finishSwap(data);
		expect(content(data)).toEqual(['old', 'old', 'old']);
	});
});
