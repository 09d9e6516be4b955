import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AlreadyRunning, claimDataDirectory, readRun } from '../src/stack/run-file.ts';
import { createProject, type ProjectFixture } from './support/project-fixture.ts';

const address = { port: 1, url: 'http://127.0.0.1:1' };
let project: ProjectFixture;

beforeEach(() => {
	project = createProject({});
});
afterEach(() => {
	project.remove();
});

it('is claimed once and free again after the release', () => {
	const release = claimDataDirectory(project.root, address);
	expect(readRun(project.root)).toMatchObject({ pid: process.pid, ...address });
	expect(() => claimDataDirectory(project.root, address)).toThrow(AlreadyRunning);
	release();
	expect(readRun(project.root)).toBeNull();
	claimDataDirectory(project.root, address)();
});

it('is not held by another process that got the pid of a killed stack', () => {
	const release = claimDataDirectory(project.root, address);
	const text = readFileSync(join(project.root, 'run.json'), 'utf8');
	release();
	project.write('run.json', text.replace(/"started": "\d+"/, '"started": "1"'));
	expect(readRun(project.root)).toBeNull();
	claimDataDirectory(project.root, address);
	expect(readRun(project.root)).toMatchObject({ pid: process.pid });
});

it.each(['', '{ "pid": 1', '[]'])('survives a file that was cut off: %j', (text) => {
	project.write('run.json', text);
	expect(readRun(project.root)).toBeNull();
	claimDataDirectory(project.root, address);
	expect(readRun(project.root)).toMatchObject(address);
});

it('does not remove the claim of a successor', () => {
	const release = claimDataDirectory(project.root, address);
	project.write('run.json', JSON.stringify({ pid: 1, started: '1', ...address }));
	release();
	expect(readFileSync(join(project.root, 'run.json'), 'utf8')).toContain('"pid":1');
});
