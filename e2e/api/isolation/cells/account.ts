import { createHash, randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { BucketCells, FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { organizationAt } from '../spares.ts';
import type { People, World } from '../world.ts';

/** Lines are called by the person that they are about. */
const personAt = ({ people }: World, place: string) =>
	place in people ? people[place as keyof People] : null;

/** What belongs to one person, whoever asks for whose. */
const ownOnly = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	own       ok  -   -   -   x   x   x   x   x   -   -   -
	opr       -   -   ok  -   x   x   x   x   x   -   -   -
	str       -   -   -   -   x   x   x   x   x   ok  -   -`;

/** An unused recovery code of the person of the line. */
async function spareCode(world: World, place: string): Promise<string> {
	const code = randomUUID().replaceAll('-', '').toUpperCase();
	const person = personAt(world, place);
	await world.sql`
		insert into private.recovery_codes (user_id, code_hash)
		values (${person?.id ?? ''}, ${createHash('sha256').update(code).digest()})`;
	return code;
}

async function spareSession({ sql, ...world }: World, place: string): Promise<string> {
	const id = randomUUID();
	const person = personAt({ sql, ...world }, place);
	if (person) await sql`insert into auth.sessions (id, user_id) values (${id}, ${person.id})`;
	return id;
}

/** The session beside the caller's that a call is to end. */
const othersOf = new WeakMap<object, string>();

export const accountFunctions: Record<string, FunctionCells> = {
	// Nobody of the world has a second factor; the answer is about the caller alone.
	second_factor_missing: {
		call: () => ({}),
		shows: () => 'false',
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			self      ok  ok  ok  ok  x   x   x   x   x   ok  ok  ok`
	},
	// Sessions of a password alone make no keys for the lock behind it.
	create_recovery_codes: {
		call: () => ({}),
		refusals: { 403: 'second_factor_required' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			self      403 403 403 403 x   x   x   x   x   403 403 403`
	},
	// The same three codes at every call: the actors ask at the same time, and nobody else gives this person any.
	count_recovery_codes: {
		call: async ({ sql, people }) => {
			await sql`
				insert into private.recovery_codes (user_id, code_hash)
				select ${people.adm.id}, decode('0' || n, 'hex') from generate_series(1, 3) as n
				on conflict do nothing`;
			return {};
		},
		shows: () => '3',
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			adm       -   ok  -   -   x   x   x   x   x   -   -   -`
	},
	use_recovery_code: {
		call: async (world, place) => ({ code: await spareCode(world, place) }),
		shows: () => 'true',
		cells: ownOnly
	},
	list_sessions: {
		call: () => ({}),
		shows: (world, place) => String(decodeJwt(personAt(world, place)?.token ?? '')['session_id']),
		cells: ownOnly
	},
	end_session: {
		call: async (world, place) => ({ session_id: await spareSession(world, place) }),
		happened: async ({ sql }, { session_id }) =>
			(await sql`select from auth.sessions where id = ${String(session_id)}`).length === 0,
		cells: ownOnly
	},
	end_other_sessions: {
		call: async (world, _place, actor) => {
			const args = {};
			othersOf.set(args, await spareSession(world, actor));
			return args;
		},
		happened: async ({ sql }, args) =>
			(await sql`select from auth.sessions where id = ${othersOf.get(args) ?? null}`).length === 0,
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			self      ok  ok  ok  ok  x   x   x   x   x   ok  ok  ok`
	},
	// With another address than one's own: whom it would end shows nowhere.
	delete_account: {
		call: (world, place) => ({ email: personAt(world, place)?.email ?? '' }),
		refusals: { 403: 'second_factor_required', 422: 'name_mismatch' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			guessed   422 422 422 422 x   x   x   x   x   422 422 403`
	},
	read_onboarding: {
		call: (world, place) => ({ organization_id: organizationAt(world, place) }),
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         ok  ok  -   -   x   x   x   x   x   -   -   -
			foreign   -   -   -   -   x   x   x   x   x   ok  -   -
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`
	},
	note_refused_origin: {
		call: ({ a, b }, place) => ({
			site_key: (place === 'foreign' ? b : a).site.site_key,
			origin: 'https://elsewhere.test'
		}),
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			first     x   x   x   x   x   x   x   x   x   x   x   ok
			foreign   x   x   x   x   x   x   x   x   x   x   x   ok`
	}
};

const ownFiles = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	own       +   -   -   -   -   -   -   -   -   -   -   +
	opr       -   -   +   -   -   -   -   -   -   -   -   +
	foreign   -   -   -   -   -   -   -   -   -   +   -   +`;

/** A public bucket: whoever knows the name of a file reads it; one's own folder is the first part of the name. */
export const avatarBucket: BucketCells = {
	public: true,
	path: (world, place) =>
		`${personAt(world, place === 'foreign' ? 'str' : place)?.id ?? randomUUID()}/face.json`,
	type: 'image/png',
	list: ownFiles,
	read: grid`
		          own adm opr una ver unv oth blk pas str rem svc
		own       +   +   +   +   +   +   +   +   +   +   +   +
		foreign   +   +   +   +   +   +   +   +   +   +   +   +`,
	sign: ownFiles,
	upload: ownFiles,
	// A new picture gets a new name, so that nobody sees the old one from a cache.
	overwrite: grid`
		          own adm opr una ver unv oth blk pas str rem svc
		own       -   -   -   -   -   -   -   -   -   -   -   +
		foreign   -   -   -   -   -   -   -   -   -   -   -   +`,
	remove: ownFiles
};
