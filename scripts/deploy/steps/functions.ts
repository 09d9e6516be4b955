import { join } from 'node:path';
import { bundleFunctions, hashOf, writeBundles } from '../bundle-functions.ts';
import { withSql } from '../database.ts';
import type { Step } from '../step.ts';
import { supabase } from '../supabase-cli.ts';
import { readSettings } from './settings.ts';

/** In the project itself, so that it is known from every machine what runs there. */
const hashKey = 'deployed_functions';

export const functions: Step = {
	name: 'Functions',
	async look({ options, api, databaseUrl }) {
		const bundles = await bundleFunctions(options.root);
		const hash = hashOf(bundles);
		const deployed = new Set((await api.functions()).map(({ slug }) => slug));
		const same =
			(await readSettings(databaseUrl)).get(hashKey) === hash &&
			bundles.every(({ name }) => deployed.has(name));
		if (same) return { changes: [] };
		return {
			changes: bundles.map(({ name }) => `deploy ${name}`),
			apply: async () => {
				const directory = join(options.stateDirectory, 'functions');
				writeBundles(bundles, directory);
				const target = [`--remote=${options.ref}`, '--workdir', directory];
				await supabase(options, ['functions', 'deploy', '--use-api', ...target]);
				await withSql(databaseUrl, async (sql) => {
					await sql`insert into private.settings (key, value) values (${hashKey}, ${hash})
						on conflict (key) do update set value = excluded.value`;
					// What could not be published without these functions.
					await sql`select app.request_site_publication(id) from public.sites`;
				});
			}
		};
	}
};
