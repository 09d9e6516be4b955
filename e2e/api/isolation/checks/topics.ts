import { randomUUID } from 'node:crypto';
import { actorCodes, type Actor } from '../actors.ts';
import type { TopicCells } from '../cells.ts';
import type { Context } from '../context.ts';
import { fillGrid, type Cell, type Grid } from '../grid.ts';
import { Socket, type Broadcast } from '../socket.ts';
import type { World } from '../world.ts';

export interface TopicAnswers {
	listen: Grid;
	send: Grid;
	present: Grid;
}

const patienceMs = 10_000;

type Probe = { actor: Actor; via: 'batch' | 'single' | 'socket' };

/** Lets every actor join, be present and broadcast (by socket and both ways of HTTP) on the topic of each line. */
export async function askTopics({ world }: Context, about: TopicCells): Promise<TopicAnswers> {
	const places = Object.keys(about.listen);
	const topics = new Map(places.map((place) => [place, about.topic(world, place)]));
	const ear = await Ear.open(world, [...topics.values()]);
	const joined = new Map<string, { listen: Cell; present: Cell }>();
	try {
		await Promise.all(
			actorCodes.map(async (actor) => {
				const socket = await openSocket(world, actor);
				for (const [place, topic] of topics) {
					joined.set(`${place} ${actor}`, await visit(world, { socket, actor, topic, ear }));
				}
				socket.close();
				await broadcastByHttp(world, actor, [...topics.values()], ear);
			})
		);
		await ear.end();
	} finally {
		ear.close();
	}
	const cell = (place: string, actor: Actor) => joined.get(`${place} ${actor}`);
	return {
		listen: await fillGrid(places, (place, actor) =>
			Promise.resolve(cell(place, actor)?.listen ?? '?')
		),
		present: await fillGrid(places, (place, actor) =>
			Promise.resolve(cell(place, actor)?.present ?? '?')
		),
		send: await fillGrid(places, (place, actor) =>
			Promise.resolve(ear.heard(topics.get(place) ?? '', actor, cell(place, actor)?.listen === '+'))
		)
	};
}

export function openSocket({ backend }: World, actor: Actor): Promise<Socket> {
	return Socket.open(backend, actor === 'svc' ? backend.secretKey : backend.publishableKey);
}

interface Visit {
	socket: Socket;
	actor: Actor;
	topic: string;
	ear: Ear;
}

async function visit(
	{ api }: World,
	{ socket, actor, topic, ear }: Visit
): Promise<{ listen: Cell; present: Cell }> {
	if ((await socket.join(topic, api.token(actor))) !== 'ok') return { listen: '-', present: '-' };
	socket.broadcast(ear.probe(topic, { actor, via: 'socket' }));
	// Frames are taken in turn: its answer says that the broadcast before it was decided.
	const present = (await socket.track(topic)) === 'ok' ? '+' : '-';
	await socket.leave(topic);
	return { listen: '+', present };
}

async function broadcastByHttp(
	{ api }: World,
	actor: Actor,
	topics: string[],
	ear: Ear
): Promise<void> {
	const messages = topics.map((topic) => ({
		...ear.probe(topic, { actor, via: 'batch' }),
		private: true
	}));
	const batch = await api.ask(actor, 'realtime/v1/api/broadcast', { body: { messages } });
	if (batch.status !== 202) throw new Error(`the batch of ${actor} was answered ${batch.status}`);
	await Promise.all(
		topics.map((topic) => {
			const { event, payload } = ear.probe(topic, { actor, via: 'single' });
			const path = `realtime/v1/api/broadcast/${encodeURIComponent(topic)}/events/${event}`;
			return api.ask(actor, `${path}?private=true`, { body: payload });
		})
	);
}

/** The service listens on all topics and notes whose probes arrive. */
class Ear {
	readonly #id = randomUUID();
	readonly #socket: Socket;
	readonly #world: World;
	readonly #topics: string[];
	readonly #heard = new Set<string>();
	readonly #ended = new Set<string>();
	readonly #allEnded = Promise.withResolvers<undefined>();

	private constructor(world: World, socket: Socket, topics: string[]) {
		this.#world = world;
		this.#socket = socket;
		this.#topics = topics;
		socket.onBroadcast(({ topic, event, payload }) => {
			if (payload['id'] !== this.#id) return;
			if (event === 'probe') this.#heard.add([topic, payload['actor'], payload['via']].join(' '));
			else if (this.#ended.add(topic).size === topics.length) this.#allEnded.resolve(undefined);
		});
	}

	static async open(world: World, topics: string[]): Promise<Ear> {
		const ear = new Ear(world, await openSocket(world, 'svc'), topics);
		for (const topic of topics) {
			const reply = await ear.#socket.join(topic);
			if (reply !== 'ok') throw new Error(`the service may not listen to ${topic}: ${reply}`);
		}
		return ear;
	}

	probe(topic: string, { actor, via }: Probe): Broadcast {
		return { topic, event: 'probe', payload: { id: this.#id, actor, via } };
	}

	/** Resolves when a last message of the service has come on every topic: what was sent before is decided. */
	async end(): Promise<void> {
		const messages = this.#topics.map((topic) => ({
			topic,
			event: 'end',
			payload: { id: this.#id },
			private: true
		}));
		await this.#world.api.ask('svc', 'realtime/v1/api/broadcast', { body: { messages } });
		const missing = () =>
			this.#allEnded.reject(
				new Error(`no end on ${this.#topics.length - this.#ended.size} topics`)
			);
		const timer = setTimeout(missing, patienceMs);
		await this.#allEnded.promise.finally(() => clearTimeout(timer));
	}

	/** `+` when every way that was open arrived, `-` when none did, else the ways that did. */
	heard(topic: string, actor: Actor, listens: boolean): Cell {
		const ways = listens ? ['batch', 'single', 'socket'] : ['batch', 'single'];
		const arrived = ways.filter((via) => this.#heard.has(`${topic} ${actor} ${via}`));
		if (arrived.length === 0) return '-';
		return arrived.length === ways.length ? '+' : arrived.join(',');
	}

	close(): void {
		this.#socket.close();
	}
}
