import { uuidv7 } from '@chatiq/contracts/ids';
import type { TableCells } from '../cells.ts';
import { grid } from '../grid.ts';
import type { World } from '../world.ts';

const members = ({ a, b, people }: World) => ({
	own: { organization_id: a.organization, user_id: people.own.id },
	opr: { organization_id: a.organization, user_id: people.opr.id },
	foreign: { organization_id: b.organization, user_id: people.str.id },
	guessed: { organization_id: uuidv7(), user_id: uuidv7() }
});

export const teamTables: Record<string, TableCells> = {
	organizations: {
		rows: ({ a, b }) => ({
			a: { id: a.organization },
			foreign: { id: b.organization },
			guessed: { id: uuidv7() }
		}),
		select: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         +   +   +   +   x   x   x   x   x   -   -   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`,
		insert: 'never',
		update: [
			{
				columns: 'name start_dismissed_at',
				cells: grid`
					          own adm opr una ver unv oth blk pas str rem svc
					a         +   +   -   -   x   x   x   x   x   -   -   +
					foreign   -   -   -   -   x   x   x   x   x   +   -   +
					guessed   -   -   -   -   x   x   x   x   x   -   -   -`
			}
		],
		delete: 'never'
	},
	profiles: {
		rows: ({ people }) => ({
			own: { id: people.own.id },
			opr: { id: people.opr.id },
			rem: { id: people.rem.id },
			foreign: { id: people.str.id },
			guessed: { id: uuidv7() }
		}),
		select: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			own       +   +   +   +   x   x   x   x   x   -   -   +
			opr       +   +   +   +   x   x   x   x   x   -   -   +
			rem       -   -   -   -   x   x   x   x   x   -   +   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`,
		insert: 'never',
		update: [
			{
				columns: 'display_name avatar_url language time_zone signature job_title',
				cells: grid`
					          own adm opr una ver unv oth blk pas str rem svc
					own       +   -   -   -   x   x   x   x   x   -   -   +
					opr       -   -   +   -   x   x   x   x   x   -   -   +
					rem       -   -   -   -   x   x   x   x   x   -   +   +
					foreign   -   -   -   -   x   x   x   x   x   +   -   +
					guessed   -   -   -   -   x   x   x   x   x   -   -   -`
			}
		],
		delete: 'never'
	},
	memberships: {
		rows: members,
		select: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			own       +   +   +   +   x   x   x   x   x   -   -   +
			opr       +   +   +   +   x   x   x   x   x   -   -   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`,
		insert: 'never',
		update: 'never',
		delete: 'never'
	}
};
