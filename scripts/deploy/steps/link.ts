import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from '../step.ts';
import { supabase } from '../supabase-cli.ts';

/** So that other commands of the Supabase CLI in this checkout mean the same project. */
export const link: Step = {
	name: 'Link',
	look({ options }) {
		const file = join(options.root, 'supabase/.temp/project-ref');
		const linked = existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
		if (linked === options.ref) return Promise.resolve({ changes: [] });
		return Promise.resolve({
			changes: [`link this checkout to ${options.ref}${linked ? ` instead of ${linked}` : ''}`],
			apply: async () => {
				await supabase(options, ['link', '--project-ref', options.ref, '--workdir', options.root]);
			}
		});
	}
};
