import { createHash } from 'node:crypto';
import { isRecord } from './frames.ts';

/** One `postgres_changes` entry as the client sent it. */
export type Binding = Record<string, unknown>;

export interface ChannelConfig {
	private: boolean;
	self: boolean;
	ack: boolean;
	/** Undefined when replay was not asked for; otherwise whatever was sent. */
	replay: { asked: unknown } | undefined;
	replicationReady: boolean;
	presenceEnabled: boolean;
	presenceKey: string | null;
	bindings: Binding[];
	/** Hold the answer until the bindings are subscribed, for so long; null for not at all. */
	waitForChangesMs: number | null;
}

const changesWaitMs = { default: 15_000, longest: 20_000 };

/** Reads the config of a join; a field of the wrong type is reported and takes its default. */
export function parseJoinConfig(
	payload: unknown,
	report: (problem: string) => void
): ChannelConfig {
	const section = (parent: unknown, name: string): Record<string, unknown> => {
		const value = isRecord(parent) ? parent[name] : undefined;
		if (isRecord(value)) return value;
		if (value != null) report(`${name} must be an object`);
		return {};
	};
	const flag = (parent: Record<string, unknown>, name: string): boolean => {
		const value = parent[name] ?? false;
		const word = typeof value === 'string' ? value.toLowerCase() : value;
		if (word === true || word === 'true') return true;
		if (word !== false && word !== 'false') report(`${name} must be a boolean`);
		return false;
	};
	const config = section(payload, 'config');
	const broadcast = section(config, 'broadcast');
	const presence = section(config, 'presence');
	const options = section(config, 'postgres_changes_options');
	return {
		private: flag(config, 'private'),
		self: flag(broadcast, 'self'),
		ack: flag(broadcast, 'ack'),
		replay: 'replay' in broadcast ? { asked: broadcast.replay } : undefined,
		replicationReady: flag(broadcast, 'replication_ready'),
		presenceEnabled: flag(presence, 'enabled'),
		presenceKey: parsePresenceKey(presence.key, report),
		bindings: parseBindings(config.postgres_changes, report),
		waitForChangesMs: flag(options, 'wait') ? parseWait(options.timeout, report) : null
	};
}

function parseWait(timeout: unknown, report: (problem: string) => void): number {
	if (typeof timeout === 'number' && timeout > 0) return Math.min(timeout, changesWaitMs.longest);
	if (timeout != null) report('timeout must be a positive number');
	return changesWaitMs.default;
}

function parsePresenceKey(key: unknown, report: (problem: string) => void): string | null {
	if (typeof key === 'number') return String(key);
	if (typeof key === 'string' && key !== '') return key;
	if (key != null && key !== '') report('presence.key must be a string');
	return null;
}

function parseBindings(value: unknown, report: (problem: string) => void): Binding[] {
	if (value == null) return [];
	const entries: unknown[] | null = Array.isArray(value)
		? value.filter((entry) => entry !== null)
		: null;
	if (entries?.every(isRecord)) return entries;
	report('postgres_changes must be a list of objects');
	return [];
}

/** Equal bindings get equal ids: the client matches deliveries by them. */
export function withId(binding: Binding): Binding & { id: number } {
	const digest = createHash('sha256').update(JSON.stringify(binding)).digest();
	return { ...binding, id: digest.readUInt32BE() & 0x7ffffff };
}
