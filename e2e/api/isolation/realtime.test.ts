import { beforeAll, describe, it } from 'vitest';
import { expectGrid } from './checks/outcome.ts';
import { askTopics, type TopicAnswers } from './checks/topics.ts';
import { topics } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();

describe.each(Object.entries(topics))('%s', (_name, about) => {
	let answers: TopicAnswers;

	beforeAll(async () => {
		answers = await askTopics(context(), about);
	});

	it('lets those listen whom it should', () => {
		expectGrid({ expected: about.listen, actual: answers.listen });
	});

	it('carries what those send whom it should, by socket and by HTTP', () => {
		expectGrid({ expected: about.send, actual: answers.send });
	});

	it('shows those as present whom it should', () => {
		expectGrid({ expected: about.present, actual: answers.present });
	});
});
