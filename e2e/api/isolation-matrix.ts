/**
 * Who may do what, in one table. A table, view, function or bucket of the API without a row here fails the
 * isolation test, and so does a row without its object.
 *
 * The fixture: organisation A with one site and two visitors, each with one conversation of two messages
 * (visitor, operator) and one private note, and one row in every table of the team side (`furnish`: the view is the
 * owner's, the notification the operator's); organisation B with an owner. Numbers are rows of A that the actor sees;
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
	conversation_reads: 'conversation_id',
	invitations: 'id',
	retired_site_keys: 'site_key',
	labels: 'id',
	conversation_labels: 'label_id',
	quick_templates: 'id',
	saved_views: 'id',
	notifications: 'id',
	ratings: 'conversation_id',
	auto_reply_rules: 'id',
	auto_reply_runs: 'rule_id',
	business_hours: 'site_id',
	business_hours_exceptions: 'id',
	webhooks: 'id',
	webhook_deliveries: 'id',
	api_keys: 'id',
	audit_log: 'id',
	daily_stats: 'id'
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
	conversation_reads: [1, 1, 1, 0, no, no, no, 0],
	invitations: [1, 1, 0, 0, no, no, no, 0],
	retired_site_keys: [1, 1, 0, 0, no, no, no, 0],
	labels: [1, 1, 1, 1, no, no, no, 0],
	conversation_labels: [1, 1, 1, 0, no, no, no, 0],
	quick_templates: [1, 1, 1, 0, no, no, no, 0],
	saved_views: [1, 0, 0, 0, no, no, no, 0],
	notifications: [0, 0, 1, 0, no, no, no, 0],
	ratings: [1, 1, 1, 0, no, no, no, 0],
	auto_reply_rules: [1, 1, 1, 0, no, no, no, 0],
	auto_reply_runs: [1, 1, 1, 0, no, no, no, 0],
	business_hours: [1, 1, 1, 0, no, no, no, 0],
	business_hours_exceptions: [1, 1, 1, 0, no, no, no, 0],
	webhooks: [1, 1, 0, 0, no, no, no, 0],
	webhook_deliveries: [1, 1, 0, 0, no, no, no, 0],
	api_keys: [1, 1, 0, 0, no, no, no, 0],
	audit_log: [1, 1, 0, 0, no, no, no, 0],
	// The site's row, the owner's, who answered, and the operator's, who was rated.
	daily_stats: [3, 3, 2, 0, no, no, no, 0]
};

/** Tables into which a client may insert and from which it may delete: who, of rows of A. Nobody in all others. */
export const writers: Record<string, Cells<boolean>> = {
	labels: [true, true, false, false, false, false, false, false],
	quick_templates: [true, true, false, false, false, false, false, false],
	saved_views: [true, true, true, true, false, false, false, false],
	notifications: [false, false, true, false, false, false, false, false],
	auto_reply_rules: [true, true, false, false, false, false, false, false],
	webhooks: [true, true, false, false, false, false, false, false]
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
	conversation_reads: 'never',
	invitations: 'never',
	retired_site_keys: 'never',
	labels: { set: { color: '#000000' }, rows: [1, 1, 0, 0, no, no, no, 0] },
	conversation_labels: 'never',
	quick_templates: { set: { title: 'Changed' }, rows: [1, 1, 0, 0, no, no, no, 0] },
	saved_views: { set: { position: 1 }, rows: [1, 0, 0, 0, no, no, no, 0] },
	notifications: 'never',
	ratings: 'never',
	auto_reply_rules: { set: { position: 1 }, rows: [1, 1, 0, 0, no, no, no, 0] },
	auto_reply_runs: 'never',
	business_hours: 'never',
	business_hours_exceptions: 'never',
	webhooks: { set: { active: false }, rows: [1, 1, 0, 0, no, no, no, 0] },
	webhook_deliveries: 'never',
	api_keys: 'never',
	audit_log: 'never',
	daily_stats: 'never'
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
	conversation_reads: { last_read_seq: 0 },
	invitations: { role: 'owner' },
	retired_site_keys: { valid_until: '2100-01-02T00:00:00Z' },
	labels: { organization_id: '00000000-0000-4000-8000-000000000000' },
	conversation_labels: { label_id: '00000000-0000-4000-8000-000000000000' },
	quick_templates: { organization_id: '00000000-0000-4000-8000-000000000000' },
	saved_views: { user_id: '00000000-0000-4000-8000-000000000000' },
	notifications: { user_id: '00000000-0000-4000-8000-000000000000' },
	ratings: { score: 1 },
	auto_reply_rules: { site_id: '00000000-0000-4000-8000-000000000000' },
	auto_reply_runs: { key: 'again' },
	business_hours: { weekday: 2 },
	business_hours_exceptions: { day: '2026-12-26' },
	webhooks: { organization_id: '00000000-0000-4000-8000-000000000000' },
	webhook_deliveries: { status: 'delivered' },
	api_keys: { scopes: ['visitors:write'] },
	audit_log: { actor_id: '00000000-0000-4000-8000-000000000000' },
	daily_stats: { missed: 0 }
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
	create_organization: ['authenticated'],
	set_member_role: ['authenticated'],
	set_member_capacity: ['authenticated'],
	set_member_active: ['authenticated'],
	remove_member: ['authenticated'],
	leave_organization: ['authenticated'],
	transfer_ownership: ['authenticated'],
	delete_organization: ['authenticated'],
	invite_member: ['authenticated'],
	resend_invitation: ['authenticated'],
	revoke_invitation: ['authenticated'],
	accept_invitation: ['authenticated'],
	create_site: ['authenticated'],
	archive_site: ['authenticated'],
	restore_site: ['authenticated'],
	set_site_operators: ['authenticated'],
	set_member_sites: ['authenticated'],
	rotate_site_key: ['authenticated'],
	end_site_key_overlap: ['authenticated'],
	read_identity_secret: ['authenticated'],
	rotate_identity_secret: ['authenticated'],
	label_conversation: ['authenticated'],
	unlabel_conversation: ['authenticated'],
	mark_notifications_read: ['authenticated'],
	set_business_hours: ['authenticated'],
	set_special_day: ['authenticated'],
	clear_special_day: ['authenticated'],
	read_webhook_secret: ['authenticated'],
	rotate_webhook_secret: ['authenticated'],
	replay_webhook_delivery: ['authenticated'],
	create_api_key: ['authenticated'],
	revoke_api_key: ['authenticated'],
	site_stats: ['authenticated'],
	read_invitation: ['anon', 'authenticated'],
	rate_conversation: ['anon'],
	erase_organization: [],
	issue_invitation_token: [],
	use_api_key: [],
	site_identity_secrets: [],
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
