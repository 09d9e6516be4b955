/** What an operator may say of a visitor: `change_visitor`. Null or empty takes it away. */
export interface VisitorChanges {
	name?: string | null;
	email?: string | null;
	phone?: string | null;
	/** For the team alone. */
	note?: string | null;
}

/** `visitors.device`, by the User-Agent of the browser that wrote last; null where that does not tell. */
export interface Device {
	browser: string | null;
	system: string | null;
	kind: 'computer' | 'phone' | 'tablet' | null;
}

/** One of `find_same_visitors`: somebody of the site with the same address or number. */
export interface SameVisitor {
	id: string;
	name: string | null;
	email: string | null;
	phone: string | null;
	verified: boolean;
	external_id: string | null;
	created_at: string;
	last_seen_at: string;
	by: ('email' | 'phone')[];
	/** Of the person, with all that were merged before. */
	conversation_count: number;
}

/** `merge_visitors`: `merged_id` is what `separate_visitor` takes out again. */
export interface MergedVisitors {
	person_id: string;
	merged_id: string;
}
