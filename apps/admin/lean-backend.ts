import type { Plugin } from 'vite';

interface Cut {
	/** The end of the address of a module. */
	module: string;
	/** Of its text, from the first to before the second, … */
	from: string;
	to: string;
	/** … gives way to this. */
	instead?: string;
}

const cuts: Cut[] = [
	{
		// Long polling, which hosted Realtime does not have; what is left builds addresses.
		module: '@supabase/phoenix/priv/static/phoenix.mjs',
		from: '  static request(method, endPoint, headers',
		to: '  static serialize(obj, parentKey) {'
	},
	{
		module: '@supabase/phoenix/priv/static/phoenix.mjs',
		from: '// js/phoenix/longpoll.js',
		to: '// js/phoenix/presence.js',
		instead: 'var LongPoll = class {};\n'
	},
	{
		// Rows of `postgres_changes`, which nobody here listens to.
		module: '@supabase/realtime-js/dist/module/lib/transformers.js',
		from: 'export var PostgresTypes;',
		to: 'export const httpEndpointURL',
		instead: 'export const convertChangeData = (columns, record) => record;\n'
	},
	{
		module: '@supabase/realtime-js/dist/module/RealtimePostgresFilterBuilder.js',
		from: 'export class RealtimePostgresFilterBuilder {',
		to: 'export const postgresChangesFilter',
		instead: 'export class RealtimePostgresFilterBuilder {}\n'
	},
	{
		// Every browser has sockets.
		module: '@supabase/realtime-js/dist/module/lib/websocket-factory.js',
		from: 'export class WebSocketFactory {',
		to: 'export default WebSocketFactory;',
		instead:
			'export class WebSocketFactory { static getWebSocketConstructor() { return WebSocket; } }\n'
	}
];

/** Leaves out what the console never uses of the Realtime client. Another version of it has to be looked at: the build fails. */
export function leanBackend(): Plugin {
	return {
		name: 'lean-backend',
		apply: 'build',
		enforce: 'pre',
		applyToEnvironment: ({ name }) => name === 'client',
		transform(code, id) {
			const path = id.replaceAll('\\', '/');
			const wanted = cuts.filter(({ module }) => path.endsWith(module));
			return wanted.length > 0 ? { code: wanted.reduce(cut, code), map: null } : null;
		}
	};
}

function cut(code: string, { module, from, to, instead = '' }: Cut): string {
	const start = code.indexOf(from);
	const end = code.indexOf(to, start);
	if (start < 0 || end < 0)
		throw new Error(`${module} is not what lean-backend.ts was written for.`);
	return code.slice(0, start) + instead + code.slice(end);
}
