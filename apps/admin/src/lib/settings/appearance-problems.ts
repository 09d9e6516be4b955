import { m } from '@chatiq/i18n/console';
import type { Appearance } from './columns.ts';
import { isColor } from './contrast.ts';
import type { Problems } from './draft.svelte.ts';

export function appearanceProblems(look: Appearance): Problems {
	const problems: Record<string, string> = {};
	for (const name of ['primary_color', 'secondary_color'] as const) {
		if (!isColor(look[name])) problems[name] = m.set_color_invalid();
	}
	return problems;
}
