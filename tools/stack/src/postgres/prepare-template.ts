import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { allowEveryoneToRead, locateBinaries, type PostgresBinaries } from './binaries.ts';
import { keepTemplate, readCluster, templateFile } from './cluster-template.ts';
import { initialise } from './initdb.ts';
import { superuser } from './superuser.ts';
import { unprivilegedUser } from './unprivileged-user.ts';

/** Makes and keeps what the first start of this checkout would have to make. */
export async function prepareTemplate(binaries: PostgresBinaries): Promise<void> {
	const template = templateFile({ binaries, superuser });
	if (existsSync(template)) return;
	const around = await mkdtemp(path.join(tmpdir(), 'chatiq-cluster-'));
	try {
		const directory = path.join(around, 'cluster');
		const user = unprivilegedUser(directory);
		if (user !== null) {
			await chmod(around, 0o711);
			allowEveryoneToRead(binaries);
		}
		await mkdir(directory, { mode: 0o700 });
		await initialise(directory, { binaries, user, superuser });
		await keepTemplate(template, readCluster(directory));
	} finally {
		await rm(around, { recursive: true });
	}
}

// `npm install` runs this file.
if (import.meta.main) await prepareTemplate(locateBinaries());
