import { randomUUID } from 'node:crypto';
import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { spareVisitor } from '../spares.ts';

const serviceOnly = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	any       x   x   x   x   x   x   x   x   x   x   x   ok`;

/** Erasing and handing over what is kept of a visitor: admins of the site. */
export const privacyFunctions: Record<string, FunctionCells> = {
	erase_visitor: {
		call: async (world, place) => ({ visitor_id: await spareVisitor(world, place) }),
		shows: () => 'true',
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			first     ok  ok  -   -   x   x   x   x   x   -   -   -
			second    ok  ok  -   -   x   x   x   x   x   -   -   -
			foreign   -   -   -   -   x   x   x   x   x   ok  -   -
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`
	},
	export_visitor: {
		call: ({ thread }, place) => ({ visitor_id: thread(place).visitor }),
		refusals: { 404: 'visitor_not_found' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       ok  ok  404 404 x   x   x   x   x   404 404 404
			second    ok  ok  404 404 x   x   x   x   x   404 404 404
			foreign   404 404 404 404 x   x   x   x   x   ok  404 404
			guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	},
	// The queue of the function remove-files.
	files_to_remove: {
		call: async ({ sql }) => {
			await sql`insert into private.files_to_remove (bucket_id, path)
				values ('attachments', ${`gone/${randomUUID()}`})`;
			return { max_rows: 1 };
		},
		cells: serviceOnly
	},
	files_removed: {
		call: () => ({ bucket_id: 'attachments', paths: [`gone/${randomUUID()}`] }),
		cells: serviceOnly
	}
};
