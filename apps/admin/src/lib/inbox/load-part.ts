import { m } from '@chatiq/i18n/console';
import { updated } from '$app/state';
import { toasts } from '#lib/ui/toasts.svelte.ts';

/** What is rare comes when it is asked for; null, and a word about it, when it cannot be had. */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part | null> {
	try {
		return await load();
	} catch (error) {
		console.warn('a part of the console could not be loaded', error);
		await tell();
		return null;
	}
}

/** A newer build has other files: then only a reload helps. */
async function tell(): Promise<void> {
	if (await updated.check())
		toasts.show(m.part_outdated(), {
			tone: 'danger',
			action: { label: m.part_reload(), run: () => location.reload() }
		});
	else toasts.show(m.part_failed(), { tone: 'danger' });
}
