import { expect, it } from 'vitest';
import { oneOfEachKind } from './actors.ts';
import { openSocket } from './checks/topics.ts';
import { setUp } from './set-up.ts';
import { topics } from './matrix.ts';

const context = setUp();

/** Names that are nearly a topic: none of them opens anything to anybody. */
function oddNames(topic: string): string[] {
	const [prefix = '', id = '', ...rest] = topic.split(':');
	const named = (changed: string) => [prefix, changed, ...rest].join(':');
	return [
		named(id.toUpperCase()),
		named(`{${id}}`),
		named(id.replaceAll('-', '')),
		named(`${id}%`),
		named(`${id.slice(0, -1)}%`),
		named('%'),
		named('*'),
		named('________-____-____-____-____________'),
		named(''),
		named('null'),
		named(`${id}\u200b`),
		named(`${id}\n`),
		named(` ${id}`),
		named(`${id} `),
		named(encodeURIComponent(`${id}:`)),
		named(id.replace(/[0-9]/, (digit) => String.fromCodePoint(0x0660 + Number(digit)))),
		`${topic}:`,
		`${topic}:team:team`,
		`${topic}:team:typing`,
		`${topic}:${id}`,
		`${topic}\u0000`,
		`${topic}\n`,
		`\n${topic}`,
		` ${topic}`,
		`${topic} `,
		`x${topic}`,
		`${topic}/..`,
		`${topic}' or true --`,
		`${topic}:${'x'.repeat(255)}`,
		`realtime:${topic}`,
		topic.replace(prefix, prefix.toUpperCase()),
		topic.replace(':', '::'),
		topic.replace(':', '\uff1a'),
		`${topic}\n${topic}`
	];
}

it.each(Object.entries(topics))(
	'no name that is nearly %s opens anything',
	async (_name, about) => {
		const { world } = context();
		const [place = ''] = Object.keys(about.listen);
		const names = oddNames(about.topic(world, place));
		const opened = await Promise.all(
			oneOfEachKind.map(async (actor) => {
				const socket = await openSocket(world, actor);
				const joined: string[] = [];
				for (const name of names) {
					const reply = await socket.join(name, world.api.token(actor));
					if (reply === 'ok') joined.push(`${actor} ${JSON.stringify(name)}`);
				}
				socket.close();
				return joined;
			})
		);
		expect(opened.flat()).toEqual([]);
	}
);

it.each(Object.entries(topics))(
	'no name that is nearly %s carries a broadcast',
	async (_name, about) => {
		const { world } = context();
		const [place = ''] = Object.keys(about.listen);
		const answers = await Promise.all(
			oddNames(about.topic(world, place)).flatMap((name) =>
				oneOfEachKind.map((actor) =>
					world.api.ask(
						actor,
						`realtime/v1/api/broadcast/${encodeURIComponent(name)}/events/probe?private=true`,
						{ body: {} }
					)
				)
			)
		);
		const carried = answers.filter(({ status }) => status < 400);
		expect(carried).toEqual([]);
	}
);
