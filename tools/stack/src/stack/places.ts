import { basename, dirname, join } from 'node:path';

/** Folders that outlive the data: a reset or a restore leaves them alone. */
export interface Places {
	logs: string;
	backups: string;
}

/** Beside `.chatiq/data`; inside of a data folder that somebody chose, whose surroundings are not ours. */
export function placesOf(dataDirectory: string): Places {
	const parent = dirname(dataDirectory);
	const home = basename(parent) === '.chatiq' ? parent : dataDirectory;
	return { logs: join(home, 'logs'), backups: join(home, 'backups') };
}
