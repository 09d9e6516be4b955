/**
 * Who may do what, in one table. A table, view, function or bucket of the API without a row here fails the
 * isolation test, and so does a row without its object.
 *
 * The fixture: organisation A with one site and two visitors, each with one conversation of two messages
 * (visitor, operator) and one private note; organisation B with an owner. Numbers are rows of A that the actor sees;
 * `refused` is an error.
 */
export const actors = [
	'owner',
	'admin',
	'operator',
	'unassigned',
	'visitor',
	'other_visitor',
	'passer_by',
	'stranger'
] as const;
export type Actor = (typeof actors)[number];

type Rows = number | 'refused';

/** owner, admin, operator on the site, operator not on the site, visitor, other visitor, passer-by, owner of B */
type Cells<Cell> = readonly [Cell, Cell, Cell, Cell, Cell, Cell, Cell, Cell];

const no = 'refused';

/** The column by which the test addresses the rows of each table. */
export const keys: Record<string, string> = {
	organizations: 'id',
	profiles: 'id',
	memberships: 'user_id',
	sites: 'id',
	site_operators: 'site_id',
	widget_settings: 'site_id',
	visitors: 'id',
	conversations: 'id',
	messages: 'id',
	conversation_reads: 'conversation_id'
};

/** Rows of A that each actor reads. */
export const reads: Record<string, Cells<Rows>> = {
	organizations: [1, 1, 1, 1, no, no, no, 0],
	profiles: [4, 4, 4, 4, no, no, no, 0],
	memberships: [4, 4, 4, 4, no, no, no, 0],
	sites: [1, 1, 1, 0, no, no, no, 0],
	site_operators: [1, 1, 1, 0, no, no, no, 0],
	widget_settings: [1, 1, 1, 0, no, no, no, 0],
	visitors: [2, 2, 2, 0, no, no, no, 0],
	conversations: [2, 2, 2, 0, 1, 1, 0, 0],
	messages: [6, 6, 6, 0, 2, 2, 0, 0],
	conversation_reads: [1, 1, 1, 0, no, no, no, 0]
};

/** Columns that each table lets anybody update, and the rows of A that each actor changes by it. */
export const updates: Record<
	string,
	{ set: Record<string, unknown>; rows: Cells<Rows> } | 'never'
> = {
	organizations: { set: { name: 'Renamed' }, rows: [1, 1, 0, 0, no, no, no, 0] },
	profiles: { set: { language: 'uk' }, rows: [1, 1, 1, 1, no, no, no, 0] },
	memberships: 'never',
	sites: { set: { name: 'Renamed' }, rows: [1, 1, 0, 0, no, no, no, 0] },
	site_operators: 'never',
	widget_settings: { set: { size: 'large' }, rows: [1, 1, 0, 0, no, no, no, 0] },
	visitors: 'never',
	conversations: 'never',
	messages: 'never',
	conversation_reads: 'never'
};

/** Columns that nobody but the service may set, tried on rows that the owner does read. */
export const lockedColumns: Record<string, Record<string, unknown>> = {
	organizations: { id: '00000000-0000-4000-8000-000000000000' },
	profiles: { id: '00000000-0000-4000-8000-000000000000' },
	memberships: { role: 'owner' },
	sites: { site_key: 'pk_111111111111111111111111' },
	site_operators: { created_at: '2020-01-01T00:00:00Z' },
	widget_settings: { organization_id: '00000000-0000-4000-8000-000000000000' },
	visitors: { verified: true },
	conversations: { visitor_read_seq: 99 },
	messages: { body: 'changed' },
	conversation_reads: { last_read_seq: 0 }
};

/** Client roles that may call each function of the API; the service role may call all of them. */
export const executes: Record<string, readonly ('anon' | 'authenticated')[]> = {
	start_conversation: ['anon'],
	send_visitor_message: ['anon'],
	send_operator_message: ['authenticated'],
	messages_after: ['anon', 'authenticated'],
	messages_before: ['anon', 'authenticated'],
	get_conversation: ['anon'],
	mark_read: ['anon', 'authenticated'],
	list_inbox: ['authenticated'],
	inbox_changes_since: ['authenticated'],
	set_conversation_status: ['authenticated'],
	open_visitor_session: [],
	boot_visitor: [],
	site_identity_secret: [],
	site_to_publish: []
};

/** Buckets: whether anybody may read a file by its public URL. Nobody but the service lists or writes. */
export const buckets: Record<string, { public: boolean }> = {
	'site-files': { public: true }
};

/** Realtime topics of A (`{conversation}` is the visitor's own): who may listen, broadcast, be present. */
export const topicRights: Record<
	string,
	{ listen: Cells<boolean>; send: Cells<boolean>; present: Cells<boolean> }
> = {
	'conversation:{conversation}': {
		listen: [true, true, true, false, true, false, false, false],
		send: [false, false, false, false, false, false, false, false],
		present: [false, false, false, false, false, false, false, false]
	},
	'conversation:{conversation}:typing': {
		listen: [true, true, true, false, true, false, false, false],
		send: [true, true, true, false, true, false, false, false],
		present: [false, false, false, false, false, false, false, false]
	},
	'conversation:{conversation}:team': {
		listen: [true, true, true, false, false, false, false, false],
		send: [true, true, true, false, false, false, false, false],
		present: [true, true, true, false, false, false, false, false]
	},
	'inbox:{site}': {
		listen: [true, true, true, false, false, false, false, false],
		send: [false, false, false, false, false, false, false, false],
		present: [false, false, false, false, false, false, false, false]
	},
	'site:{site}': {
		listen: [true, true, true, true, true, true, true, true],
		send: [false, false, false, false, false, false, false, false],
		present: [false, false, false, false, false, false, false, false]
	},
	'conversation:{conversation}:other': {
		listen: [false, false, false, false, false, false, false, false],
		send: [false, false, false, false, false, false, false, false],
		present: [false, false, false, false, false, false, false, false]
	}
};
