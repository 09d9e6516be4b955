// What a visitor is asked and told besides the conversation: one lazy chunk.
export { default as AwayCard } from './AwayCard.svelte';
export { default as ConsentNotice } from './ConsentNotice.svelte';
export { default as FormCard } from './FormCard.svelte';
