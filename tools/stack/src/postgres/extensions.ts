import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * Extensions of hosted projects that the binaries lack, in SQL of our own (tools/stack/sql). A
 * database keeps what it installed: whoever changes such a file in a way that matters to existing
 * data raises its version here and adds an update script.
 */
const extensions = [
	{
		name: 'pg_net',
		script: 'net.sql',
		version: '0.19.5',
		comment: 'Async HTTP, sent by the local stack'
	},
	{
		name: 'pg_cron',
		script: 'cron.sql',
		version: '1.6.4',
		comment: 'Job scheduler, run by the local stack',
		schema: 'pg_catalog'
	},
	{
		name: 'pgmq',
		script: 'pgmq.sql',
		version: '1.5.1',
		comment: 'A lightweight message queue',
		schema: 'pgmq'
	},
	{
		name: 'vector',
		script: 'vector.sql',
		version: '0.8.0',
		comment: 'vector data type in SQL, without approximate indexes'
	}
];

export interface ExtensionFile {
	name: string;
	content: string;
}

/** What belongs into the directory `extension` of Postgres. */
export function extensionFiles(): ExtensionFile[] {
	return extensions.flatMap(({ name, script, version, comment, schema }) => [
		{
			name: `${name}.control`,
			content: [
				`comment = '${comment}'`,
				`default_version = '${version}'`,
				'relocatable = false',
				// A hosted project lets `postgres`, which is no superuser, install these.
				'trusted = true',
				...(schema === undefined ? [] : [`schema = '${schema}'`]),
				''
			].join('\n')
		},
		{
			name: `${name}--${version}.sql`,
			content: readFileSync(new URL(`../../sql/${script}`, import.meta.url), 'utf8')
		}
	]);
}

/** Changes whenever a file does. */
export function extensionsHash(files: ExtensionFile[]): string {
	return createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12);
}
