import { m } from '@chatiq/i18n/console';
import { toasts } from '#lib/ui/toasts.svelte.ts';

/** What is rare comes when it is asked for; null, and a word about it, when it cannot be had. */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part | null> {
	try {
		return await load();
	} catch (error) {
		console.warn('a part of the console could not be loaded', error);
		toasts.show(m.part_failed(), { tone: 'danger' });
		return null;
	}
}
