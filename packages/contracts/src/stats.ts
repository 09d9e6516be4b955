/** Sums of `daily_stats`. A histogram counts durations below each of `SiteStats.bounds`, and above the last. */
export interface StatsSums {
	conversations_started: number;
	conversations_closed: number;
	/** Not answered by a person within 24 hours, or closed without an answer. */
	missed: number;
	visitor_messages: number;
	operator_messages: number;
	bot_messages: number;
	first_response_count: number;
	first_response_seconds: number;
	first_response_histogram: number[];
	resolution_count: number;
	resolution_seconds: number;
	resolution_histogram: number[];
	rating_count: number;
	rating_sum: number;
	/** 24 numbers, hours of the site's time zone. */
	visitor_messages_by_hour: number[];
}

/** Answer of `site_stats`. Operators find their own numbers in `operators`, admins those of everybody. */
export interface SiteStats {
	from_day: string;
	to_day: string;
	/** Seconds. */
	bounds: number[];
	total: StatsSums;
	days: (StatsSums & { day: string })[];
	sites: (StatsSums & { site_id: string })[];
	operators: (StatsSums & { operator_id: string })[];
}
