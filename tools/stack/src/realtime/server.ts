import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { openSessions } from '../sessions.ts';
import { Authorizer } from './authorization.ts';
import { leave } from './channel-life.ts';
import { ChangeFeed } from './changes/change-feed.ts';
import { deliverChange, subscribeToChanges } from './changes/subscribe-channel.ts';
import { DatabaseFeed } from './database-feed.ts';
import type { DatabaseMessage } from './database-feed.ts';
import { receive } from './dispatch.ts';
import { openConnection, refuse } from './handshake.ts';
import { connectedUsers, fanOut, fitsPayload } from './hub.ts';
import type { Hub } from './hub.ts';
import { defaultLimits } from './options.ts';
import type { RealtimeOptions } from './options.ts';
import { Presence } from './presence.ts';
import { RateMeter } from './rate-meter.ts';
import { handleRest } from './rest.ts';
import { Partitions } from './retention.ts';
import { Rooms } from './rooms.ts';
import { ClientSocket, type Connection } from './socket.ts';
import { Transactions } from './transactions.ts';

export type { LogEntry, RealtimeLimits, RealtimeOptions } from './options.ts';

export interface RealtimeStats {
	sockets: number;
	connectedUsers: number;
	rooms: number;
	deliveries: number;
	/** Whether the database stream runs. */
	replicating: boolean;
}

export interface Realtime {
	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
	handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
	stats(): RealtimeStats;
	close(): Promise<void>;
}

const startTimeoutMs = 20_000;
const drainTimeoutMs = 2000;

/** A Supabase-compatible Realtime server for one project. It binds no port of its own. */
export async function startRealtime(options: RealtimeOptions): Promise<Realtime> {
	const { hub, partitions } = createHub(options);
	try {
		await partitions.start();
		await hub.feed.start(startTimeoutMs);
	} catch (error) {
		await stopDatabase(hub, partitions);
		throw error;
	}
	const sockets = new WebSocketServer({
		noServer: true,
		maxPayload: hub.limits.frameBytes,
		perMessageDeflate: false
	});
	const sweep = setInterval(
		() => sweepSockets(hub),
		Math.min(10_000, hub.limits.heartbeatTimeoutMs / 4)
	);
	return {
		upgrade: (request, socket, head) => void accept(hub, sockets, request, socket, head),
		handle: (request, response) => handleRest(hub, request, response),
		stats: () => ({
			sockets: hub.sockets.size,
			connectedUsers: connectedUsers(hub),
			rooms: hub.rooms.size,
			deliveries: hub.deliveries,
			replicating: hub.feed.up
		}),
		close: async () => {
			clearInterval(sweep);
			await drain(hub);
			sockets.close();
			await stopDatabase(hub, partitions);
		}
	};
}

function createHub(options: RealtimeOptions): { hub: Hub; partitions: Partitions } {
	const limits = { ...defaultLimits, ...options.limits };
	const { rateWindowMs: windowMs } = limits;
	const log = options.log ?? (() => undefined);
	const sessions = openSessions(options.databaseUrl, {
		name: 'realtime',
		max: 8,
		connectTimeoutMs: 5_000,
		statementTimeoutMs: 10_000
	});
	const transactions = new Transactions(options.databaseUrl, {
		max: limits.databaseSessions,
		waitMs: limits.databaseQueueMs
	});
	const partitions = new Partitions(sessions, { retentionDays: limits.retentionDays, log });
	const feed = new DatabaseFeed({
		databaseUrl: options.databaseUrl,
		log,
		deliver: (message) => deliver(hub, message)
	});
	const changes = new ChangeFeed({
		databaseUrl: options.databaseUrl,
		sql: sessions.sql,
		transactions,
		log,
		publicationCheckMs: limits.publicationCheckMs,
		queuedChanges: limits.queuedChanges,
		deliver: (channel, bindingIds, data) => deliverChange(hub, channel, bindingIds, data),
		onPublicationChange(channels) {
			for (const channel of channels) subscribeToChanges(hub, channel);
		}
	});
	const hub: Hub = {
		limits,
		privateOnly: options.privateOnly ?? false,
		log,
		verifyToken: options.verifyToken,
		apiKeys: options.apiKeys,
		sessions,
		transactions,
		authorizer: new Authorizer(transactions, () => partitions.repair(), limits.databaseWaitMs),
		feed,
		changes,
		rooms: new Rooms(),
		presence: new Presence(),
		sockets: new Set(),
		meters: {
			events: new RateMeter(limits.eventsPerSecond, { windowMs }),
			presence: new RateMeter(limits.presenceEventsPerSecond, { windowMs }),
			joins: new RateMeter(limits.joinsPerSecond, { windowMs })
		},
		deliveries: 0,
		closing: false
	};
	return { hub, partitions };
}

async function stopDatabase(hub: Hub, partitions: Partitions): Promise<void> {
	await hub.changes.stop();
	await hub.feed.stop();
	await partitions.stop();
	await hub.transactions.close();
	await hub.sessions.close();
}

/** A committed row of realtime.messages. */
function deliver(hub: Hub, message: DatabaseMessage): void {
	const { id, topic, event, payload, binaryPayload } = message;
	const body = binaryPayload ?? (payload === null ? null : Buffer.from(payload));
	if (event === null || body === null || message.private === null) return;
	const broadcast = {
		form: 'bytes' as const,
		message: {
			event,
			encoding: binaryPayload ? ('binary' as const) : ('json' as const),
			body,
			meta: { id }
		}
	};
	if (!fitsPayload(hub, broadcast) || hub.meters.events.exceeded) {
		const why = hub.meters.events.exceeded ? 'too many messages per second' : 'payload too large';
		hub.log({ level: 'warning', code: 'UnableToBroadcastChanges', message: `${topic}: ${why}` });
		return;
	}
	fanOut(hub, { name: topic, private: message.private }, broadcast, { id });
}

async function accept(
	hub: Hub,
	sockets: WebSocketServer,
	request: IncomingMessage,
	socket: Duplex,
	head: Buffer
): Promise<void> {
	// A client that gives up during the handshake needs no answer.
	const ignore = (): void => undefined;
	socket.on('error', ignore);
	try {
		const connection = await openConnection(hub, request);
		socket.off('error', ignore);
		sockets.handleUpgrade(request, socket, head, (ws) => attach(hub, ws, connection));
	} catch (error) {
		await refuse(hub, socket, error);
	}
}

function attach(hub: Hub, ws: WebSocket, connection: Connection): void {
	const fault = (error: unknown): void =>
		hub.log({ level: 'error', code: 'UnknownError', message: String(error) });
	const client = new ClientSocket(ws, connection, {
		backlogBytes: hub.limits.socketBacklogBytes,
		onFault(error) {
			fault(error);
			ws.terminate();
		}
	});
	hub.sockets.add(client);
	ws.on('message', (data: Buffer, binary) => receive(hub, client, data, binary));
	ws.on('error', (error) => {
		hub.log({ level: 'warning', code: 'MalformedWebSocketMessage', message: error.message });
	});
	ws.on('close', () => {
		hub.sockets.delete(client);
		for (const channel of [...client.channels.values()]) {
			try {
				leave(hub, channel);
			} catch (error) {
				// The farewell could not be written; the channel is gone all the same.
				fault(error);
			}
		}
	});
}

/** Cuts off peers that fell silent, and sockets long without a channel. */
function sweepSockets(hub: Hub): void {
	const now = Date.now();
	for (const socket of hub.sockets) {
		const silent = now - socket.lastSeenAt > hub.limits.heartbeatTimeoutMs;
		const empty = now - (socket.emptySince ?? now) > hub.limits.emptySocketTimeoutMs;
		if (silent || empty) socket.terminate();
	}
}

/** Tells every channel, closes, and cuts off whoever does not close in time. */
async function drain(hub: Hub): Promise<void> {
	hub.closing = true;
	for (const socket of hub.sockets) {
		for (const channel of socket.channels.values()) {
			channel.system('ok', 'Server requested disconnect');
		}
		socket.close(1012, 'Server requested disconnect');
	}
	const deadline = Date.now() + drainTimeoutMs;
	while (hub.sockets.size > 0 && Date.now() < deadline) {
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	for (const socket of hub.sockets) socket.terminate();
}
