import { m } from '@chatiq/i18n/console';
import type { General } from './columns.ts';
import type { Problems } from './draft.svelte.ts';

const longestName = 120;

export function generalProblems({ name }: General): Problems {
	const length = Array.from(name.trim()).length;
	if (length === 0) return { name: m.set_site_name_missing() };
	if (length > longestName) return { name: m.set_site_name_long({ max: longestName }) };
	return {};
}
