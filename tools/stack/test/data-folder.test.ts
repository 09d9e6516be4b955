import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeDataFolder } from '../src/stack/data-folder.ts';
import { resetData } from '../src/stack/reset.ts';

const directory = mkdtempSync(join(tmpdir(), 'stack-folder-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('says why data cannot be kept in a folder', () => {
	const file = join(directory, 'file');
	writeFileSync(file, '');
	expect(() => makeDataFolder(file)).toThrow(
		`The data cannot be kept in ${file}: a file has that name.`
	);
	expect(() => makeDataFolder(join(file, 'in/it'))).toThrow('a part of that path is a file');
	makeDataFolder(join(directory, 'made/with/parents'));
	expect(() => makeDataFolder(join(directory, 'made/with/parents'))).not.toThrow();
});

it('tells whether a reset deleted anything', async () => {
	const data = join(directory, 'data');
	makeDataFolder(data);
	expect(await resetData(data)).toBe(false);
	mkdirSync(join(data, 'storage'));
	mkdirSync(join(data, 'backups'));
	expect(await resetData(data)).toBe(true);
	expect(await resetData(data)).toBe(false);
	writeFileSync(join(data, 'thesis.doc'), '');
	await expect(resetData(data)).rejects.toThrow("does not hold ChatIQ's data");
});
