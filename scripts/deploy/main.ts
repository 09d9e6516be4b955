import { execFile } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { promisify } from 'node:util';
import { redact } from '../../tools/stack/src/stack/redact.ts';
import { deploy } from './deploy.ts';
import { type DeployOptions, help, readOptions, UsageError } from './options.ts';

try {
	const options = readOptions(process.argv.slice(2), process.env);
	if (!options) console.log(help);
	else {
		await warnAboutGit(options.root);
		const changes = await deploy(options, { say: console.log, agree: () => agree(options) });
		if (changes === null) process.exitCode = 1;
	}
} catch (error) {
	console.error(redact(error instanceof Error ? error.message : String(error)));
	if (error instanceof UsageError) console.error(`\n${help}`);
	process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function agree({ yes }: DeployOptions): Promise<boolean> {
	if (yes) return true;
	if (!process.stdin.isTTY)
		throw new UsageError('Nobody can be asked here: look with --dry-run, then run with --yes');
	const ask = createInterface({ input: process.stdin, output: process.stdout });
	const answer = await ask.question('\nMake these changes? [y/N] ');
	ask.close();
	return /^y(es)?$/i.test(answer.trim());
}

/** Deploying what is not committed is allowed; nobody else could deploy it again. */
async function warnAboutGit(root: string): Promise<void> {
	const git = promisify(execFile)('git', ['status', '--porcelain'], { cwd: root });
	// A checkout without git, or a machine without it, has nothing to warn about.
	const changed = await git.then(
		({ stdout }) => stdout.trim(),
		() => ''
	);
	if (changed) console.log('Note: this checkout has changes that are not committed.\n');
}
