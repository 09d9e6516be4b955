import { m } from '@chatiq/i18n/console';
import type { SimulatedRule } from '@chatiq/contracts/automation';
import type { Condition, Trigger } from './rule-form.ts';

export const triggerName: Record<Trigger, () => string> = {
	first_message: m.set_trigger_first_message,
	returning_visitor: m.set_trigger_returning_visitor,
	keyword: m.set_trigger_keyword,
	outside_hours: m.set_trigger_outside_hours,
	nobody_online: m.set_trigger_nobody_online,
	no_reply: m.set_trigger_no_reply,
	rating_given: m.set_trigger_rating_given,
	proactive: m.set_trigger_proactive
};

/** What a condition of a rule is called, and those that only say where it holds. */
export const conditionName: Record<Condition | 'channels' | 'label_ids', () => string> = {
	keywords: m.set_cond_keywords,
	page_contains: m.set_cond_page,
	referrer_contains: m.set_cond_referrer,
	languages: m.set_cond_languages,
	schedule: m.set_cond_schedule,
	verified: m.set_cond_verified,
	after_minutes: m.set_cond_after_minutes,
	seconds_on_page: m.set_cond_seconds,
	scroll_percent: m.set_cond_scroll,
	min_visits: m.set_cond_visits,
	score_at_most: m.set_cond_score,
	exit_intent: m.set_cond_exit,
	channels: m.set_cond_channels,
	label_ids: m.set_cond_labels
};

/** Why a rule did not fire, in words. */
export function obstacleText({ obstacle, fires }: SimulatedRule): string {
	if (fires || obstacle === null) return m.set_fires();
	if (obstacle === 'disabled') return m.set_obstacle_disabled();
	if (obstacle === 'stopped') return m.set_obstacle_stopped();
	if (obstacle === 'trigger') return m.set_obstacle_trigger();
	const name = (conditionName as Partial<Record<string, () => string>>)[obstacle];
	return m.set_obstacle_condition({ condition: name?.() ?? obstacle });
}
