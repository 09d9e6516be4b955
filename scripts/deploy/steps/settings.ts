import { keepVapidKeys } from '../../../tools/stack/src/stack/vapid-keys.ts';
import { withSql } from '../database.ts';
import type { Deployment, Step } from '../step.ts';

/** The rows of `private.settings` that triggers and jobs read. */
export const settings: Step = {
	name: 'Settings',
	async look(deployment) {
		const wanted = settingsOf(deployment);
		const current = await readSettings(deployment.databaseUrl);
		const different = Object.entries(wanted).filter(([key, value]) => current.get(key) !== value);
		const keyless = !current.has('vapid_keys');
		return {
			changes: [
				...different.map(([key]) => `write ${key}`),
				...(keyless ? ['generate vapid_keys for web push'] : [])
			],
			apply: () =>
				withSql(deployment.databaseUrl, async (sql) => {
					if (keyless) await keepVapidKeys(sql);
					if (different.length === 0) return;
					const rows = different.map(([key, value]) => ({ key, value }));
					await sql`
						insert into private.settings ${sql(rows)}
						on conflict (key) do update set value = excluded.value`;
				})
		};
	}
};

function settingsOf({ options, keys }: Deployment): Record<string, string> {
	return {
		functions_url: `${options.projectUrl}/functions/v1`,
		secret_key: keys.secret,
		...(options.consoleUrl ? { console_url: options.consoleUrl } : {})
	};
}

/** Empty before the first migration. */
export async function readSettings(databaseUrl: string): Promise<Map<string, string>> {
	return withSql(databaseUrl, async (sql) => {
		const [table] = await sql`select to_regclass('private.settings') is not null as there`;
		if (table?.['there'] !== true) return new Map<string, string>();
		const rows = await sql<
			{ key: string; value: string }[]
		>`select key, value from private.settings`;
		return new Map(rows.map(({ key, value }) => [key, value]));
	});
}
