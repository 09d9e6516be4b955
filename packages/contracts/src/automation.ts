import type { Enums } from './database.gen.ts';

/** Answer of `report_presence`: what the operator chose, and what colleagues and visitors see. */
export interface OwnPresence {
	chosen: Exclude<Enums<'operator_presence'>, 'offline'>;
	presence: Enums<'operator_presence'>;
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
