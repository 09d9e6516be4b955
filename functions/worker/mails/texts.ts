import type { Enums } from '@chatiq/contracts/database';

const en = {
	visitor: 'Visitor',
	file: ({ name }: { name: string }) => `[File: ${name}]`,
	role: {
		owner: 'owner',
		admin: 'administrator',
		operator: 'operator'
	} satisfies Record<Enums<'member_role'>, string>,
	invitation: {
		subject: ({ organization }: { organization: string }) => `Join ${organization} on ChatIQ`,
		introBy: ({ by, organization, role }: { by: string; organization: string; role: string }) =>
			`${by} invites you to answer chats with ${organization} as ${role}.`,
		intro: ({ organization, role }: { organization: string; role: string }) =>
			`You are invited to answer chats with ${organization} as ${role}.`,
		button: 'Accept the invitation',
		until: ({ time }: { time: string }) => `The link is good until ${time}.`,
		reason: 'If you do not know what this is about, ignore this mail: nothing happens.'
	},
	transcript: {
		subject: ({ site }: { site: string }) => `Your conversation with ${site}`,
		intro: ({ site }: { site: string }) => `This is your conversation with ${site}, as you asked.`,
		empty: 'There are no messages in it.',
		button: 'Back to the chat',
		reason: ({ site }: { site: string }) =>
			`Somebody asked for this copy in the chat of ${site}. If it was not you, ignore it.`
	},
	offlineReply: {
		subject: ({ site }: { site: string }) => `${site} answered you`,
		intro: ({ site }: { site: string }) => `${site} answered in the chat while you were away:`,
		button: 'Go on with the chat',
		reason: ({ site }: { site: string }) =>
			`You get this because you left your address in the chat of ${site}.`,
		unsubscribe: 'No more mails about chats'
	},
	missedChat: {
		subject: ({ visitor, site }: { visitor: string; site: string }) =>
			`${visitor} waits on ${site}`,
		intro: ({ visitor, site, time }: { visitor: string; site: string; time: string }) =>
			`${visitor} wrote on ${site} and has had no answer since ${time}.`,
		someone: 'A visitor',
		button: 'Answer',
		reason: ({ site }: { site: string }) => `You get this because you answer chats on ${site}.`,
		unsubscribe: 'No more mails about missed chats'
	},
	notification: {
		mention: ({ by, site }: { by: string; site: string }) =>
			`${by} mentioned you in a note on ${site}`,
		assigned: ({ by, visitor }: { by: string; visitor: string }) =>
			`${by} gave you the conversation with ${visitor}`,
		assignedBySystem: ({ visitor }: { visitor: string }) =>
			`The conversation with ${visitor} is yours now`,
		colleague: 'A colleague',
		intro: 'You have not seen it in ChatIQ yet.',
		button: 'Open the conversation',
		reason: ({ site }: { site: string }) =>
			`You get this because you answer chats on ${site}. What is mailed and when is up to you: Settings, Notifications.`
	},
	push: {
		waits: ({ visitor }: { visitor: string }) => `${visitor} is waiting for an answer`,
		missed: ({ visitor }: { visitor: string }) => `${visitor} still has no answer`,
		mention: ({ by }: { by: string }) => `${by} mentioned you in a note`,
		other: 'News in ChatIQ',
		test: 'This is how ChatIQ reaches you',
		testBody: 'Notifications come here when no console of yours is open.'
	}
};

export type Texts = typeof en;

const uk: Texts = {
	visitor: 'Відвідувач',
	file: ({ name }) => `[Файл: ${name}]`,
	role: { owner: 'власник', admin: 'адміністратор', operator: 'оператор' },
	invitation: {
		subject: ({ organization }) => `Запрошення до ${organization} у ChatIQ`,
		introBy: ({ by, organization, role }) =>
			`${by} запрошує вас відповідати в чатах ${organization}. Ваша роль: ${role}.`,
		intro: ({ organization, role }) =>
			`Вас запрошують відповідати в чатах ${organization}. Ваша роль: ${role}.`,
		button: 'Прийняти запрошення',
		until: ({ time }) => `Посилання діє до ${time}.`,
		reason:
			'Якщо ви не знаєте, про що йдеться, просто не зважайте на цей лист: нічого не станеться.'
	},
	transcript: {
		subject: ({ site }) => `Ваша розмова з ${site}`,
		intro: ({ site }) => `Ось ваша розмова з ${site}, як ви просили.`,
		empty: 'У ній немає повідомлень.',
		button: 'Повернутися до чату',
		reason: ({ site }) =>
			`Цю копію попросили надіслати в чаті ${site}. Якщо це були не ви, не зважайте на лист.`
	},
	offlineReply: {
		subject: ({ site }) => `Вам відповіли: ${site}`,
		intro: ({ site }) => `Поки вас не було, ${site} відповідає в чаті:`,
		button: 'Продовжити розмову',
		reason: ({ site }) => `Ви отримали цей лист, бо залишили свою адресу в чаті ${site}.`,
		unsubscribe: 'Більше не надсилати листів про чати'
	},
	missedChat: {
		subject: ({ visitor, site }) => `${visitor} чекає на відповідь: ${site}`,
		intro: ({ visitor, site, time }) =>
			`${visitor} пише в чаті ${site} і не має відповіді з ${time}.`,
		someone: 'Відвідувач',
		button: 'Відповісти',
		reason: ({ site }) => `Ви отримали цей лист, бо відповідаєте в чатах ${site}.`,
		unsubscribe: 'Більше не надсилати листів про пропущені чати'
	},
	notification: {
		mention: ({ by, site }) => `${by} згадує вас у нотатці: ${site}`,
		assigned: ({ by, visitor }) => `${by} передає вам розмову. Відвідувач: ${visitor}`,
		assignedBySystem: ({ visitor }) => `Розмову призначено вам. Відвідувач: ${visitor}`,
		colleague: 'Колега',
		intro: 'У ChatIQ ви цього ще не бачили.',
		button: 'Відкрити розмову',
		reason: ({ site }) =>
			`Ви отримали цей лист, бо відповідаєте в чатах ${site}. Про що й коли писати, вирішуєте ви: «Налаштування», «Сповіщення».`
	},
	push: {
		waits: ({ visitor }) => `${visitor} чекає на відповідь`,
		missed: ({ visitor }) => `${visitor} досі без відповіді`,
		mention: ({ by }) => `${by} згадує вас у нотатці`,
		other: 'Новини в ChatIQ',
		test: 'Так ChatIQ сповіщатиме вас',
		testBody: 'Сюди приходять сповіщення, коли консоль ніде не відкрита.'
	}
};

export const textsOf = (language: 'en' | 'uk'): Texts => (language === 'uk' ? uk : en);
