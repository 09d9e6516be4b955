import type { VerifyToken } from './token.ts';

export interface RealtimeLimits {
	/** Sockets with at least one joined channel. */
	connections: number;
	channelsPerSocket: number;
	joinsPerSecond: number;
	/** Broadcasts received plus broadcasts delivered. */
	eventsPerSecond: number;
	presenceEventsPerSecond: number;
	/** Rates are averages over so long: bursts pass. */
	rateWindowMs: number;
	/** `track` and `untrack` calls of one channel per `presenceWindowMs`. */
	presenceCalls: number;
	presenceWindowMs: number;
	payloadBytes: number;
	frameBytes: number;
	restBodyBytes: number;
	replayMessages: number;
	heartbeatTimeoutMs: number;
	emptySocketTimeoutMs: number;
	/** A token is verified again at least this often, so that a rotated key takes effect. */
	tokenCheckMs: number;
	connectErrorBackoffMs: number;
	channelErrorBackoffMs: number;
	replicationReadyTimeoutMs: number;
	/** How soon a subscription to changes is tried again when the database was away. */
	subscribeRetryMs: number;
	/** So many changes wait for their policies in memory; what is more waits in Postgres. */
	queuedChanges: number;
	/** How often subscriptions are compared with the tables of the publication. */
	publicationCheckMs: number;
	/** How long a probe waits for a database that is restarting. */
	databaseWaitMs: number;
	/** So many probes and subscriptions ask the database at once; the others wait for their turn. */
	databaseSessions: number;
	databaseQueueMs: number;
	retentionDays: number;
	/** A peer that reads slower than it is written to is cut off at this backlog. */
	socketBacklogBytes: number;
}

export const defaultLimits: RealtimeLimits = {
	connections: 200,
	channelsPerSocket: 100,
	joinsPerSecond: 100,
	eventsPerSecond: 100,
	presenceEventsPerSecond: 1000,
	rateWindowMs: 60_000,
	presenceCalls: 5,
	presenceWindowMs: 30_000,
	payloadBytes: 3_000_500,
	frameBytes: 5_000_000,
	restBodyBytes: 8_000_000,
	replayMessages: 25,
	heartbeatTimeoutMs: 60_000,
	emptySocketTimeoutMs: 600_000,
	tokenCheckMs: 300_000,
	connectErrorBackoffMs: 0,
	channelErrorBackoffMs: 0,
	replicationReadyTimeoutMs: 60_000,
	subscribeRetryMs: 1000,
	queuedChanges: 5000,
	publicationCheckMs: 10_000,
	databaseWaitMs: 3000,
	databaseSessions: 8,
	databaseQueueMs: 5000,
	retentionDays: 3,
	socketBacklogBytes: 64_000_000
};

export interface LogEntry {
	level: 'info' | 'warning' | 'error';
	code: string;
	message: string;
}

export type Log = (entry: LogEntry) => void;

export interface RealtimeOptions {
	/** Superuser `supabase_admin`: it reads the WAL and acts as any role. */
	databaseUrl: string;
	verifyToken: VerifyToken;
	/** Opaque key → role. */
	apiKeys: ReadonlyMap<string, string>;
	/** As the project setting: public channels are refused. */
	privateOnly?: boolean;
	limits?: Partial<RealtimeLimits>;
	log?: Log;
}
