import type { VisitorDetails } from '@chatiq/contracts/conversation';
import type { ErrorCode } from '@chatiq/contracts/errors';
import type { Message } from '@chatiq/contracts/message';
import type { PublicSite } from '@chatiq/contracts/site';
import type { KeyValue } from './key-value.ts';
import type { OutboxStore } from './outbox-store.ts';
import type { Journal } from './outbox.ts';
import type { Page } from './page.ts';

export interface ChatOptions {
	apiUrl: string;
	siteKey: string;
	storage: KeyValue;
	store: OutboxStore;
	journal: Journal;
	page: Page;
	/** What the visitor's page tells with the first message. */
	details: () => VisitorDetails;
	/** The teaser that the visitor answers, if any: the first message of the conversation to be. */
	teaser: () => string | null;
	onstarted: () => void;
	onchange: () => void;
	/** New messages of the team. */
	onnews: (messages: Message[]) => void;
	onsite: (site: PublicSite) => void;
	/** The server refused something that only the customer's developer can repair. */
	onrefused: (code: ErrorCode) => void;
}
