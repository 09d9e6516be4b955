import type { Enums } from './database.gen.ts';

/** Answer of `report_presence`: what the operator chose, and what colleagues and visitors see. */
export interface OwnPresence {
	chosen: Exclude<Enums<'operator_presence'>, 'offline'>;
	presence: Enums<'operator_presence'>;
}

/** `preview_routing`: the team of a site in the order of its turns; the first who is `able` gets the next conversation. */
export interface RoutingPreview {
	people: {
		user_id: string;
		name: string;
		avatar_url: string | null;
		presence: Enums<'operator_presence'>;
		/** Open conversations that they have, in the whole organisation. */
		open: number;
		capacity: number | null;
		able: boolean;
	}[];
	/** How many conversations wait for somebody; 100 means 100 or more. */
	waiting: number;
}

/**
 * What `simulate_auto_replies` is asked about. What is left out is as for a new visitor who writes in English,
 * with hours and presence as they are (`at` asks for the hours of another time).
 */
export interface SimulatedEvent {
	event: 'message' | 'silence' | 'rating';
	body?: string;
	language?: string;
	page_url?: string;
	referrer?: string;
	channel?: string;
	visitor_name?: string;
	visitor_email?: string;
	at?: string;
	first?: boolean;
	returning?: boolean;
	verified?: boolean;
	open?: boolean;
	online?: boolean;
	score?: number;
	waited_minutes?: number;
	label_ids?: string[];
}

/** One rule of the site, in the order in which they are tried. */
export interface SimulatedRule {
	rule_id: string;
	name: string;
	enabled: boolean;
	fires: boolean;
	/** Null when it fires: `trigger`, the key of a condition, `disabled`, or `stopped` by an earlier rule. */
	obstacle: string | null;
	/** What it would write. */
	text: string | null;
}
