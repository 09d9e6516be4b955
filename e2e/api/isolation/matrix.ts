import type { BucketCells, FunctionCells, TableCells, TopicCells } from './cells.ts';
import { accountFunctions } from './cells/account.ts';
import { analyticsFunctions, analyticsTables } from './cells/analytics.ts';
import { attachmentFunctions, attachmentTables } from './cells/attachments.ts';
import { automationFunctions } from './cells/automation.ts';
import { blocklistFunctions, blocklistTables } from './cells/blocklist-limits.ts';
import { bucketCells } from './cells/buckets.ts';
import { conversationFunctions } from './cells/conversation-functions.ts';
import { conversationWork } from './cells/conversation-work.ts';
import { conversationTables } from './cells/conversations.ts';
import { exportsBucket, exportsFunctions, exportsTables } from './cells/exports.ts';
import { invitationFunctions } from './cells/invitations.ts';
import { jobFunctions } from './cells/jobs.ts';
import { mailFunctions } from './cells/mails.ts';
import { messageChanges } from './cells/message-changes.ts';
import { notificationFunctions } from './cells/notifications.ts';
import { personalFunctions, personalTables } from './cells/personal.ts';
import { privacyFunctions } from './cells/privacy.ts';
import { serverFunctions } from './cells/server-functions.ts';
import { settingsTables } from './cells/settings.ts';
import { siteFunctions } from './cells/site-functions.ts';
import { siteTables } from './cells/sites.ts';
import { snippetFunctions } from './cells/snippets.ts';
import { teamFunctions } from './cells/team-functions.ts';
import { teamTables } from './cells/team.ts';
import { topicCells } from './cells/topics.ts';
import { visitorCardFunctions, visitorCardTables } from './cells/visitor-card.ts';
import { visitorForms } from './cells/visitor-forms.ts';
import { visitorList } from './cells/visitor-list.ts';
import { webhookFunctions } from './cells/webhooks-keys.ts';

// What the API has and who may do what with it. The catalogue is held against these lists: an object without cells
// fails, and so do cells without an object.
export const tables: Record<string, TableCells> = {
	...teamTables,
	...siteTables,
	...conversationTables,
	...settingsTables,
	...personalTables,
	...attachmentTables,
	...blocklistTables,
	...analyticsTables,
	...exportsTables,
	...visitorCardTables
};

export const functions: Record<string, FunctionCells> = {
	...conversationFunctions,
	...serverFunctions,
	...conversationWork,
	...personalFunctions,
	...visitorForms,
	...messageChanges,
	...visitorList,
	...attachmentFunctions,
	...blocklistFunctions,
	...privacyFunctions,
	...jobFunctions,
	...notificationFunctions,
	...mailFunctions,
	...teamFunctions,
	...snippetFunctions,
	...accountFunctions,
	...invitationFunctions,
	...siteFunctions,
	...automationFunctions,
	...webhookFunctions,
	...analyticsFunctions,
	...exportsFunctions,
	...visitorCardFunctions
};

export const topics: Record<string, TopicCells> = topicCells;

export const buckets: Record<string, BucketCells> = {
	...bucketCells,
	exports: exportsBucket
};
