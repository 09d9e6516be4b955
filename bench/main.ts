/**
 * Runs benchmarks by name, each in a process of its own: `npm run bench -- stack realtime`.
 * `--strict` ends with 1 when a value is over its budget; `all` runs every one; nothing lists them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const names = ['stack', 'realtime', 'db', 'delivery', 'jobs', 'widget', 'console'].filter((name) =>
	existsSync(fileOf(name))
);
const given = process.argv.slice(2);
const wanted = given.includes('all') ? names : given.filter((word) => names.includes(word));
// What is no name goes to the benchmark: `npm run bench -- realtime 100 500`.
const options = given.filter((word) => word !== 'all' && !names.includes(word));
const unknown = options.filter((word) => /^[a-z]/.test(word));

if (wanted.length === 0 || unknown.length > 0) {
	for (const name of unknown) console.error(`There is no benchmark "${name}".`);
	console.log(`npm run bench -- ${names.join(' | ')} | all [--strict]`);
	process.exitCode = unknown.length > 0 ? 2 : 0;
} else {
	for (const name of wanted) {
		console.log(`\n${name}`);
		if ((await run(name)) !== 0) process.exitCode = 1;
	}
}

async function run(name: string): Promise<number | null> {
	const child = spawn(process.execPath, [fileOf(name), ...options], { stdio: 'inherit' });
	const [code] = (await once(child, 'exit')) as [number | null];
	return code;
}

function fileOf(name: string): string {
	return fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
}
