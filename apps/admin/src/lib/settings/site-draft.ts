import { getDesk } from '#lib/inbox/desk.ts';
import { saveColumns, storedOf, type Columns } from './columns.ts';
import { Draft, type Problems } from './draft.svelte.ts';

/** The draft of a screen that shows these columns of a site's row. For a page that is being made. */
export function siteDraft<Values extends object>(
	columns: Columns<Values>,
	siteId: string,
	row: object,
	validate: (values: Values) => Problems
): Draft<Values> {
	const desk = getDesk();
	return new Draft({
		stored: storedOf(columns, row),
		save: saveColumns(() => desk.backend.rest, columns, siteId),
		validate
	});
}
