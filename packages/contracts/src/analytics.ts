/** Numbers of one cut of `read_analytics`. Durations are seconds, at most 2.5 % off; null when there were none. */
export interface StatCell {
	cut: 'total' | 'day' | 'site' | 'operator' | 'page';
	/** The (first) day, the id, or the page; an empty page is all those that are not among the busiest, or not known. */
	key: string;
	period: 'current' | 'previous';
	conversations_started: number;
	conversations_closed: number;
	/** Not answered by a person within 24 hours, or closed without an answer. */
	missed: number;
	/** Started in the period and got an automatic reply. */
	auto_replied: number;
	visitor_messages: number;
	operator_messages: number;
	bot_messages: number;
	rating_count: number;
	/** Ratings of 4 and 5. */
	rating_good: number;
	rating_sum: number;
	first_response_count: number;
	first_response_median: number | null;
	first_response_p90: number | null;
	resolution_count: number;
	resolution_median: number | null;
	resolution_p90: number | null;
}

/** Answer of `read_analytics`: the period and the one of the same length before it. */
export interface Analytics {
	from_day: string;
	to_day: string;
	/** The first day of the period before. */
	before_day: string;
	/** How many days a cell of the cut `day` holds: 7 in periods of more than 120 days. */
	step_days: 1 | 7;
	/** The sites that were counted. */
	site_ids: string[];
	cells: StatCell[];
	/** 168 numbers from Monday, 0 o'clock: messages of visitors in the time zone of each site. */
	hours: number[];
	/** When the newest days were counted. */
	counted_at: string | null;
	time_zones: string[];
}

/** Answer of `read_live_stats`: now. */
export interface LiveStats {
	site_ids: string[];
	open: number;
	waiting: number;
	/** Since when the one who has waited longest does. */
	waiting_since: string | null;
	unassigned: number;
}

export type StatMeasure = 'started' | 'missed' | 'auto_replied' | 'closed' | 'rated' | 'answered';

export interface StatConversation {
	id: string;
	site_id: string;
	visitor_id: string;
	at: string;
	/** Seconds until the answer or the end, or the score of a rating. */
	value: number | null;
	status: 'open' | 'snoozed' | 'closed';
	assignee_id: string | null;
	preview: string;
	start_page: string | null;
	visitor_name: string | null;
	visitor_email: string | null;
}

/** Answer of `list_stat_conversations`: the conversations behind a number, newest first. */
export interface StatConversations {
	conversations: StatConversation[];
	has_more: boolean;
}

/** Answers that came after their time: the first ones to a visitor, and later ones. */
export interface LateCount {
	/** The day on which they were due, the site, or who had the conversation then; null: nobody. */
	key: string | null;
	first: number;
	next: number;
}

/** Answer of `read_late_replies`: days without any are left out, sites are not. */
export interface LateReplies {
	days: LateCount[];
	sites: LateCount[];
	operators: LateCount[];
}
